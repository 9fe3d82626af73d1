/**
 * How often the account is visited and orders, how much, and what is usually in the basket.
 *
 * The usual number of days between two is the lower median of the last twelve gaps; it takes two gaps to tell. The usual
 * basket is counted over the last twelve orders.
 */

import type { Fields, Path } from "../model/value.ts";
import {
  byKey,
  daysUntil,
  linesOf,
  lineWord,
  numberOf,
  orderDay,
  type Part,
  say,
  sectionOf,
  source,
  sourceAt,
  total,
  type View,
  visitDay,
} from "./dossier.ts";
import type { Day, Habit, Section, Source, Statement } from "./fact.ts";
import { sources, sums } from "./orders.ts";

/** Orders and gaps that count for what is usual. */
export const RECENT = 12;
/** Fewest gaps from which anything usual is told. */
const GAPS_MIN = 2;
const PRODUCTS_MAX = 5;
const MOST = 12;

export function habits(view: View): Section {
  const [last] = view.placed;
  const said = [
    ...rhythm("visits", view.made, visitDay, "checked_in_at", "state"),
    ...rhythm("orders", view.placed, orderDay, "order_date"),
    ...turnover(view.placed),
    ...(last === undefined ? [] : [lastOrder(view, last)]),
    ...basket(view.placed),
  ];
  return sectionOf("habits", said, MOST);
}

/** The days on which something happened, the last first, each once. */
export const daysOf = (parts: readonly Part[], dayOf: (part: Part) => Day | null): Day[] =>
  [...new Set(parts.flatMap((part) => dayOf(part) ?? []))].sort().reverse();

/** The usual number of days between two of these days, the last of which comes first. */
export function usualGap(days: readonly Day[]): number | null {
  const gaps = days.slice(1, RECENT + 1).map((earlier, n) => daysUntil(earlier, days[n] ?? earlier));
  return gaps.length < GAPS_MIN ? null : lowerMedian(gaps);
}

const lowerMedian = (numbers: readonly number[]): number | null =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? null;

function rhythm(
  habit: Habit,
  parts: readonly Part[],
  dayOf: (part: Part) => Day | null,
  ...names: string[]
): Statement[] {
  if (parts.length === 0) return [];
  const days = daysOf(parts, dayOf);
  const [first, last] = [days.at(-1) ?? null, days[0] ?? null];
  const fact = { fact: "rhythm", habit, count: parts.length, usual_days: usualGap(days), first, last } as const;
  return [say(fact, sources(parts, ...names))];
}

const turnover = (placed: readonly Part[]): Statement[] =>
  sums(placed).map(({ currency, minor, orders }) =>
    say(
      {
        fact: "turnover",
        count: orders.length,
        total: { minor, currency },
        average_minor: average(minor, orders.length),
      },
      sources(orders, "lines", "freight_minor"),
    ),
  );

/** A sum divided by a count, rounded half away from zero. */
function average(sum: number, count: number): number {
  const [whole, by] = [BigInt(sum), BigInt(Math.max(count, 1))];
  return Number((2n * whole + (whole < 0n ? -by : by)) / (2n * by));
}

const lastOrder = (view: View, order: Part): Statement =>
  say(
    {
      fact: "last_order",
      number: numberOf(order),
      day: orderDay(order),
      total: total(order),
      by: view.whoOf(order, "rep_id"),
    },
    [source(order, "order_date", "rep_id", "lines", "freight_minor")],
  );

/** What is known of one product in the last orders. */
interface Product {
  readonly sku: string;
  description: string | null;
  unit: string | null;
  /** The quantity in each order. */
  readonly quantities: number[];
  readonly sources: Source[];
}

const sumOf = ({ quantities }: Product): number => quantities.reduce((sum, one) => sum + one, 0);

/** The products that are in most of the last orders; of equals, those ordered in greater number, then by SKU. */
function basket(placed: readonly Part[]): Statement[] {
  const recent = placed.slice(0, RECENT);
  const products = new Map<string, Product>();
  for (const order of recent) {
    for (const { sku, quantity, paths, item } of bySku(order)) {
      const product = products.get(sku) ?? { sku, description: null, unit: null, quantities: [], sources: [] };
      // The last order comes first: what it says stands.
      product.description ??= lineWord(item, "description");
      product.unit ??= lineWord(item, "unit");
      product.quantities.push(quantity);
      product.sources.push(sourceAt(order, paths));
      products.set(sku, product);
    }
  }
  const ranked = [...products.values()].sort(
    byKey((product) => [-product.quantities.length, -sumOf(product), product.sku]),
  );
  return ranked.slice(0, PRODUCTS_MAX).map((product) => usual(product, recent.length));
}

const usual = ({ sku, description, unit, quantities, sources: from }: Product, of_orders: number): Statement =>
  say(
    {
      fact: "usual_product",
      sku,
      description,
      orders: quantities.length,
      of_orders,
      usual_quantity: lowerMedian(quantities) ?? 0,
      unit,
    },
    from,
  );

/** An order's lines by SKU: the quantity in all, the lines, and one of them. */
function bySku(order: Part): { sku: string; quantity: number; paths: Path[]; item: Fields }[] {
  const found = new Map<string, { sku: string; quantity: number; paths: Path[]; item: Fields }>();
  for (const { key, item, quantity } of linesOf(order)) {
    const sku = lineWord(item, "sku");
    if (sku === null) continue;
    const known = found.get(sku) ?? { sku, quantity: 0, paths: [], item };
    known.quantity += quantity;
    known.paths.push(["lines", key]);
    found.set(sku, known);
  }
  return [...found.values()].sort(byKey(({ sku }) => [sku]));
}
