/** How a record is shown in one row of a list: title, subtitle, time and place among its kind, by the kind's `listing`. */

import type { RecordRow, ViewRow } from "../engine/rows.ts";
import { type KindRules, MODEL } from "./model.ts";
import { type Decided, factsOf } from "./plan/facts.ts";
import { quoteNumber } from "./quote.ts";
import type { Fields, Value } from "./value.ts";

/** Most characters of a title or subtitle. */
const LINE_CHARS_MAX = 120;

/** A record's row, under the account where it is shown: its own, or the one that that was merged into (rule M5). */
export function shown(row: RecordRow, account: string, spec: KindRules, fields: Fields, state: string | null): ViewRow {
  const isMerged = row.kind === "account" && account !== row.account;
  const listing = spec.listing;
  const title = titleOf(spec, fields) ?? spec.name.charAt(0).toUpperCase() + spec.name.slice(1);
  const subtitle = listing.subtitle.map((name) => line(fields, name)).filter((text) => text !== null);
  const at = listing.at.map((name) => moment(fields[name])).find((ms) => ms !== null) ?? row.changed_ms;
  const plan = factsOf(row, account, fields, decidedOf(row, state));
  const texts = spec.search.map((name) => fields[name]).filter((text) => typeof text === "string");
  const stands = isMerged ? "merged" : (state ?? line(fields, "state") ?? line(fields, "status"));
  const given = row.decision?.number ?? null;
  const number = given ?? (row.kind === "order" && stands === "quote" ? quoteNumber(row.id) : null);
  return {
    record: row.id,
    kind: row.kind,
    account,
    title,
    subtitle: shortened(subtitle.join(" · ")),
    state: stands,
    at_ms: at,
    changed_ms: row.changed_ms,
    sort: listing.order === "title" ? title.toLowerCase() : ascending(listing.order === "earliest" ? at : -1 - at),
    words: [...new Set([...wordsOf(texts.join("\n")), ...(number === null ? [] : wordsOfNumber(number))])],
    ...(isMerged ? { merged: true as const } : {}),
    ...(given === null ? {} : { number: given }),
    heading: headingOf(number === null ? title : `${number} ${title}`),
    ...position(fields),
    ...(plan === null ? {} : { plan }),
  };
}

const ASKED = " asked";

/** What is decided about a record, or while a request waits, what it asks for. */
export function decidedOf({ decision }: Pick<RecordRow, "decision">, state: string | null): Decided | null {
  const verb = state?.endsWith(ASKED) === true ? state.slice(0, -ASKED.length) : null;
  const to = MODEL.orders.transitions.find((transition) => transition.verb === verb)?.to;
  if (to !== undefined) return { state: to, totalMinor: null, effectiveMs: null };
  if (decision === null) return null;
  const { state: decided, total_minor: total, effective_ms: effective } = decision;
  const number = (value: bigint | null): number | null => (value === null ? null : Number(value));
  return { state: decided, totalMinor: number(total), effectiveMs: number(effective) };
}

/** The first of the kind's search fields that holds anything. */
export function titleOf(spec: KindRules, fields: Fields): string | null {
  for (const name of spec.search) {
    const text = line(fields, name);
    if (text !== null) return text;
  }
  return null;
}

/** The words of a text as the index and a search know them: lower case, without accents, each once. */
export function wordsOf(text: string): string[] {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return [...new Set(bare.match(/[\p{L}\p{N}]+/gu) ?? [])];
}

/** The words by which a number is found: run together, also without the letters and noughts before it, and each of its later parts. */
export function wordsOfNumber(number: string): string[] {
  const parts = wordsOf(number);
  const whole = parts.join("");
  const digits = whole.replace(/^\p{L}+(?=\p{N})/u, "");
  return [...new Set([whole, digits, digits.replace(/^0+(?=.)/, ""), ...parts.slice(1)])];
}

/** The words of a title, a blank before each. */
export const headingOf = (title: string): string =>
  wordsOf(title)
    .map((word) => ` ${word}`)
    .join("");

/** A field as one line, if it holds anything. */
function line(fields: Fields, name: string): string | null {
  const value = fields[name];
  if (typeof value !== "string") return null;
  const first = value.split("\n").find((text) => text.trim() !== "");
  return first === undefined ? null : shortened(first.trim());
}

function shortened(text: string): string {
  const letters = Array.from(text);
  return letters.length <= LINE_CHARS_MAX ? text : `${letters.slice(0, LINE_CHARS_MAX).join("").trimEnd()}…`;
}

function moment(value: Value | undefined): number | null {
  if (typeof value === "number") return value;
  const ms = typeof value === "string" ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** Text that sorts as the number does. */
const ascending = (number: number): string =>
  (BigInt.asUintN(64, BigInt(Math.trunc(number))) ^ (1n << 63n)).toString(16).padStart(16, "0");

function position(fields: Fields): { latitude?: number; longitude?: number } {
  const { latitude_microdeg: latitude, longitude_microdeg: longitude } = fields;
  return typeof latitude === "number" && typeof longitude === "number" ? { latitude, longitude } : {};
}
