// Writes src/replica/src/generated/model.ts from protocol/model.json: kinds and fields as types, words of enums as
// unions, and the rules as data. Nothing that crates/model knows is typed twice.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const SOURCE = resolve(import.meta.dirname, "../../../protocol/model.json");
const TARGET = resolve(import.meta.dirname, "../src/replica/src/generated/model.ts");

/** What the rules are, whatever the kinds: the shape of the data below. */
const SHAPES = `
export type FieldType =
  | { readonly is: "str" | "text"; readonly chars_max: number }
  | { readonly is: "int"; readonly min: number; readonly max: number }
  | { readonly is: "code"; readonly letters: number }
  | { readonly is: "enum"; readonly words: readonly string[] }
  | { readonly is: "items"; readonly fields: readonly FieldRule[] }
  | { readonly is: "id" | "date" | "timestamp" | "bool" };

export interface FieldRule {
  readonly name: string;
  /** Whether it may not be absent or null. */
  readonly required: boolean;
  /** Version of the kind that brought it. */
  readonly since: number;
  readonly made_at_creation: boolean;
  readonly type: FieldType;
  readonly write: Right;
}

export interface KindRules {
  readonly name: Kind;
  readonly version: number;
  readonly roles: readonly Role[];
  readonly fields: readonly FieldRule[];
  readonly search: readonly string[];
  readonly listing: {
    readonly subtitle: readonly string[];
    readonly at: readonly string[];
    readonly order: "title" | "earliest" | "latest";
  };
  readonly fill_order: number;
}

export interface Transition {
  readonly verb: Verb;
  readonly from: readonly (string | null)[];
  readonly to: string;
  readonly roles: readonly Role[];
  /** Whether the record's creator may, too. */
  readonly creator: boolean;
  /** What may have been asked for, and not be answered, when a device asks for this. */
  readonly behind: Verb | null;
}
`;

const pascal = (name) => name.replace(/(^|_)([a-z])/g, (_, __, letter) => letter.toUpperCase());
const union = (words) => words.map((word) => JSON.stringify(word)).join(" | ");
/** One thing of a collection: `lines` hold a line. */
const singular = (name) => name.replace(/s$/, "");

/** The type of a field's value, with the types it needs before it. */
function valueType(owner, field, before) {
  const type = field.type;
  switch (type.is) {
    case "str":
    case "text":
    case "id":
    case "code":
    case "date":
      return "string";
    case "int":
    case "timestamp":
      return "number";
    case "bool":
      return "boolean";
    case "enum": {
      const name =
        owner +
        pascal(field.name.startsWith(`${owner.toLowerCase()}_`) ? field.name.slice(owner.length + 1) : field.name);
      before.push(`/** ${field.doc} */\nexport type ${name} = ${union(type.words)};\n`);
      return name;
    }
    case "items": {
      const name = owner + pascal(singular(field.name));
      before.push(fieldsInterface(name, field.doc, type.fields, before));
      return `Readonly<Record<string, ${name}>>`;
    }
    default:
      throw new Error(`protocol/model.json: a field type that this script does not know: ${type.is}`);
  }
}

function fieldsInterface(name, doc, fields, before) {
  const owner = name.replace(/Fields$/, "");
  const lines = fields.map((field) => {
    const type = valueType(owner, field, before);
    const member = field.required ? `readonly ${field.name}: ${type}` : `readonly ${field.name}?: ${type} | null`;
    return `  /** ${field.doc} */\n  ${member};`;
  });
  return `/** ${doc} */\nexport interface ${name} {\n${lines.join("\n")}\n}\n`;
}

/** Words for people are in the types above, and tables are the server's: a device carries the rules alone. */
function rulesOnly(value) {
  if (Array.isArray(value)) return value.map(rulesOnly);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([name]) => name !== "doc" && name !== "table");
  return Object.fromEntries(kept.map(([name, inner]) => [name, rulesOnly(inner)]));
}

function constant(name, type, doc, value) {
  return `/** ${doc} */\nexport const ${name}: ${type} = ${JSON.stringify(rulesOnly(value))};\n`;
}

function emit(model) {
  const parts = ["// Generated from protocol/model.json by `npm run types`; do not edit.\n"];
  parts.push(`export type Role = ${union(model.roles)};\n`);
  parts.push(`export type Kind = ${union(model.kinds.map((kind) => kind.name))};\n`);
  parts.push(`/** Who may write a field. */\nexport type Right = ${union(rights(model))};\n`);
  parts.push(
    `/** What can be asked of an order. */\nexport type Verb = ${union(model.orders.transitions.map((t) => t.verb))};\n`,
  );
  for (const kind of model.kinds) {
    const before = [];
    const own = fieldsInterface(`${pascal(kind.name)}Fields`, kind.doc, kind.fields, before);
    parts.push(...before, own);
  }
  const byKind = model.kinds.map((kind) => `  readonly ${kind.name}: ${pascal(kind.name)}Fields;`);
  parts.push(`/** Content of a record, by kind. */\nexport interface FieldsByKind {\n${byKind.join("\n")}\n}\n`);
  parts.push(SHAPES);
  parts.push(constant("ROLES", "readonly Role[]", "Every role.", model.roles));
  parts.push(constant("KINDS", "readonly KindRules[]", "The rules of every kind.", model.kinds));
  parts.push(
    constant(
      "TRANSITIONS",
      "readonly Transition[]",
      "How an order goes from state to state.",
      model.orders.transitions,
    ),
  );
  parts.push(
    constant(
      "OPEN_STATES",
      "readonly (string | null)[]",
      "Decided states in which an order's document may still be written.",
      model.orders.document_open,
    ),
  );
  parts.push(limits(model.limits));
  return parts.join("\n");
}

/** Rights as the fields use them: `rights` also explains how they are read. */
function rights(model) {
  const found = new Set();
  const walk = (fields) => {
    for (const field of fields) {
      found.add(field.write);
      if (field.type.is === "items") walk(field.type.fields);
    }
  };
  for (const kind of model.kinds) walk(kind.fields);
  return [...found].sort();
}

function limits(limits) {
  const lines = Object.entries(limits).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`);
  return `/** Limits of changes and records. */\nexport const LIMITS = {\n${lines.join("\n")}\n} as const;\n`;
}

mkdirSync(dirname(TARGET), { recursive: true });
writeFileSync(TARGET, emit(JSON.parse(readFileSync(SOURCE, "utf8"))));
