/** What a record's document holds, before it is put into words. */
import type { Schema } from "$api/client";

type Record = Schema["Record"];
export type Fields = Readonly<{ [name: string]: unknown }>;

/** The API describes a document as any object. */
export function fieldsOf(record: Record): Fields {
  return record.document;
}

export function currencyOf(record: Record): string {
  const { currency } = fieldsOf(record);
  return record.decision?.currency ?? (typeof currency === "string" ? currency : "");
}

/** Whether an order waits for a manager's or the office's word; once it is said, why it waited is history. */
export function waitsForWord(record: Record): boolean {
  return ["to_approve", "prices_differ"].includes(record.decision?.state ?? "");
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
