/** A record's fields while somebody writes them: made from the model's own rules, so that none is typed twice. */
import { type FieldRule, type Kind, MODEL } from "@roadbook/replica/model";

import { dayStart, isoMoment } from "$texts/format";

import { linkOf, type LinkTo } from "../../../kinds/links.ts";
import { decimalsOf } from "../../../kinds/units.ts";

/** What a person types, by field. */
export type Typed = Record<string, string>;
type Value = string | number | boolean | null;

/** What a box says that is ticked; one that is not says nothing, as a field that was never written. */
export const TICKED = "true";

/** The fields of a kind that one types into a form, or chooses; lists have places of their own. */
export function rulesOf(kind: string): readonly FieldRule[] {
  const rules = MODEL.kinds.find((one) => one.name === (kind as Kind))?.fields ?? [];
  return rules.filter((rule) => rule.type.is !== "items" && (rule.type.is !== "id" || linkTo(rule) !== null));
}

/** Null for what is no link, or one that is made where the record is made and stays. */
export function linkTo(rule: FieldRule): LinkTo | null {
  return rule.type.is === "id" ? linkOf(rule.name) : null;
}

/** A value as one types it. */
export function typed(rule: FieldRule, value: unknown, currency: string): string {
  if (value === null || value === undefined) return "";
  if (rule.type.is === "bool") return value === true ? TICKED : "";
  if (rule.type.is === "timestamp") return localTime(value);
  if (typeof value === "number") return decimal(value, decimalsOf(rule.name, currency));
  return typeof value === "string" ? value : "";
}

/** All of a document as one types it. */
export function typedAll(kind: string, document: Readonly<{ [name: string]: unknown }>, currency: string): Typed {
  return Object.fromEntries(rulesOf(kind).map((rule) => [rule.name, typed(rule, document[rule.name], currency)]));
}

/** What was typed, as the record has it; undefined if it is none. */
export function valueOf(rule: FieldRule, text: string, currency: string): Value | undefined {
  if (rule.type.is === "bool") return text === TICKED;
  const trimmed = rule.type.is === "text" ? text : text.trim();
  if (trimmed === "") return rule.type.is === "text" ? "" : null;
  if (rule.type.is === "timestamp") return isoMoment(trimmed) ?? undefined;
  if (rule.type.is === "date" && dayStart(trimmed) === null) return undefined;
  if (rule.type.is !== "int") return trimmed;
  return whole(trimmed, decimalsOf(rule.name, currency));
}

/** Fields whose typed words differ, as the API takes them; null while something typed is no value. */
export function changes(kind: string, before: Typed, after: Typed, currency: string): Record<string, Value> | null {
  const changed: Record<string, Value> = {};
  for (const rule of rulesOf(kind)) {
    const text = after[rule.name] ?? "";
    if (text === (before[rule.name] ?? "")) continue;
    const value = valueOf(rule, text, currency);
    if (value === undefined || (value === null && rule.required)) return null;
    changed[rule.name] = value;
  }
  return changed;
}

/** Digits with at most so many decimals, as a whole number of the smallest unit; undefined if they are none. */
export function whole(text: string, decimals: number): number | undefined {
  const parts = /^(-?\d{1,13})(?:[.,](\d{1,6}))?$/.exec(text);
  if (parts === null || (parts[2] ?? "").length > decimals) return undefined;
  return Number(`${parts[1] ?? ""}${(parts[2] ?? "").padEnd(decimals, "0")}`);
}

/** The other way round, exactly. */
export function decimal(minor: number, decimals: number): string {
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return minor < 0 ? `-${text}` : text;
}

function localTime(value: unknown): string {
  const ms = typeof value === "string" ? Date.parse(value) : Number(value);
  if (Number.isNaN(ms)) return "";
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
