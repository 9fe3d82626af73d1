/** Values of a document's fields as people read them, the same in the app and the console. Labels and words are theirs. */
import type { Formats } from "./format.ts";

export interface Telling {
  readonly formats: Formats;
  readonly now: number;
  readonly empty: string;
  readonly yes: string;
  readonly no: string;
  /** A word of an enumeration; null where the field's values are the people's own. */
  readonly word: (field: string, value: string) => string | null;
  /** What an id stands for. */
  readonly name: (id: string) => string;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isId = (text: string): boolean => ID.test(text);

/** A value of the field of that name. `currency` is that of the record, for its amounts. */
export function told(by: Telling, field: string, value: unknown, currency = ""): string {
  if (isNothing(value)) return by.empty;
  switch (typeof value) {
    case "boolean":
      return value ? by.yes : by.no;
    case "number":
      return figure(by, field, value, currency);
    case "string":
      return written(by, field, value);
    default:
      return items(by, value as object, currency);
  }
}

/** Whether a field says something to people that its record does not say by itself: no bookkeeping, and nothing that is nothing. */
export function isTold(field: string, value: unknown): boolean {
  const isKept = /^(state|currency|position|own_price|priced_.*)$|(?<!^contact)_id$/.test(field);
  const isZero = value === 0 && /_(minor|bp)$/.test(field);
  return !isKept && !isZero && !isNothing(value);
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function figure({ formats, now }: Telling, field: string, value: number, currency: string): string {
  if (field.endsWith("_minor")) return formats.money(value, currency);
  if (field.endsWith("_bp")) return formats.percent(value);
  if (field.endsWith("_microdeg")) return formats.degrees(value);
  // Devices hold moments as numbers, the API gives them as text.
  if (/(^|_)at$|^planned_start$/.test(field)) return formats.moment(value, now);
  return formats.number(value);
}

function written(by: Telling, field: string, value: string): string {
  if (isId(value)) return by.name(value);
  if (/^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value)))
    return by.formats.moment(Date.parse(value), by.now);
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return by.formats.isoDay(value, by.now);
  return by.word(field, value) ?? value;
}

/** A collection one item to a line, in its order; or one item of it. */
function items(by: Telling, value: object, currency: string): string {
  const all = Object.values(value) as unknown[];
  const isCollection = all.every((one) => typeof one === "object" && one !== null);
  if (!isCollection) return item(by, value as Item, currency);
  const place = (one: unknown): number => Number((one as Item)["position"] ?? 0);
  return all
    .toSorted((a, b) => place(a) - place(b))
    .map((one) => item(by, one as Item, currency))
    .join("\n");
}

type Item = Readonly<Record<string, unknown>>;

function item(by: Telling, { quantity, sku, description, ...rest }: Item, currency: string): string {
  const what = [description, sku].find((text) => typeof text === "string" && text !== "");
  if (typeof quantity === "number" && typeof what === "string") return line(by, quantity, what, rest, currency);
  const parts = { ...rest, sku, description, quantity };
  const shown = Object.entries(parts).filter(([name, value]) => isTold(name, value) || isNamed(name, value));
  return shown.map(([name, value]) => told(by, name, value, currency)).join(" · ");
}

/** Of an item, whom or what it names may be all that it says. */
const isNamed = (name: string, value: unknown): boolean => name.endsWith("_id") && !isNothing(value);

/** "2 × Chai, €18.00, 5 %"; what came back of it with the reason. */
function line(by: Telling, quantity: number, what: string, rest: Item, currency: string): string {
  const prices = ["unit_price_minor", "discount_bp", "reason"].filter((name) => isTold(name, rest[name]));
  const shown = prices.map((name) => told(by, name, rest[name], currency));
  return [`${by.formats.number(quantity)} × ${what}`, ...shown].join(", ");
}
