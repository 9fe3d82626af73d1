/** Reference data that prices are made from, as types. As `pricing/reference/`; the fields are described in `docs/pricing.md`. */

import { MODEL } from "../model.ts";
import { isAmong } from "../right.ts";
import type { Value } from "../value.ts";
import { fold } from "./amount.ts";
import type { Customer } from "./order.ts";
import { demand, Reader } from "./reader.ts";

export const MINOR_MAX = 1_000_000_000;
export const QUANTITY_MAX = 1_000_000;
const INT_MAX = MODEL.limits.int_max;

/** For whom: each list that is not empty must hold. */
export interface Audience {
  readonly accounts: readonly string[];
  readonly segments: readonly string[];
  readonly territories: readonly string[];
  readonly tiers: readonly string[];
}

/** When: both days included. */
export interface Dates {
  readonly from: string | null;
  readonly until: string | null;
}

export interface Goods {
  readonly skus: readonly string[];
  readonly categories: readonly string[];
}

export interface Product {
  readonly name: string;
  readonly category: string | null;
  readonly ownPrice: { readonly minor: number; readonly currency: string } | null;
  readonly taxClass: string;
  readonly inStock: number | null;
  readonly stockAsOf: string | null;
  readonly isDiscontinued: boolean;
}

export interface PriceList {
  readonly key: string;
  readonly name: string;
  readonly currency: string;
  readonly isGross: boolean;
  readonly priority: number;
  readonly dates: Dates;
  readonly audience: Audience;
}

export interface Break {
  readonly from: number;
  readonly unitMinor: number;
}

export interface Price {
  readonly unitMinor: number;
  readonly breaks: readonly Break[];
}

export interface Tier {
  readonly key: string;
  readonly name: string;
  readonly discountBp: number;
  readonly dates: Dates;
}

export interface TaxRate {
  readonly key: string;
  readonly name: string;
  readonly class: string;
  readonly countries: readonly string[];
  readonly region: string | null;
  readonly rateBp: number;
  readonly dates: Dates;
}

export type Offer =
  | { readonly is: "percent_off"; readonly discountBp: number }
  | { readonly is: "amount_off"; readonly amountMinor: number; readonly currency: string }
  | { readonly is: "buy_get"; readonly buy: number; readonly get: number; readonly discountBp: number }
  | {
      readonly is: "bundle";
      readonly items: readonly { readonly sku: string; readonly quantity: number }[];
      readonly priceMinor: number;
      readonly currency: string;
    }
  | {
      readonly is: "order_off";
      readonly thresholdMinor: number;
      readonly currency: string;
      readonly off: { readonly percent: number } | { readonly amount: number };
    };

export interface Promotion {
  readonly key: string;
  readonly name: string;
  readonly offer: Offer;
  readonly isExclusive: boolean;
  readonly priority: number;
  readonly dates: Dates;
  readonly audience: Audience;
  readonly goods: Goods;
}

export interface Discretion {
  readonly key: string;
  readonly role: string;
  readonly segment: string | null;
  readonly lineDiscountBpMax: number;
  readonly headerDiscountBpMax: number;
  readonly totalDiscountBpMax: number;
  readonly goodwillMinorMax: number;
  readonly currency: string;
}

const { fields: FIELDS, offers: OFFERS } = MODEL.pricing;

const folded = (words: readonly string[]): string[] => words.map(fold);

const audience = (reader: Reader): Audience => ({
  accounts: reader.words("accounts"),
  segments: folded(reader.words("segments")),
  territories: reader.words("territories"),
  tiers: folded(reader.words("tiers")),
});

function dates(reader: Reader): Dates {
  const [from, until] = [reader.date("valid_from"), reader.date("valid_until")];
  demand(from === null || until === null || from <= until, "never valid");
  return { from, until };
}

export const holds = ({ from, until }: Dates, day: string): boolean =>
  (from === null || from <= day) && (until === null || day <= until);

/** How near a rule is to its customer: by account, by segment or tier, by territory, for everybody; null if not at all. */
export function nearness(of: Audience, customer: Customer): readonly [number, number] | null {
  const has = (list: readonly string[], word: string | null | undefined): boolean =>
    list.length === 0 || (word !== null && word !== undefined && list.includes(fold(word)));
  const byAccount = of.accounts.length === 0 || of.accounts.includes(customer.account ?? "");
  if (!byAccount || !has(of.segments, customer.segment) || !has(of.tiers, customer.tier)) return null;
  const found = (customer.territories ?? []).findIndex((id) => of.territories.includes(id));
  if (of.territories.length > 0 && found < 0) return null;
  const up = found < 0 ? Infinity : found;
  if (of.accounts.length > 0) return [1, up];
  if (of.segments.length > 0 || of.tiers.length > 0) return [2, up];
  return [of.territories.length > 0 ? 3 : 4, up];
}

export function readProduct(key: string, value: Value): Product {
  const reader = new Reader(key, value);
  demand(!key.includes("/"), "key");
  const minor = reader.int("unit_price_minor", 0, MINOR_MAX);
  reader.word("quantity_per_unit", 60);
  return {
    name: reader.requiredWord("name", 200),
    category: reader.word("category", 100),
    ownPrice: minor === null ? null : { minor, currency: reader.currency("currency") },
    taxClass: reader.word("tax_class", 60) ?? "standard",
    inStock: reader.int("units_in_stock", -QUANTITY_MAX, INT_MAX),
    stockAsOf: reader.word("stock_as_of", 40),
    isDiscontinued: reader.flag("discontinued"),
  };
}

export function readPriceList(key: string, value: Value): PriceList {
  const reader = new Reader(key, value, FIELDS.price_lists);
  demand(!key.includes("/"), "key");
  return {
    key,
    name: reader.requiredWord("name", 100),
    currency: reader.currency("currency"),
    isGross: reader.flag("gross"),
    priority: reader.int("priority", -1_000, 1_000) ?? 0,
    dates: dates(reader),
    audience: audience(reader),
  };
}

export function readPrice(key: string, value: Value): Price {
  const reader = new Reader(key, value, FIELDS.prices);
  demand(/^[^/]+\/[^/]+$/.test(key), "key");
  const unitMinor = reader.requiredInt("unit_price_minor", 0, MINOR_MAX);
  const breaks = reader.objects("breaks", ["from", "unit_price_minor"], (item) => ({
    from: item.requiredInt("from", 2, QUANTITY_MAX),
    unitMinor: item.requiredInt("unit_price_minor", 0, MINOR_MAX),
  }));
  let last = { from: 1, unitMinor };
  for (const next of breaks) {
    demand(next.from > last.from && next.unitMinor <= last.unitMinor, "breaks");
    last = next;
  }
  return { unitMinor, breaks };
}

export function readTier(key: string, value: Value): Tier {
  const reader = new Reader(key, value, FIELDS.tiers);
  return {
    key,
    name: reader.requiredWord("name", 100),
    discountBp: reader.requiredInt("discount_bp", 0, 10_000),
    dates: dates(reader),
  };
}

export function readTax(key: string, value: Value): TaxRate {
  const reader = new Reader(key, value, FIELDS.taxes);
  const countries = folded(reader.words("countries"));
  demand(countries.length > 0, "countries");
  const region = reader.word("region", 100);
  return {
    key,
    name: reader.requiredWord("name", 100),
    class: fold(reader.requiredWord("class", 60)),
    countries,
    region: region === null ? null : fold(region),
    rateBp: reader.requiredInt("rate_bp", 0, 10_000),
    dates: dates(reader),
  };
}

export function readDiscretion(key: string, value: Value): Discretion {
  const reader = new Reader(key, value, FIELDS.discretion);
  const [line, header] = [
    reader.requiredInt("line_discount_bp_max", 0, 10_000),
    reader.requiredInt("header_discount_bp_max", 0, 10_000),
  ];
  const role = reader.requiredWord("role", 20);
  demand(isAmong(role, MODEL.roles), "role");
  const segment = reader.word("segment", 60);
  return {
    key,
    role,
    segment: segment === null ? null : fold(segment),
    lineDiscountBpMax: line,
    headerDiscountBpMax: header,
    totalDiscountBpMax: reader.int("total_discount_bp_max", 0, 10_000) ?? Math.min(line + header, 10_000),
    goodwillMinorMax: reader.requiredInt("goodwill_minor_max", 0, MINOR_MAX),
    currency: reader.currency("currency"),
  };
}

export function readPromotion(key: string, value: Value): Promotion {
  const reader = new Reader(key, value, FIELDS.promotions);
  const kind = reader.requiredWord("kind", 20);
  const own = OFFERS.find(([name]) => name === kind)?.[1] ?? [];
  const foreign = OFFERS.flatMap(([, fields]) => fields).filter((field) => !own.includes(field));
  demand(!foreign.some((field) => reader.has(field)), "foreign field");
  const offer = readOffer(reader, kind);
  const named: Goods = { skus: reader.words("skus"), categories: folded(reader.words("categories")) };
  demand(offer.is !== "bundle" || (named.skus.length === 0 && named.categories.length === 0), "goods");
  return {
    key,
    name: reader.requiredWord("name", 100),
    offer,
    isExclusive: reader.flag("exclusive"),
    priority: reader.int("priority", -1_000, 1_000) ?? 0,
    dates: dates(reader),
    audience: audience(reader),
    goods: offer.is === "bundle" ? { skus: offer.items.map(({ sku }) => sku), categories: [] } : named,
  };
}

function readOffer(reader: Reader, kind: string): Offer {
  switch (kind) {
    case "percent_off":
      return { is: kind, discountBp: reader.requiredInt("discount_bp", 1, 10_000) };
    case "amount_off": {
      const amountMinor = reader.requiredInt("amount_minor", 1, MINOR_MAX);
      return { is: kind, amountMinor, currency: reader.currency("currency") };
    }
    case "buy_get": {
      const buy = reader.requiredInt("buy", 1, QUANTITY_MAX);
      const get = reader.requiredInt("get", 1, QUANTITY_MAX);
      return { is: kind, buy, get, discountBp: reader.int("discount_bp", 1, 10_000) ?? 10_000 };
    }
    case "bundle":
      return readBundle(reader);
    default:
      demand(kind === "order_off", "kind");
      return readOrderOff(reader);
  }
}

function readBundle(reader: Reader): Offer {
  const items = reader.objects("items", ["sku", "quantity"], (item) => ({
    sku: item.requiredWord("sku", 100),
    quantity: item.requiredInt("quantity", 1, QUANTITY_MAX),
  }));
  const isOnce = new Set(items.map(({ sku }) => sku)).size === items.length;
  demand(isOnce && items.length >= 1 && items.length <= 20, "items");
  const priceMinor = reader.requiredInt("price_minor", 0, MINOR_MAX);
  return { is: "bundle", items, priceMinor, currency: reader.currency("currency") };
}

function readOrderOff(reader: Reader): Offer {
  const thresholdMinor = reader.requiredInt("threshold_minor", 0, INT_MAX);
  const [percent, amount] = [reader.int("discount_bp", 1, 10_000), reader.int("amount_minor", 1, MINOR_MAX)];
  demand((percent === null) !== (amount === null), "one of");
  const off = amount === null ? { percent: percent ?? 0 } : { amount };
  return { is: "order_off", thresholdMinor, currency: reader.currency("currency"), off };
}
