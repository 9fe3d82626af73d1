/**
 * Opportunities, quotes and orders that are not through: drafts, quotes, what waits for the office, what the office gave back, and what was
 * accepted and is still to be delivered.
 */

import { isDocumentOpen, isHandedIn } from "../model/right.ts";
import {
  byKey,
  day,
  int,
  isOpenOpportunity,
  line,
  linesOf,
  numberOf,
  orderDay,
  orderState,
  type Part,
  say,
  sectionOf,
  source,
  total,
  type View,
} from "./dossier.ts";
import type { Day, Section, Source, Statement } from "./fact.ts";

const MOST = 5;

export function orders(view: View): Section {
  const open = openOrders(view);
  const each = open.map((order) => statement(view, order));
  const section = sectionOf("orders", each, MOST);
  const found = opportunities(view);
  return {
    ...section,
    statements: [...section.statements, ...(open.length > 1 ? totals(open) : []), ...found.slice(0, MOST)],
    left_out: section.left_out + Math.max(0, found.length - MOST),
  };
}

/** Those that are neither won nor lost, the one that is decided first before the others. */
function opportunities(view: View): Statement[] {
  const open = view.ofKind("opportunity").filter(isOpenOpportunity);
  const closing = (one: Part): Day | null => day(one, "expected_close");
  return open.sort(byKey((one) => [closing(one) === null, closing(one), one.id])).map((one) => {
    const minor = int(one, "amount_minor");
    const fact = {
      fact: "open_opportunity",
      what: line(one, "subject") ?? "",
      stage: line(one, "stage"),
      amount: minor === null ? null : { minor, currency: line(one, "currency") ?? "" },
      expected_close: closing(one),
      by: view.whoOf(one, "owner_id"),
    } as const;
    return say(fact, [source(one, "subject", "stage", "amount_minor", "currency", "expected_close", "owner_id")]);
  });
}

/** Open quotes and orders, the last first. */
export function openOrders(view: View): Part[] {
  const isOpen = (order: Part): boolean => {
    const state = orderState(order);
    if (state === "accepted") return (day(order, "delivery_date") ?? "") >= view.today;
    return isDocumentOpen("order", state) || isHandedIn(state);
  };
  return view
    .ofKind("order")
    .filter(isOpen)
    .sort(byKey((order) => [orderDay(order), order.id]))
    .reverse();
}

function statement(view: View, order: Part): Statement {
  const names = ["state", "order_date", "rep_id", "delivery_date", "valid_until", "lines", "freight_minor"];
  return say(
    {
      fact: "open_order",
      number: numberOf(order),
      state: orderState(order),
      total: total(order),
      lines: linesOf(order).length,
      day: orderDay(order),
      by: view.whoOf(order, "rep_id"),
      delivery: day(order, "delivery_date"),
      valid_until: day(order, "valid_until"),
    },
    [source(order, ...names)],
  );
}

/** What orders come to, by currency. */
export function sums(orders: readonly Part[]): { currency: string; minor: number; orders: Part[] }[] {
  const found = new Map<string, { currency: string; minor: number; orders: Part[] }>();
  for (const order of orders) {
    const { minor, currency } = total(order);
    const sum = found.get(currency) ?? { currency, minor: 0, orders: [] };
    found.set(currency, { currency, minor: sum.minor + minor, orders: [...sum.orders, order] });
  }
  return [...found.values()].sort(byKey(({ currency }) => [currency]));
}

/** Records as sources. */
export const sources = (parts: readonly Part[], ...names: readonly string[]): Source[] =>
  parts.map((part) => source(part, ...names));

const totals = (open: readonly Part[]): Statement[] =>
  sums(open).map(({ currency, minor, orders: each }) =>
    say(
      { fact: "open_total", count: each.length, total: { minor, currency } },
      sources(each, "lines", "freight_minor"),
    ),
  );
