/** The first step: which list, which price, which quantity break; or the person's own price. As `pricing/listing.rs`. */

import { compareText, fold } from "./amount.ts";
import type { Order } from "./order.ts";
import { holds, nearness, type PriceList } from "./reference.ts";
import type { Shelf } from "./shelf.ts";
import type { Work, WorkLine } from "./work.ts";

interface Candidate {
  readonly near: readonly [number, number];
  readonly list: PriceList;
}

/** The nearer first; of equals the higher priority, then the later begin, then the lower key. */
function compare(a: Candidate, b: Candidate): number {
  const up = a.near[1] === b.near[1] ? 0 : a.near[1] - b.near[1];
  return (
    a.near[0] - b.near[0] ||
    up ||
    b.list.priority - a.list.priority ||
    compareText(b.list.dates.from ?? "", a.list.dates.from ?? "") ||
    compareText(a.list.key, b.list.key)
  );
}

/** The price lists that may hold for an order, the nearest first. */
export function candidates(order: Order, lists: readonly PriceList[]): PriceList[] {
  const own = order.customer?.price_list ?? null;
  const found: Candidate[] = [];
  for (const list of lists) {
    if (list.currency !== order.currency || !holds(list.dates, order.date)) continue;
    const isOwn = own !== null && fold(own) === fold(list.key);
    const near = isOwn ? ([0, 0] as const) : nearness(list.audience, order.customer ?? {});
    if (near !== null) found.push({ near, list });
  }
  return found.sort(compare).map(({ list }) => list);
}

interface Found {
  readonly unit: number;
  readonly isGross: boolean;
  readonly rule: string;
  readonly why: string;
}

export function runListing(work: Work, shelf: Shelf): void {
  const lists = candidates(work.order, shelf.priceLists);
  const own = work.customer.price_list ?? null;
  if (own !== null && !lists.some(({ key }) => fold(key) === fold(own))) {
    const text = `The account's price list ${own} does not hold on this day in this currency.`;
    work.problem("price_list_not_valid", null, text);
  }
  const quantities = work.quantities();
  for (const it of work.lines) {
    const { sku, key } = it.line;
    const found = find(work, shelf, lists, it, quantities.get(sku) ?? 0);
    const quantity = BigInt(it.quantity);
    if (found !== null) {
      it.listUnit = found.unit;
      it.isGross = found.isGross;
      it.step("list", found.rule, found.why, BigInt(found.unit) * quantity);
      it.ruled = it.amount;
    }
    if (it.ownPrice !== null) {
      const why = `${String(it.quantity)} x ${String(it.ownPrice)}`;
      it.step("own_price", "", why, BigInt(it.ownPrice) * quantity);
      it.taken = { alone: "the person's own price stands" };
    } else if (found === null) {
      work.problem("no_price", key, `${sku} has no price here, and none was written: it counts nothing.`);
    }
  }
}

function find(work: Work, shelf: Shelf, lists: readonly PriceList[], it: WorkLine, together: number): Found | null {
  const { sku, key } = it.line;
  for (const list of lists) {
    work.examined += 1;
    const price = shelf.prices.get(`${list.key}/${sku}`);
    if (price === undefined) continue;
    const reached = price.breaks.findLast(({ from }) => from <= together);
    const unit = reached?.unitMinor ?? price.unitMinor;
    const from = reached === undefined ? "" : `, from ${String(reached.from)} on`;
    const why = `${list.name}: ${String(it.quantity)} x ${String(unit)}${from}`;
    return { unit, isGross: list.isGross, rule: list.key, why };
  }
  work.examined += 1;
  const own = it.product?.ownPrice ?? null;
  if (own === null) return null;
  if (own.currency !== work.order.currency) {
    const text = `${sku} has a price in ${own.currency} only; the order is in ${work.order.currency}.`;
    work.problem("currency_mix", key, text);
    return null;
  }
  const why = `Product: ${String(it.quantity)} x ${String(own.minor)}`;
  return { unit: own.minor, isGross: false, rule: "", why };
}
