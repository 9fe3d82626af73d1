/** What a brief is made from: an account's records, and how the sections look at them. */

import { lineTotalMinor, orderTotals } from "../model/money.ts";
import { isHandedIn } from "../model/right.ts";
import { entries, type Fields, isMap, type Path, type Value } from "../model/value.ts";
import type { Amount, Day, Fact, Section, Source, Statement, Topic, Who } from "./fact.ts";
import { sentence } from "./words.ts";

/** Most sources that one statement names. */
const SOURCES_MAX = 12;
/** Most characters of a note that a brief repeats. */
const EXCERPT_CHARS_MAX = 240;
const DAY_MS = 86_400_000;

/** What the office decided about an order. */
export interface Decided {
  readonly state: string;
  readonly number: string | null;
  readonly total_minor: number | null;
  readonly currency: string | null;
  /** When that took effect, in milliseconds since 1970, if the decision says so. */
  readonly effective_ms: number | null;
}

/** One record. */
export interface Part {
  readonly id: string;
  readonly kind: string;
  readonly creator: string;
  readonly fields: Fields;
  readonly decision: Decided | null;
  /** The fields that several people wrote at once, differently. */
  readonly conflicts: readonly Path[];
}

export interface Dossier {
  readonly account: string;
  /** Its records, in any order: its own, and those that belong to it. */
  readonly parts: readonly Part[];
  /** The names of people, as far as they are known. */
  readonly people: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

/** The people whom these records name, or who created them: whose names a brief may need. */
export function peopleIn(parts: readonly Part[]): Set<string> {
  return new Set(
    parts.flatMap((part) => [
      part.creator,
      ...["rep_id", "assignee_id", "owner_id"].flatMap((name) => word(part, name) ?? []),
    ]),
  );
}

type Order = string | number | boolean;

/** Sorts as tuples do: what is absent comes first. */
export function byKey<T>(keyOf: (part: T) => readonly (Order | null)[]): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    for (const [n, one] of left.entries()) {
      const other = right[n] ?? null;
      if (one === other) continue;
      if (one === null) return -1;
      return other === null || one > other ? 1 : -1;
    }
    return 0;
  };
}

/** A dossier, sorted for the sections. No list depends on how the parts came. */
export class View {
  readonly today: Day;
  readonly profile: Part | undefined;
  /** Visits that were made, the last first. */
  readonly made: readonly Part[];
  /** Orders that were handed in and neither cancelled nor rejected, the last first. */
  readonly placed: readonly Part[];

  constructor(readonly dossier: Dossier) {
    this.today = dayOfMs(dossier.nowMs);
    this.profile = this.ofKind("account").find(({ id }) => id === dossier.account);
    const visits = this.ofKind("visit").filter((visit) => word(visit, "state") !== "planned");
    this.made = visits.sort(byKey((visit) => [visitMs(visit), visit.id])).reverse();
    const placed = this.ofKind("order").filter(
      (order) => orderState(order) === "accepted" || isHandedIn(orderState(order)),
    );
    this.placed = placed.sort(byKey((order) => [orderDay(order), order.id])).reverse();
  }

  /** The records of a kind, by id. */
  ofKind(kind: string): Part[] {
    return this.dossier.parts.filter((part) => part.kind === kind).sort(byKey(({ id }) => [id]));
  }

  who(id: string): Who {
    return { id, name: this.dossier.people.get(id) ?? null };
  }

  /** The person that a field names, else the record's creator. */
  whoOf(part: Part, field: string): Who {
    return this.who(word(part, field) ?? part.creator);
  }

  /** The contact that a record names, if it is one of the account's and has a name. */
  contactOf(part: Part): { contact: Part; name: string } | null {
    const id = word(part, "contact_id");
    const contact = id === null ? undefined : this.ofKind("contact").find((other) => other.id === id);
    const name = contact === undefined ? null : line(contact, "name");
    return contact === undefined || name === null ? null : { contact, name };
  }
}

/** A string, if the field holds one that says anything. */
export const word = ({ fields }: Part, name: string): string | null => worded(fields[name]);

const worded = (value: Value | undefined): string | null => {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? null : text;
};

/** Blanks of any kind and control characters become one blank. */
export const oneLine = (text: string): string =>
  text
    .split(/[\s\p{Cc}]+/u)
    .filter((part) => part !== "")
    .join(" ");

/** A string of a line of an order, as one line. */
export function lineWord(item: Fields, name: string): string | null {
  const text = worded(item[name]);
  return text === null ? null : oneLine(text);
}

/** A string as one line without control characters. */
export const line = ({ fields }: Part, name: string): string | null => lineWord(fields, name);

/** The beginning of a text, as one line. */
export function excerpt(part: Part, name: string): string | null {
  const text = line(part, name);
  const letters = Array.from(text ?? "");
  if (text === null || letters.length <= EXCERPT_CHARS_MAX) return text;
  const head = letters.slice(0, EXCERPT_CHARS_MAX).join("");
  // Back to the last whole word, unless there is hardly one.
  const at = head.lastIndexOf(" ");
  const isLong = at >= 0 && bytesOf(head.slice(0, at)) > Math.floor(bytesOf(head) / 2);
  return `${(isLong ? head.slice(0, at) : head).trimEnd()}…`;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

export function int({ fields }: Part, name: string): number | null {
  const value = fields[name];
  return typeof value === "number" ? value : null;
}

/** A day, from a date or a moment. */
export function day({ fields }: Part, name: string): Day | null {
  const value = fields[name];
  if (typeof value === "number") return dayOfMs(value);
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return null;
  return Number.isNaN(Date.parse(value)) ? null : value;
}

export const dayOfMs = (ms: number): Day => new Date(ms).toISOString().slice(0, 10);

/** How many days later `to` is; negative if it is earlier. */
export const daysUntil = (from: Day, to: Day): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** Whether a case is not resolved. */
export const isOpenCase = (part: Part): boolean => !["resolved", "closed"].includes(word(part, "state") ?? "");

/** Whether an opportunity is neither won nor lost. */
export const isOpenOpportunity = (part: Part): boolean => !["won", "lost"].includes(word(part, "stage") ?? "");

/** When a visit was made. */
export const visitMs = (visit: Part): number | null =>
  int(visit, "checked_in_at") ?? int(visit, "checked_out_at") ?? int(visit, "planned_start");

export function visitDay(visit: Part): Day | null {
  const ms = visitMs(visit);
  return ms === null ? null : dayOfMs(ms);
}

export const orderDay = (order: Part): Day | null => day(order, "order_date");

/** How an order stands: as decided, and until then as its document says. */
export const orderState = (order: Part): string => order.decision?.state ?? word(order, "state") ?? "draft";

export const numberOf = (order: Part): string | null => order.decision?.number ?? null;

/** What an order comes to: as decided, and until then the sum of its rounded lines and its freight. */
export const total = (order: Part): Amount => ({
  minor: order.decision?.total_minor ?? orderTotals(order.fields).total_minor,
  currency: order.decision?.currency ?? word(order, "currency") ?? "",
});

/** A line of an order. */
export interface Line {
  readonly key: string;
  readonly item: Fields;
  readonly quantity: number;
  readonly discountBp: number;
  readonly totalMinor: number;
}

/** An order's lines, by key. */
export function linesOf({ fields }: Part): Line[] {
  const whole = (value: Value | undefined): number => (typeof value === "number" ? value : 0);
  return Object.entries(entries(fields["lines"]))
    .filter((entry): entry is [string, Fields] => isMap(entry[1]))
    .sort(byKey(([key]) => [key]))
    .map(([key, item]) => {
      const [quantity, discountBp] = [whole(item["quantity"]), whole(item["discount_bp"])];
      const totalMinor = lineTotalMinor(quantity, whole(item["unit_price_minor"]), discountBp);
      return { key, item, quantity, discountBp, totalMinor };
    });
}

/** The record as a source, with these fields. */
export const sourceAt = ({ id, kind }: Part, fields: readonly Path[]): Source => ({ record: { id, kind, fields } });

/** The record as a source, with those of these fields that it holds. */
export const source = (part: Part, ...names: readonly string[]): Source =>
  sourceAt(
    part,
    names.filter((name) => part.fields[name] !== undefined && part.fields[name] !== null).map((name) => [name]),
  );

/** A statement from these sources. */
export const say = (fact: Fact, sources: readonly Source[]): Statement => ({
  ...fact,
  sources: sources.slice(0, SOURCES_MAX),
  source_count: sources.length,
  text: sentence(fact),
});

/** At most so many of these statements. */
export const sectionOf = (section: Topic, statements: readonly Statement[], most: number): Section => ({
  section,
  statements: statements.slice(0, most),
  left_out: Math.max(0, statements.length - most),
});
