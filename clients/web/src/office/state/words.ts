/** Values and names of the model in the words of people. */
import { MODEL } from "@roadbook/replica/model";

import { Formats } from "$texts/format";
import { t } from "$texts/office";
import { count } from "$texts/office/en/count.ts";
import type { KindWords } from "$texts/office/en/kinds.ts";
import { isId, told } from "$texts/told";

import type { Piece, Thing } from "./pieces.ts";

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
  return kind === null || kind === undefined ? "" : (kindWords(kind)?.one ?? kind);
}

/** "1 order", "7 orders". */
export function kindCount(kind: string, n: number): string {
  return count(n, kindName(kind), kindWords(kind)?.many.toLowerCase());
}

export function kindWords(kind: string): KindWords | undefined {
  return (t.kinds as Readonly<Record<string, KindWords>>)[kind];
}

/** A word of an enumeration, as a value stands beside what it is of. */
export function word(value: string): string {
  return capital(t.fields.words[value] ?? value.replaceAll("_", " "));
}

/** The words of an enumeration, in the model's order. */
export function wordsOf(kind: string, field: string): readonly string[] {
  const type = MODEL.kinds.find((one) => one.name === kind)?.fields.find((rule) => rule.name === field)?.type;
  return type?.is === "enum" ? type.words : [];
}

/** What is asked for, as its button calls it. */
export function verbName(verb: string): string {
  const verbs: Readonly<Record<string, string>> = t.record.orders.verbs;
  return verbs[verb] ?? capital(word(verb));
}

/** What was held of one record: "New task: Send samples". */
export function thingName({ action, kind, fields }: Thing): string {
  const title = fields.find(({ path }) => path[0] === "name" || path[0] === "subject")?.held;
  const what = t.inboxes.held.what(action, kindName(kind ?? "order"));
  return typeof title === "string" && title !== "" ? `${what}: ${title}` : what;
}

/** What a piece of held work holds: "Visit, task, order". */
export function pieceName({ things }: Piece): string {
  return capital(things.map(({ action, kind }) => t.inboxes.held.part(action, kindName(kind ?? "order"))).join(", "));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The moment a time names, in milliseconds; null for what is none. */
export function moment(time: string | null | undefined): number | null {
  if (time === null || time === undefined || !/^\d{4}-\d{2}-\d{2}T/.test(time)) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}

/** A value of a document's field. `currency` is that of the record, for amounts; `name` says what an id stands for. */
export function shown(
  field: string,
  value: unknown,
  currency?: string | null,
  name: (id: string) => string = (id) => id,
): string {
  const { empty, yes, no } = t.fields;
  const wording = (of: string, text: string): string | null => (ENUMS.has(of) ? word(text) : null);
  return told({ formats, now: Date.now(), empty, yes, no, word: wording, name }, field, value, currency ?? "");
}

/** Fields whose values are words of the model. */
const ENUMS = new Set(
  MODEL.kinds.flatMap((kind) => kind.fields.filter((rule) => rule.type.is === "enum").map((rule) => rule.name)),
);
