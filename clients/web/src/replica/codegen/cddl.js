// Turns `protocol/frames.cddl` and the limits of `protocol/SPEC.md` into TypeScript: types, and the shapes that read and
// write them. It knows the part of CDDL that the file uses, and stops at anything else.
//
//     node src/replica/codegen/cddl.js        renews src/replica/src/wire/frames.gen.ts

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import * as prettier from "prettier";

const HERE = dirname(fileURLToPath(import.meta.url));
const PROTOCOL = resolve(HERE, "../../../../../protocol");
export const TARGET = resolve(HERE, "../src/wire/frames.gen.ts");

/** Rules that are leaves here: their shape and their type. */
const LEAVES = {
  u8: "number",
  u16: "number",
  u32: "number",
  u64: "bigint",
  i64: "bigint",
  id: "string",
  bool: "boolean",
  tstr: "string",
  word: "string",
  bytes: "Uint8Array",
  hash: "Uint8Array",
  tag16: "Uint8Array",
  nonce: "Uint8Array",
  signature: "Uint8Array",
  milliseconds: "bigint",
  deflated: "Uint8Array",
  change: "Uint8Array",
};

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const pascal = (name) => camel(`-${name}`);
const word = (name) => name.replaceAll("-", "_");

/** The rules of the file: text by name, comments and line breaks gone. */
function rulesOf(text) {
  const bare = text.replace(/;.*$/gm, "").replace(/\s+/g, " ");
  const parts = bare.split(/(?:^| )([a-z][\w-]*) = /).slice(1);
  const rules = new Map();
  for (let at = 0; at < parts.length; at += 2) rules.set(parts[at], parts[at + 1].trim());
  return rules;
}

/** The elements between a rule's outer brackets, split at commas that are not inside of others. */
function elementsOf(text) {
  if (!text.startsWith("[") || !text.endsWith("]")) throw new Error(`not an array: ${text}`);
  const elements = [""];
  let depth = 0;
  for (const letter of text.slice(1, -1)) {
    if (letter === "[") depth += 1;
    if (letter === "]") depth -= 1;
    if (letter === "," && depth === 0) elements.push("");
    else elements[elements.length - 1] += letter;
  }
  return elements.map((element) => element.trim()).filter((element) => element !== "" && element !== "* any");
}

class Writer {
  constructor(rules) {
    this.rules = rules;
    this.done = new Set();
    this.out = [];
  }

  /** Writes a rule behind those that it is made of. */
  rule(name) {
    if (this.done.has(name) || name in LEAVES) return;
    this.done.add(name);
    const text = this.rules.get(name);
    if (text === undefined) throw new Error(`no rule is called ${name}`);
    const [type, shape] = text.startsWith("[") ? this.struct(text) : this.choice(name, text);
    const declared = text.startsWith("[")
      ? `export interface ${pascal(name)} ${type}`
      : `export type ${pascal(name)} = ${type};`;
    this.out.push(`${declared}\nexport const ${camel(name)}: Shape<${pascal(name)}> = ${shape};\n`);
  }

  struct(text) {
    const fields = elementsOf(text).map((element) => this.field(element));
    const types = fields.map(({ name, type }) => `readonly ${name}: ${type};`);
    const shapes = fields.map(({ name, shape }) => `${name}: ${shape},`);
    return [`{ ${types.join(" ")} }`, `struct({ ${shapes.join(" ")} })`];
  }

  field(element) {
    const found = /^(\? )?(\w+): (.+)$/.exec(element);
    if (found === null) throw new Error(`an element without a name: ${element}`);
    const [type, shape] = this.value(found[3]);
    if (found[1] !== undefined && !shape.startsWith("optional")) throw new Error(`absent, yet never null: ${element}`);
    return { name: found[2], type, shape };
  }

  /** What stands for a value: a rule, a list of them, or one that may be null. */
  value(text) {
    const nullable = /^(.+) \/ null$/.exec(text);
    if (nullable !== null) {
      const [type, shape] = this.value(nullable[1]);
      return [`${type} | null`, `optional(${shape})`];
    }
    const list = /^\[\* ([\w-]+)\]$/.exec(text);
    if (list !== null) {
      const [type, shape] = this.value(list[1]);
      return [`readonly ${type}[]`, `list(${shape})`];
    }
    if (!/^[a-z][\w-]*$/.test(text)) throw new Error(`not understood: ${text}`);
    if (text in LEAVES) return [LEAVES[text], `leaf.${camel(text)}`];
    this.rule(text);
    return [pascal(text), camel(text)];
  }

  choice(name, text) {
    const suffix = `-${name.split("-").at(-1)}`;
    const variants = text.split(" / ").map((rule, number) => {
      if (!rule.endsWith(suffix)) throw new Error(`${rule} should end in ${suffix}`);
      return this.variant(rule, word(rule.slice(0, -suffix.length)), number);
    });
    const shapes = variants.map(({ word, shape }) => `["${word}", ${shape}]`);
    return [variants.map(({ type }) => type).join(" | "), `choice([${shapes.join(", ")}])`];
  }

  variant(rule, word, number) {
    const found = /^\[(\d+), (\[.*\])\]$/.exec(this.rules.get(rule) ?? "");
    if (found === null || Number(found[1]) !== number) throw new Error(`${rule} is no variant ${number}`);
    const elements = elementsOf(found[2]);
    this.done.add(rule);
    if (elements.length === 0) return { word, type: `"${word}"`, shape: "null" };
    if (elements.every((element) => /^(\? )?\w+: /.test(element))) {
      const [type, shape] = this.struct(found[2]);
      return { word, type: `{ readonly ${word}: ${type} }`, shape };
    }
    if (elements.length !== 1) throw new Error(`${rule}: several elements, not all with a name`);
    const [type, shape] = this.value(elements[0]);
    return { word, type: `{ readonly ${word}: ${type} }`, shape: `of(${shape})` };
  }
}

/** The table of section 15 of the specification. */
function limitsOf(spec) {
  const rows = [...spec.matchAll(/^\| `([A-Z_]+)` \| ([\d,]+) \| (.+) \|$/gm)];
  if (rows.length < 15) throw new Error("the table of limits was not found");
  return rows.map(([, name, number, what]) => `/** ${what} */\n${name}: ${number.replaceAll(",", "_")},`).join("\n");
}

/** The file's text. */
export async function generate() {
  const writer = new Writer(rulesOf(readFileSync(resolve(PROTOCOL, "frames.cddl"), "utf8")));
  for (const root of ["frame", "item", "receipt", "entry", "page-body"]) writer.rule(root);
  const text = `// Made from protocol/frames.cddl and section 15 of protocol/SPEC.md by codegen/cddl.js; do not edit.

import { choice, leaf, list, of, optional, type Shape, struct } from "./shapes.ts";

/** The limits of the specification. */
export const LIMITS = {
${limitsOf(readFileSync(resolve(PROTOCOL, "SPEC.md"), "utf8"))}
} as const;

${writer.out.join("\n")}`;
  const options = await prettier.resolveConfig(TARGET);
  return prettier.format(text, { ...options, filepath: TARGET });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await generate());
