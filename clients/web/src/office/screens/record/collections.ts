/** A record's collections while somebody writes them: channels and consents of a contact, attendees of a visit... */
import { type FieldRule, type Kind, MODEL } from "@roadbook/replica/model";

import { type Typed, typed, valueOf } from "./form.ts";
import type { Items } from "./lines.ts";

type Fields = Readonly<{ [name: string]: unknown }>;

/** Collections that have forms of their own. */
const OWN: Partial<Readonly<Record<Kind, readonly string[]>>> = {
  account: ["tags"],
  order: ["lines"],
  run: ["answers", "responses", "awry"],
};

/** An item as one types it. */
export interface ItemTyped {
  readonly id: string;
  /** What it was; missing in a new one. */
  readonly of?: Typed;
  typed: Typed;
}

export interface Collection {
  readonly rule: FieldRule;
  /** The fields of an item that one types. */
  readonly inner: readonly FieldRule[];
  /** Whether what is there stays as it is. */
  readonly grows: boolean;
}

/** What of a kind is written so. */
export function collectionsOf(kind: string): readonly Collection[] {
  const known = MODEL.kinds.find((one) => one.name === (kind as Kind));
  return (known?.fields ?? []).flatMap((rule) => {
    if (known === undefined || rule.type.is !== "items" || OWN[known.name]?.includes(rule.name) === true) return [];
    const inner = rule.type.fields.filter((field) => field.name !== "position");
    return [{ rule, inner, grows: rule.write === "added" }];
  });
}

export const newItem = (start: Typed = {}): ItemTyped => ({ id: crypto.randomUUID(), typed: { ...start } });

/** The items that a document has. */
export function itemsOf({ rule, inner }: Collection, fields: Fields): ItemTyped[] {
  const items = fields[rule.name];
  if (!Array.isArray(items)) return [];
  return (items as Fields[]).flatMap((item) => {
    const { id } = item;
    if (typeof id !== "string") return [];
    const of = Object.fromEntries(inner.map((field) => [field.name, typed(field, item[field.name], "")]));
    return [{ id, of, typed: { ...of } }];
  });
}

/** Items that were added, changed or taken out, as the API takes them; null while something that is needed is missing. */
export function changedItems(
  collection: Collection,
  before: readonly ItemTyped[],
  now: readonly ItemTyped[],
): Items | null {
  const changed: Record<string, Record<string, string | number | boolean | null> | null> = {};
  for (const item of now) {
    const fields: Record<string, string | number | boolean | null> = {};
    for (const field of collection.inner) {
      const text = item.typed[field.name] ?? "";
      if (item.of !== undefined && text === (item.of[field.name] ?? "")) continue;
      const value = valueOf(field, text, "");
      if (value === undefined || (field.required && value === null)) return null;
      if (item.of !== undefined || value !== null) fields[field.name] = value;
    }
    if (Object.keys(fields).length > 0) changed[item.id] = fields;
  }
  const left = new Set(now.map(({ id }) => id));
  for (const { id } of before) if (!left.has(id)) changed[id] = null;
  return changed;
}
