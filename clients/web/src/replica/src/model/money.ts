/** Money: whole minor units, exact. A line is rounded once, half away from zero; an order is the sum of them and its freight. */

import { entries, type Fields, type Value } from "./value.ts";

const WHOLE = 10_000n;

/** What a line costs after discount, in minor units. */
export function lineTotalMinor(quantity: number, unitPriceMinor: number, discountBp: number): number {
  const gross = BigInt(quantity) * BigInt(unitPriceMinor) * (WHOLE - BigInt(discountBp));
  const half = gross < 0n ? -WHOLE / 2n : WHOLE / 2n;
  return Number((gross + half) / WHOLE);
}

const whole = (value: Value | undefined): number => (typeof value === "number" && Number.isInteger(value) ? value : 0);

/** What a line is priced for, in one word: its numbers and what the person took off the order. */
export function pricedAs(order: Fields, line: Fields): string {
  const [quantity, unit, discount] = ["quantity", "unit_price_minor", "discount_bp"].map((name) => whole(line[name]));
  const [header, goodwill] = ["header_discount_bp", "goodwill_minor"].map((name) => whole(order[name]));
  return `${String(quantity)}x${String(unit)}-${String(discount)}/${String(header)}/${String(goodwill)}`;
}

/** What a line comes to: what it was priced at while it says what it was priced for, else by its own price and discount. */
function lineOf(order: Fields, line: Fields): number {
  const priced = line["priced_net_minor"];
  if (typeof priced === "number" && line["priced_as"] === pricedAs(order, line)) return priced;
  return lineTotalMinor(whole(line["quantity"]), whole(line["unit_price_minor"]), whole(line["discount_bp"]));
}

/** What an order's lines come to, by item id, and the order itself. A number that is missing counts as 0. */
export function orderTotals(fields: Fields): { total_minor: number; lines: Record<string, number> } {
  const lines: Record<string, number> = {};
  for (const [key, item] of Object.entries(entries(fields["lines"]))) lines[key] = lineOf(fields, entries(item));
  const sum = Object.values(lines).reduce((total, line) => total + line, 0);
  return { total_minor: sum + whole(fields["freight_minor"]), lines };
}
