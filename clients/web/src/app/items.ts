/** A record's collections on the phone: what they hold, in words, and the edits that add to them or take out. */
import type { Edit, Fields, Json } from "@roadbook/replica";

import type { Texts } from "$texts/app/en.ts";

import { fieldRule, type FieldRule, itemRules } from "./model.ts";

/** An item, under its id. */
export interface Entry {
  readonly id: string;
  readonly fields: Fields;
}

/** The fields of an item that one types; places among the items are nobody's to type. */
export function innerRules(kind: string, name: string): readonly FieldRule[] {
  return itemRules(fieldRule(kind, name)).filter((rule) => rule.name !== "position");
}

/** The form of an item, with nothing typed yet. */
export function itemForm(kind: string, name: string): Record<string, string> {
  return Object.fromEntries(innerRules(kind, name).map((rule) => [rule.name, ""]));
}

/** Whether what a collection holds stays as it is: one only adds to it. */
export function onlyGrows(kind: string, name: string): boolean {
  return fieldRule(kind, name).write === "added";
}

/** The items of a collection; the latest first where they have a time. */
export function entriesOf(fields: Fields, name: string): readonly Entry[] {
  const items = fields[name];
  if (items === null || typeof items !== "object" || Array.isArray(items)) return [];
  const entries = Object.entries(items).flatMap(([id, item]) =>
    item === null || typeof item !== "object" || Array.isArray(item) ? [] : [{ id, fields: item as Fields }],
  );
  return entries.toSorted((a, b) => time(b.fields["at"]) - time(a.fields["at"]) || a.id.localeCompare(b.id));
}

/** The moment that a value is, in milliseconds; 0 for what is none. */
export function time(value: Json | undefined): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Date.parse(value) || 0 : 0;
}

/** What a field of an item says, in the reader's language. */
export function saidOf(t: Texts, name: string, rule: FieldRule, value: Json | undefined): string {
  if (value === null || value === undefined || value === "" || typeof value === "object") return "";
  const words = (t.items.words as Readonly<Record<string, Readonly<Record<string, string>>>>)[`${name}.${rule.name}`];
  if (rule.type.is === "bool")
    return value === true ? ((t.items.fields as Record<string, string>)[rule.name] ?? "") : "";
  return words?.[String(value)] ?? String(value);
}

/** The edit that adds an item of what was typed; null while something that is needed is missing. */
export function adding(
  kind: string,
  name: string,
  typed: Readonly<Record<string, string>>,
  item: string,
  nowMs: number,
): Edit | null {
  const fields: Record<string, Json> = {};
  for (const rule of innerRules(kind, name)) {
    const text = (typed[rule.name] ?? "").trim();
    if (rule.type.is === "timestamp") fields[rule.name] = text === "" ? nowMs : Date.parse(text);
    else if (rule.type.is === "bool") fields[rule.name] = text === "true";
    else if (rule.type.is === "int" && text !== "") fields[rule.name] = wholeIn(rule.type, text);
    else if (text !== "") fields[rule.name] = text;
    else if (rule.required) return null;
    if (Number.isNaN(fields[rule.name])) return null;
  }
  return { addItem: { path: [name], item, fields } };
}

function wholeIn({ min, max }: { readonly min: number; readonly max: number }, text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= min && number <= max ? number : Number.NaN;
}

/** The edit that takes an item out. */
export const removing = (name: string, item: string): Edit => ({ removeItem: { path: [name, item] } });
