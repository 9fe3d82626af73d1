// Writes src/replica/src/generated/model.ts from protocol/model.json: kinds and fields as types, words of enums as
// unions, and the rules as data that the compiler holds against their shapes. Nothing that crates/model knows is typed twice.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { renew } from "./renew.mjs";

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
  /** What may have been asked for, and not be answered, when a device asks for this (rule Q10). */
  readonly behind: Verb | null;
}

export interface Model {
  readonly roles: readonly Role[];
  readonly kinds: readonly KindRules[];
  /** Of changes and records. */
  readonly limits: Limits;
  readonly orders: {
    readonly kind: Kind;
    /** How an order goes from state to state. */
    readonly transitions: readonly Transition[];
    /** Decided states in which an order's document may still be written; null is one that nothing was decided about. */
    readonly document_open: readonly (string | null)[];
    /** The states of an order that was handed in and is not through. */
    readonly handed_in: readonly string[];
    /** How many days a quote holds, if nobody says otherwise. */
    readonly quote_days: number;
  };
  readonly pricing: {
    /** In the order in which they are published: what others name comes first. */
    readonly sets: readonly PriceSet[];
    readonly fields: Readonly<Record<PriceSet, readonly string[]>>;
    /** The kinds of promotion, each with the fields that only it has. */
    readonly offers: readonly (readonly [string, readonly string[]])[];
    /** Fields that say for whom a rule is, and for which goods. */
    readonly audience: readonly string[];
    readonly goods: readonly string[];
  };
  readonly plan: {
    readonly sets: readonly PlanSet[];
    readonly fields: Readonly<Record<PlanSet, readonly string[]>>;
    /** Days from visit to visit, by segment, until the office publishes any; and for all other segments. */
    readonly built_in: readonly (readonly [string, number])[];
    readonly built_in_others_days: number;
    readonly default_key: string;
    readonly measures: readonly string[];
    readonly exact_stops_max: number;
    readonly stops_max: number;
    readonly usual_stops: number;
    readonly usual_detour_m: number;
    readonly apart_max: number;
  };
}
`;

/** What of `protocol/model.json` a program needs; the rest is said to people. */
const partsOf = ({ roles, kinds, limits, orders, pricing, plan }) => {
  const { sets, fields, offers, audience, goods } = pricing;
  return { roles, kinds, limits, orders, pricing: { sets, fields, offers, audience, goods }, plan };
};

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

function emit(model) {
  const parts = ["// Generated from protocol/model.json by `npm run types`; do not edit.\n"];
  parts.push(`export type Role = ${union(model.roles)};\n`);
  parts.push(`export type Kind = ${union(model.kinds.map((kind) => kind.name))};\n`);
  parts.push(`/** Who may write a field. */\nexport type Right = ${union(rights(model))};\n`);
  parts.push(
    `/** What can be asked of an order. */\nexport type Verb = ${union(model.orders.transitions.map((t) => t.verb))};\n`,
  );
  parts.push(
    `/** The sets of reference data that prices are made from. */\nexport type PriceSet = ${union(model.pricing.sets)};\n`,
    `/** The sets of reference data of the plan. */\nexport type PlanSet = ${union(model.plan.sets)};\n`,
  );
  for (const kind of model.kinds) {
    const before = [];
    const own = fieldsInterface(`${pascal(kind.name)}Fields`, kind.doc, kind.fields, before);
    parts.push(...before, own);
  }
  const byKind = model.kinds.map((kind) => `  readonly ${kind.name}: ${pascal(kind.name)}Fields;`);
  parts.push(`/** Content of a record, by kind. */\nexport interface FieldsByKind {\n${byKind.join("\n")}\n}\n`);
  parts.push(limits(model.limits), SHAPES);
  const data = JSON.stringify(rulesOnly(partsOf(model)));
  parts.push(`/** The rules of every kind, and what else they rest on. */\nexport const MODEL: Model = ${data};\n`);
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
  const lines = Object.entries(limits).map(
    ([name, value]) => `  readonly ${name}: ${Array.isArray(value) ? "readonly number[]" : "number"};`,
  );
  return `/** Limits of changes and records. */\nexport interface Limits {\n${lines.join("\n")}\n}\n`;
}

renew(TARGET, emit(JSON.parse(readFileSync(SOURCE, "utf8"))));
