/** Content as a form gives it, made plain: moments in milliseconds, ids in one spelling, collections by item id. */

import type { Json } from "../client.ts";
import { type FieldRule, fieldOf, itemsOf, type KindRules } from "./model.ts";
import { notAnItemKey, unknownField, violation, wrongType } from "./rule.ts";
import { type Fields, isMap, label, type Path, type Step, type Value } from "./value.ts";

export const parseFields = (spec: KindRules, fields: Fields): Fields => parseAll(spec.name, spec.fields, fields, []);

/** The value of one place, as an edit names it. */
export function parseStep(spec: KindRules, path: Path, value: Json): Step {
  const [name = "", key, inner] = path;
  const field = fieldOf(spec.fields, name);
  if (field === undefined) throw unknownField(spec.name, name, path);
  const items = itemsOf(field);
  if (key === undefined || items === undefined) return { put: { path, value: parseValue(field, value, path) } };
  if (inner === undefined) {
    if (!isMap(value)) throw wrongType(field, path);
    return { put: { path, value: parseAll(name, items, value, path) } };
  }
  const innerField = fieldOf(items, inner);
  if (innerField === undefined) throw unknownField(spec.name, inner, path);
  return { put: { path, value: parseValue(innerField, value, path) } };
}

function parseAll(owner: string, known: readonly FieldRule[], fields: Fields, path: Path): Fields {
  const parsed = Object.entries(fields).map(([name, value]) => {
    const below = [...path, name];
    const field = fieldOf(known, name);
    if (field === undefined) throw unknownField(owner, name, below);
    return [name, parseValue(field, value, below)] as const;
  });
  return Object.fromEntries(parsed);
}

function parseValue(field: FieldRule, value: Json, path: Path): Value {
  const items = itemsOf(field);
  if (items !== undefined) return parseItems(field, items, value, path);
  if (value === null) return null;
  if (field.type.is === "id" && typeof value === "string") return plainId(value);
  if (field.type.is === "timestamp" && typeof value === "string") return moment(field, value, path);
  return value;
}

function parseItems(field: FieldRule, inner: readonly FieldRule[], value: Json, path: Path): Fields {
  if (value === null) return {};
  const pairs = Array.isArray(value) ? value.map((item) => withKey(field, item as Json, path)) : null;
  if (pairs === null && !isMap(value)) throw wrongType(field, path);
  const items: Record<string, Value> = {};
  for (const [key, item] of pairs ?? Object.entries(value as Fields)) {
    const id = plainId(key);
    const below = [...path, id];
    if (!isMap(item)) throw wrongType(field, below);
    if (id in items) {
      throw violation(
        "not_an_item_key",
        below,
        `${label(field.name)} has two items with the id ${id}; each needs its own.`,
      );
    }
    items[id] = parseAll(field.name, inner, item, below);
  }
  return items;
}

function withKey(field: FieldRule, item: Json, path: Path): [string, Json] {
  if (!isMap(item) || typeof item["id"] !== "string") throw notAnItemKey(field.name, "nothing", path);
  const { id, ...rest } = item;
  return [id, rest];
}

function plainId(text: string): string {
  const bare = text.toLowerCase().replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(bare)) return text;
  return bare.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function moment(field: FieldRule, text: string, path: Path): number {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw violation("wrong_type", path, `${label(field.name)} must be a moment such as 2026-11-22T09:30:00Z.`);
}
