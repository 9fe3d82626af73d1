/** A record's document, as people read it. */
import type { Schema } from "$api/client";
import { t } from "$texts/office";

import { collectionsOf } from "./collections.ts";
import { capital, fieldName, formats, kindName } from "../../state/words.ts";

type Record = Schema["Record"];
type Fields = Readonly<{ [name: string]: unknown }>;

/** The API describes a document as any object. */
export function fieldsOf(record: Record): Fields {
  return record.document;
}

export function currencyOf(record: Record): string {
  const { currency } = fieldsOf(record);
  return record.decision?.currency ?? (typeof currency === "string" ? currency : "");
}

export function totalOf(record: Record): string {
  return record.decision === null || record.decision === undefined
    ? ""
    : formats.money(record.decision.total_minor, currencyOf(record));
}

/** How an order stands: what was decided, else what its document says. */
export function standingOf(record: Record): { state: string | null; until: string | null } {
  const { state, valid_until } = fieldsOf(record);
  const word = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  return { state: record.decision?.state ?? word(state), until: word(valid_until) };
}

/** What it is called, in a line. */
export function titleOf(record: Record): string {
  const fields = fieldsOf(record);
  if (record.kind === "order") return t.record.page.order(record.decision?.number ?? null);
  const named = fields["name"] ?? fields["subject"];
  return typeof named === "string" && named !== "" ? named : capital(kindName(record.kind));
}

type Told = (name: string, value: unknown, currency: string) => string;

/** The fields that have a value, with their names, and the collections that a form writes; others have panels of their own. */
export function facts(record: Record, told: Told): { label: string; text: string }[] {
  const currency = currencyOf(record);
  const listed = collectionsOf(record.kind).map(({ rule }) => rule.name);
  return Object.entries(fieldsOf(record)).flatMap(([name, value]) => {
    // What was decided says more than the document's own state, and the total stands below the lines.
    if (record.kind === "order" && ["state", "total_minor"].includes(name)) return [];
    if (Array.isArray(value) && listed.includes(name)) {
      // An item's own id says nothing to people.
      const items = (value as Fields[]).map((item) =>
        Object.fromEntries(Object.entries(item).filter(([inner]) => inner !== "id")),
      );
      return items.length === 0 ? [] : [{ label: fieldName(name), text: told(name, items, currency) }];
    }
    if (value === null || value === undefined || value === "" || typeof value === "object") return [];
    return [{ label: fieldName(name), text: told(name, value, currency) }];
  });
}

export interface Line {
  readonly id: string;
  readonly sku: string;
  readonly description: string;
  readonly quantity: number;
  readonly price: number;
  readonly discount: number;
}

/** An order's lines in their order. */
export function linesOf(record: Record): Line[] {
  const { lines } = fieldsOf(record);
  if (!Array.isArray(lines)) return [];
  const number = (value: unknown): number => (typeof value === "number" ? value : 0);
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return (lines as Fields[])
    .toSorted((a, b) => number(a["position"]) - number(b["position"]))
    .map((line) => ({
      id: text(line["id"]),
      sku: text(line["sku"]),
      description: text(line["description"]),
      quantity: number(line["quantity"]),
      price: number(line["unit_price_minor"]),
      discount: number(line["discount_bp"]),
    }));
}
