/** Values and names of the model in the words of people. */
import { Formats } from "$texts/format";
import { t } from "$texts/office";

import { KINDS } from "../../replica/src/generated/model.ts";

// The words are English; dates, numbers and money follow the browser, where its English differs.
const locale = navigator.language.startsWith("en") ? navigator.language : "en-GB";
export const formats = new Formats(locale);

/** A field as people call it. */
export function fieldName(name: string): string {
  return t.fields.names[name] ?? capital(name.replace(/_id$/, "").replaceAll("_", " "));
}

/** A path into a document: "Lines, Quantity". Ids of items say nothing to people. */
export function pathName(path: readonly string[]): string {
  return path
    .filter((step) => !isId(step))
    .map(fieldName)
    .join(", ");
}

export function kindName(kind: string | null | undefined): string {
  return kind === null || kind === undefined ? "" : (t.fields.kinds[kind] ?? kind);
}

/** A word of an enumeration. */
export function word(value: string): string {
  return t.fields.words[value] ?? value.replaceAll("_", " ");
}

/** The words of an enumeration, in the model's order. */
export function wordsOf(kind: string, field: string): readonly string[] {
  const type = KINDS.find((one) => one.name === kind)?.fields.find((rule) => rule.name === field)?.type;
  return type?.is === "enum" ? type.words : [];
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}

/** The moment a time names, in milliseconds; null for what is none. */
export function moment(time: string | null | undefined): number | null {
  if (time === null || time === undefined || !/^\d{4}-\d{2}-\d{2}T/.test(time)) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}

/** A value of a document's field. `currency` is that of the record, for amounts. */
export function shown(name: string, value: unknown, currency?: string | null): string {
  if (value === null || value === undefined || value === "") return t.fields.empty;
  if (typeof value === "boolean") return value ? t.fields.yes : t.fields.no;
  if (typeof value === "number") return figure(name, value, currency);
  if (typeof value === "string") return written(name, value);
  return JSON.stringify(value);
}

function figure(name: string, value: number, currency?: string | null): string {
  if (name.endsWith("_minor")) return formats.money(value, currency ?? "");
  if (name.endsWith("_bp")) return formats.percent(value);
  if (name.endsWith("_microdeg")) return `${(value / 1e6).toFixed(5)}°`;
  return formats.number(value);
}

/** Fields whose values are words of the model. */
const ENUMS = new Set(
  KINDS.flatMap((kind) => kind.fields.filter((rule) => rule.type.is === "enum").map((rule) => rule.name)),
);

function written(name: string, value: string): string {
  const ms = moment(value);
  if (ms !== null) return formats.moment(ms, Date.now());
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formats.isoDay(value, Date.now());
  return ENUMS.has(name) ? word(value) : value;
}
