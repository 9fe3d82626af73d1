/**
 * How a record is shown in one row of a list: title, subtitle, time and place among its kind. A kind that is not named here
 * is shown by its first search field and its last change.
 */

import type { RecordRow, ViewRow } from "../engine/rows.ts";
import type { KindSpec } from "./model.ts";
import type { Fields, Value } from "./value.ts";

/** Most characters of a title or subtitle. */
const LINE_CHARS_MAX = 120;

/** How a kind differs from the plain way: fields of the second line, fields that say when it is, what stands first. */
interface Manner {
  readonly subtitle: readonly string[];
  readonly at: readonly string[];
  readonly order: "title" | "earliest" | "latest";
}

const PLAIN: Manner = { subtitle: [], at: [], order: "latest" };
const MANNERS: Record<string, Manner> = {
  account: { subtitle: ["city", "region", "country"], at: [], order: "title" },
  contact: { subtitle: ["title", "mobile", "phone"], at: [], order: "title" },
  task: { subtitle: ["due", "priority"], at: ["due"], order: "earliest" },
  visit: {
    subtitle: ["purpose", "outcome", "next_step"],
    at: ["checked_in_at", "planned_start"],
    order: "latest",
  },
  order: { subtitle: ["order_date", "currency"], at: ["order_date"], order: "latest" },
  comment: { subtitle: [], at: ["at"], order: "latest" },
};

export function shown(row: RecordRow, spec: KindSpec, fields: Fields, state: string | null): ViewRow {
  const manner = MANNERS[spec.name] ?? PLAIN;
  const title = titleOf(spec, fields) ?? spec.name.charAt(0).toUpperCase() + spec.name.slice(1);
  const subtitle = manner.subtitle.map((name) => line(fields, name)).filter((text) => text !== null);
  const at = manner.at.map((name) => moment(fields[name])).find((ms) => ms !== null) ?? row.changed_ms;
  const texts = spec.search.map((name) => fields[name]).filter((text) => typeof text === "string");
  return {
    record: row.id,
    kind: row.kind,
    account: row.account,
    title,
    subtitle: shortened(subtitle.join(" · ")),
    state: state ?? line(fields, "state") ?? line(fields, "status"),
    at_ms: at,
    changed_ms: row.changed_ms,
    sort: manner.order === "title" ? title.toLowerCase() : ascending(manner.order === "earliest" ? at : -1 - at),
    words: wordsOf(texts.join("\n")),
    heading: headingOf(title),
    ...position(fields),
  };
}

/** The first of the kind's search fields that holds anything. */
export function titleOf(spec: KindSpec, fields: Fields): string | null {
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
