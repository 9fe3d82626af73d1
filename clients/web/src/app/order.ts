/** An order as its form holds it, and what that becomes in the record. */
import { type Edit, type Fields, isQuoteExpired, type Json, type RecordView, type Reference } from "@roadbook/replica";

import { dayAfter } from "$texts/format.ts";

import { numberOf, textOf } from "./fields.ts";
import { charsMax, fieldRule, orderIsOpen, QUOTE_DAYS } from "./model.ts";
import { pricedFields, pricedLine, type FormPrice } from "./price.ts";

/** A type, not an interface: only so is it a value of JSON, as a draft must be. */
export type OrderLine = {
  /** The item's id in the record; made with the line. */
  item: string;
  sku: string;
  description: string;
  unit: string;
  quantity: number;
  unit_price_minor: number;
  /** The price is the person's own and stands; else the rules make it. */
  own_price: boolean;
  discount_bp: number;
};

export type OrderForm = {
  currency: string;
  /** The day whose prices hold; empty for one that is taken today. */
  order_date: string;
  lines: OrderLine[];
  header_discount_bp: number;
  goodwill_minor: number;
  freight_minor: number;
  /** Where it goes, if the order says so: its tax is that of this place. Nothing in the form changes it. */
  ship_country: string;
  ship_region: string;
  reference: string;
  delivery_date: string;
  /** The last day on which a quote holds; empty for what was never one. */
  valid_until: string;
  notes: string;
  /** What was typed for a number and is none, by its place: it stands until it is put right, and nothing is saved before. */
  typed: Record<string, string>;
};

/** The places of what is typed for numbers. */
export const typedAt = {
  quantity: (item: string) => `quantity ${item}`,
  discount: (item: string) => `discount ${item}`,
  price: (item: string) => `price ${item}`,
  headerDiscount: "header_discount",
  goodwill: "goodwill",
  freight: "freight",
};

/** Keeps what was typed at a place and is no number, or forgets it once it is one. */
export function keepTyped(form: OrderForm, at: string, text: string | null): void {
  const others = Object.entries(form.typed).filter(([place]) => place !== at);
  form.typed = Object.fromEntries(text === null ? others : [...others, [at, text]]);
}

/** Takes a line out, with what was typed in it. */
export function takeOut(form: OrderForm, item: string): void {
  form.lines = form.lines.filter((line) => line.item !== item);
  keepTyped(form, typedAt.quantity(item), null);
  keepTyped(form, typedAt.discount(item), null);
  keepTyped(form, typedAt.price(item), null);
}

/** How much the order's own texts hold. */
export const ORDER_TEXTS = {
  reference: charsMax(fieldRule("order", "reference")),
  notes: charsMax(fieldRule("order", "notes")),
};

export const isLong = ({ reference, notes }: OrderForm): boolean =>
  Array.from(reference).length > ORDER_TEXTS.reference || Array.from(notes).length > ORDER_TEXTS.notes;

/** Whether something is to be put right before it can be saved. */
export const hasMistakes = (form: OrderForm): boolean => Object.keys(form.typed).length > 0 || isLong(form);

/** A product as the office publishes it; what it lacks is left out, not guessed. */
export interface Published {
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  /** Its own price; null where only lists say one. */
  readonly own: { readonly priceMinor: number; readonly currency: string } | null;
  readonly stock: number | null;
  /** The day on which that was so, as the office wrote it. */
  readonly stockAsOf: string;
  readonly discontinued: boolean;
}

/** A product at what a customer pays for one. */
export interface Product extends Omit<Published, "own"> {
  readonly priceMinor: number;
  readonly currency: string;
}

/** Null for what can't be sold: it has no name, or says a price that an order could not hold. */
export function productOf(reference: Reference): Published | null {
  const { value, key } = reference;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { name, unit_price_minor, currency, quantity_per_unit, units_in_stock, stock_as_of, discontinued } =
    value as Fields;
  if (typeof name !== "string") return null;
  const priced = typeof unit_price_minor === "number" && typeof currency === "string";
  if (!priced && (unit_price_minor ?? null) !== null) return null;
  return {
    sku: key,
    name,
    unit: typeof quantity_per_unit === "string" ? quantity_per_unit : "",
    own: priced ? { priceMinor: unit_price_minor, currency } : null,
    stock: typeof units_in_stock === "number" ? units_in_stock : null,
    stockAsOf: typeof stock_as_of === "string" ? stock_as_of : "",
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
    own_price: false,
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
      own_price: line["own_price"] === true,
      discount_bp: numberOf(line, "discount_bp"),
    }));
}

export function formOfOrder(fields: Fields): OrderForm {
  return {
    currency: textOf(fields, "currency"),
    order_date: textOf(fields, "order_date"),
    lines: linesOf(fields),
    header_discount_bp: numberOf(fields, "header_discount_bp"),
    goodwill_minor: numberOf(fields, "goodwill_minor"),
    freight_minor: numberOf(fields, "freight_minor"),
    ship_country: textOf(fields, "ship_country"),
    ship_region: textOf(fields, "ship_region"),
    reference: textOf(fields, "reference"),
    delivery_date: textOf(fields, "delivery_date"),
    valid_until: textOf(fields, "valid_until"),
    notes: textOf(fields, "notes"),
    typed: {},
  };
}

/** The same goods at today's prices: lines of their own, as a line belongs to one order. */
export function again(lines: readonly OrderLine[], products: ReadonlyMap<string, Product>): OrderLine[] {
  return lines.map((line) => ({
    ...line,
    item: crypto.randomUUID(),
    own_price: false,
    unit_price_minor: products.get(line.sku)?.priceMinor ?? line.unit_price_minor,
  }));
}

/** The fields of a new order's record. */
export function fieldsOfOrder(
  form: OrderForm,
  price: FormPrice,
  state: "draft" | "quote",
  person: string,
  today: string,
): Fields {
  return {
    state,
    currency: form.currency,
    order_date: today,
    rep_id: person,
    lines: Object.fromEntries(
      form.lines.map((line, position) => [line.item, fieldsOfLine(form, price, line, position)]),
    ),
    ...pricedFields(form, price),
    ...(form.reference.trim() === "" ? {} : { reference: form.reference.trim() }),
    ...(form.delivery_date === "" ? {} : { delivery_date: form.delivery_date }),
    ...(form.valid_until === "" ? {} : { valid_until: form.valid_until }),
    ...(form.notes === "" ? {} : { notes: form.notes }),
  };
}

function fieldsOfLine(form: OrderForm, price: FormPrice, line: OrderLine, position: number): Fields {
  const { sku, description, unit, quantity, discount_bp } = line;
  return { position, sku, description, unit, quantity, discount_bp, ...pricedLine(form, price, line) };
}

/** What changed against the record: lines that came, went or differ, and the fields beside them. */
export function editsOfOrder(before: Fields, form: OrderForm, price: FormPrice, state: "draft" | "quote"): Edit[] {
  const was = formOfOrder(before);
  const edits: Edit[] = [...lineEdits(before, form, price)];
  for (const name of ["reference", "delivery_date", "valid_until", "order_date"] as const) {
    const value = form[name].trim();
    if (value !== was[name]) edits.push({ set: { path: [name], value: value === "" ? null : value } });
  }
  for (const [name, value] of Object.entries(pricedFields(form, price))) {
    if ((before[name] ?? 0) !== value) edits.push({ set: { path: [name], value } });
  }
  if (form.notes !== was.notes) edits.push({ text: { path: ["notes"], value: form.notes } });
  if (before["state"] !== state) edits.push({ set: { path: ["state"], value: state } });
  return edits;
}

function lineEdits(before: Fields, form: OrderForm, price: FormPrice): Edit[] {
  const known = (before["lines"] ?? {}) as Readonly<Record<string, Fields>>;
  const kept = new Set(form.lines.map((line) => line.item));
  const gone: Edit[] = linesOf(before)
    .filter((line) => !kept.has(line.item))
    .map((line) => ({ removeItem: { path: ["lines", line.item] } }));
  const changed = form.lines.flatMap((line, position): Edit[] => {
    const was = known[line.item];
    if (was === undefined)
      return [{ addItem: { path: ["lines"], item: line.item, fields: fieldsOfLine(form, price, line, position) } }];
    const { quantity, discount_bp } = line;
    return Object.entries({ quantity, discount_bp, ...pricedLine(form, price, line) })
      .filter(([name, value]) => value !== (was[name] ?? UNWRITTEN[name]))
      .map(([name, value]) => ({ set: { path: ["lines", line.item, name], value } }));
  });
  return [...gone, ...changed];
}

/** What a field of a line says that was never written. */
const UNWRITTEN: Readonly<Record<string, Json>> = { discount_bp: 0, own_price: false };

export interface OrderStanding {
  /** `draft`, `quote`, or what was decided or asked for last. */
  readonly state: string;
  /** The number of a request that the server has not answered, if one is on its way. */
  readonly asked: number | null;
}

const ASKED: Readonly<Record<string, string>> = {
  submit: "submitted",
  cancel: "cancelled",
  reopen: "draft",
  take_price: "submitted",
};

/** A request that waits shows what it asks for; the mark beside it says that it is still on its way. */
export function orderStanding(order: RecordView): OrderStanding {
  const asked = order.items.findLast(
    (item) => item.what in ASKED && !item.tray && (item.sync === "on_this_device" || item.sync === "on_the_server"),
  );
  const state = asked === undefined ? (order.decision?.state ?? order.state) : ASKED[asked.what];
  return { state: state ?? "draft", asked: asked?.number ?? null };
}

/** The last day of a quote, if nobody says otherwise. */
export const quoteDay = (now: number): string => dayAfter(now, QUOTE_DAYS);

/** Whether it is a quote that holds no more: by the rule by which the device and the server refuse to submit it. */
export function isOver({ fields, decision }: Pick<RecordView, "fields" | "decision">, now: number): boolean {
  return orderIsOpen(decision?.state ?? null) && isQuoteExpired(fields, now);
}
