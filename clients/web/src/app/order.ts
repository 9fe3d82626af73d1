/** An order as its form holds it, and what that becomes in the record. */
import type { Edit, Fields, Json, RecordView, Reference } from "@roadbook/replica";

import { numberOf, textOf } from "./fields.ts";
import { lineTotalMinor, orderTotalMinor } from "./money.ts";

/** A type, not an interface: only so is it a value of JSON, as a draft must be. */
export type OrderLine = {
  /** The item's id in the record; made with the line. */
  item: string;
  sku: string;
  description: string;
  unit: string;
  quantity: number;
  unit_price_minor: number;
  discount_bp: number;
};

export type OrderForm = {
  currency: string;
  lines: OrderLine[];
  reference: string;
  delivery_date: string;
  notes: string;
};

/** A product as the office publishes it; what it lacks is left out, not guessed. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly stock: number | null;
  readonly discontinued: boolean;
}

/** Null for what can't be sold: no name or no price that an order could hold. */
export function productOf(reference: Reference): Product | null {
  const { value, key } = reference;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { name, unit_price_minor, currency, quantity_per_unit, units_in_stock, discontinued } = value as Fields;
  if (typeof name !== "string" || typeof unit_price_minor !== "number" || typeof currency !== "string") return null;
  return {
    sku: key,
    name,
    unit: typeof quantity_per_unit === "string" ? quantity_per_unit : "",
    priceMinor: unit_price_minor,
    currency,
    stock: typeof units_in_stock === "number" ? units_in_stock : null,
    discontinued: discontinued === true,
  };
}

export function newLine(product: Product, quantity: number): OrderLine {
  return {
    item: crypto.randomUUID(),
    sku: product.sku,
    description: product.name,
    unit: product.unit,
    quantity,
    unit_price_minor: product.priceMinor,
    discount_bp: 0,
  };
}

/** A record's lines in their order. */
export function linesOf(fields: Fields): OrderLine[] {
  const lines = fields["lines"];
  if (typeof lines !== "object" || lines === null || Array.isArray(lines)) return [];
  const entries = Object.entries(lines as Readonly<Record<string, Json>>);
  return entries
    .map(([item, line]) => ({ item, line: (typeof line === "object" && line !== null ? line : {}) as Fields }))
    .sort((one, other) => numberOf(one.line, "position") - numberOf(other.line, "position"))
    .map(({ item, line }) => ({
      item,
      sku: textOf(line, "sku"),
      description: textOf(line, "description"),
      unit: textOf(line, "unit"),
      quantity: numberOf(line, "quantity"),
      unit_price_minor: numberOf(line, "unit_price_minor"),
      discount_bp: numberOf(line, "discount_bp"),
    }));
}

export function formOfOrder(fields: Fields): OrderForm {
  return {
    currency: textOf(fields, "currency"),
    lines: linesOf(fields),
    reference: textOf(fields, "reference"),
    delivery_date: textOf(fields, "delivery_date"),
    notes: textOf(fields, "notes"),
  };
}

/** The same goods at today's prices: lines of their own, as a line belongs to one order. */
export function again(lines: readonly OrderLine[], products: ReadonlyMap<string, Product>): OrderLine[] {
  return lines.map((line) => ({
    ...line,
    item: crypto.randomUUID(),
    unit_price_minor: products.get(line.sku)?.priceMinor ?? line.unit_price_minor,
  }));
}

export function total(lines: readonly OrderLine[], freightMinor = 0): number {
  return orderTotalMinor(lines.map(priced), freightMinor);
}

export function lineTotal(line: OrderLine): number {
  return lineTotalMinor(priced(line));
}

function priced(line: OrderLine): { quantity: number; unitPriceMinor: number; discountBp: number } {
  return { quantity: line.quantity, unitPriceMinor: line.unit_price_minor, discountBp: line.discount_bp };
}

/** The fields of a new order's record. */
export function fieldsOfOrder(form: OrderForm, state: "draft" | "quote", person: string, today: string): Fields {
  return {
    state,
    currency: form.currency,
    order_date: today,
    rep_id: person,
    lines: Object.fromEntries(form.lines.map((line, position) => [line.item, fieldsOfLine(line, position)])),
    ...(form.reference.trim() === "" ? {} : { reference: form.reference.trim() }),
    ...(form.delivery_date === "" ? {} : { delivery_date: form.delivery_date }),
    ...(form.notes === "" ? {} : { notes: form.notes }),
  };
}

function fieldsOfLine(line: OrderLine, position: number): Fields {
  const { sku, description, unit, quantity, unit_price_minor, discount_bp } = line;
  return { position, sku, description, unit, quantity, unit_price_minor, discount_bp };
}

/** What changed against the record: lines that came, went or differ, and the fields beside them. */
export function editsOfOrder(before: Fields, form: OrderForm, state: "draft" | "quote"): Edit[] {
  const was = formOfOrder(before);
  const edits: Edit[] = [...lineEdits(was.lines, form.lines)];
  for (const name of ["reference", "delivery_date"] as const) {
    const value = form[name].trim();
    if (value !== was[name]) edits.push({ set: { path: [name], value: value === "" ? null : value } });
  }
  if (form.notes !== was.notes) edits.push({ text: { path: ["notes"], value: form.notes } });
  if (before["state"] !== state) edits.push({ set: { path: ["state"], value: state } });
  return edits;
}

function lineEdits(before: readonly OrderLine[], after: readonly OrderLine[]): Edit[] {
  const known = new Map(before.map((line) => [line.item, line]));
  const kept = new Set(after.map((line) => line.item));
  const gone: Edit[] = before
    .filter((line) => !kept.has(line.item))
    .map((line) => ({ removeItem: { path: ["lines", line.item] } }));
  const changed = after.flatMap((line, position): Edit[] => {
    const was = known.get(line.item);
    if (was === undefined)
      return [{ addItem: { path: ["lines"], item: line.item, fields: fieldsOfLine(line, position) } }];
    return (["quantity", "discount_bp", "unit_price_minor"] as const)
      .filter((name) => was[name] !== line[name])
      .map((name) => ({ set: { path: ["lines", line.item, name], value: line[name] } }));
  });
  return [...gone, ...changed];
}

export interface OrderStanding {
  /** `draft`, `quote`, or what was decided or asked for last. */
  readonly state: string;
  /** The number of a request that the server has not answered, if one is on its way. */
  readonly asked: number | null;
}

const ASKED: Readonly<Record<string, string>> = { submit: "submitted", cancel: "cancelled", reopen: "draft" };

/** A request that waits shows what it asks for; the mark beside it says that it is still on its way. */
export function orderStanding(order: RecordView): OrderStanding {
  const asked = order.items.findLast(
    (item) => item.what in ASKED && !item.tray && (item.sync === "on_this_device" || item.sync === "on_the_server"),
  );
  const state = asked === undefined ? (order.decision?.state ?? order.state) : ASKED[asked.what];
  return { state: state ?? "draft", asked: asked?.number ?? null };
}
