/** What an order's form costs by the engine on this phone, and what of that goes into the record. */
import {
  pricedAs,
  type Fields,
  type LineToPrice,
  type Price,
  type ReplicaClient,
  type ToPrice,
} from "@roadbook/replica";

import { isoDay } from "$texts/format.ts";

import type { OrderForm, OrderLine, Product, Published } from "./order.ts";

/** A price for a form as it was then; its lines have the keys of the form's items. */
export type FormPrice = Pick<Price, "order" | "priced">;

/** `without`: orders that this one changes or replaces, and whose sum the customer does not owe twice. */
export async function priceForm(
  client: ReplicaClient,
  account: string,
  form: OrderForm,
  without: readonly string[],
): Promise<Price> {
  const wanted = toPrice(form, without);
  const price = await client.price(account, wanted);
  const unlisted = new Set(price.priced.lines.filter((line) => line.list_unit_minor === null).map(({ key }) => key));
  const standing = form.lines.filter(({ item, own_price, unit_price_minor }) => {
    return unlisted.has(item) && !own_price && unit_price_minor > 0;
  });
  if (standing.length === 0) return price;
  // No list on this phone knows the product any more: the price that was written once stands, and somebody is asked.
  const prices = new Map(standing.map((line) => [line.item, line.unit_price_minor]));
  const lines = wanted.lines.map((line) => ({
    ...line,
    own_price_minor: prices.get(line.key) ?? line.own_price_minor ?? null,
  }));
  return await client.price(account, { ...wanted, lines });
}

function toPrice(form: OrderForm, without: readonly string[]): ToPrice {
  const { currency, header_discount_bp, goodwill_minor, freight_minor, ship_country, ship_region } = form;
  return {
    currency,
    date: form.order_date === "" ? isoDay(Date.now()) : form.order_date,
    lines: form.lines.map(lineToPrice),
    header_discount_bp,
    goodwill_minor,
    freight_minor,
    country: ship_country,
    ...(ship_region === "" ? {} : { region: ship_region }),
    without,
  };
}

function lineToPrice({ item, sku, quantity, own_price, unit_price_minor, discount_bp }: OrderLine): LineToPrice {
  return { key: item, sku, quantity, own_price_minor: own_price ? unit_price_minor : null, discount_bp };
}

/** What the order says of its price, beside its lines. */
export function pricedFields(form: OrderForm, { priced }: FormPrice): Fields {
  return {
    header_discount_bp: form.header_discount_bp,
    goodwill_minor: form.goodwill_minor,
    freight_minor: form.freight_minor,
    priced_tax_minor: priced.tax_minor,
  };
}

/** What a line says of its price: it counts while the line says what it was priced for. */
export function pricedLine(form: OrderForm, { order, priced }: FormPrice, line: OrderLine): Fields {
  const found = priced.lines.find(({ key }) => key === line.item);
  const own = order.lines.find(({ key }) => key === line.item)?.own_price_minor ?? null;
  const unit_price_minor = own ?? found?.list_unit_minor ?? line.unit_price_minor;
  const { header_discount_bp, goodwill_minor } = form;
  return {
    unit_price_minor,
    own_price: own !== null,
    priced_net_minor: found?.net_minor ?? 0,
    priced_as: pricedAs({ header_discount_bp, goodwill_minor }, { ...line, unit_price_minor }),
  };
}

/**
 * Products at what this customer's lists say, before quantity breaks, promotions and discounts. What has no price is left out; one
 * whose own is in another currency says so, as nothing else would tell why it can't be ordered.
 */
export async function listPrices(
  client: ReplicaClient,
  account: string,
  currency: string,
  products: readonly Published[],
): Promise<Product[]> {
  if (products.length === 0) return [];
  const lines = products.map(({ sku }) => ({ key: sku, sku, quantity: 1 }));
  const found = new Map<string, { priceMinor: number; currency: string }>();
  // Without a currency of its own an account buys in that of the first product, whichever list that is from.
  for (const code of currency === "" ? await listCurrencies(client) : [currency]) {
    const { priced } = await client.price(account, { currency: code, date: isoDay(Date.now()), lines });
    for (const { key, list_unit_minor: priceMinor } of priced.lines)
      if (priceMinor !== null && !found.has(key)) found.set(key, { priceMinor, currency: code });
  }
  return products.flatMap(({ own, ...product }) => {
    const listed = found.get(product.sku);
    const price = currency === "" ? (own ?? listed) : (listed ?? own);
    return price === null || price === undefined ? [] : [{ ...product, ...price }];
  });
}

/** The currencies of the lists on this phone, each once. */
async function listCurrencies(client: ReplicaClient): Promise<string[]> {
  const lists = await client.references("price_lists");
  const codes = lists.flatMap(({ value }) => {
    const code = typeof value === "object" && value !== null && "currency" in value ? value["currency"] : null;
    return typeof code === "string" ? [code] : [];
  });
  return [...new Set(codes)].toSorted();
}
