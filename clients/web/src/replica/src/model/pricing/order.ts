/** What is to be priced. As `pricing/order.rs`, whose JSON this is. */

import { daysUntil } from "../plan/calendar.ts";

/** How many days an order's own day may lie behind the one on which it is handed in, so that its prices hold; and a quote's. */
const DAYS_BEHIND_MAX = 14;
const QUOTE_DAYS_BEHIND_MAX = 31;
/** How many days it may lie ahead: east of UTC a day begins earlier. */
const DAYS_AHEAD_MAX = 1;

export interface Order {
  readonly currency: string;
  /** The day whose prices hold, `YYYY-MM-DD`. */
  readonly date: string;
  /** The day that it says itself, if that is another: see {@link handedIn}. */
  readonly written_date?: string | null;
  readonly customer?: Customer;
  readonly lines: readonly Line[];
  readonly header_discount_bp?: number;
  readonly goodwill_minor?: number;
  readonly freight_minor?: number;
}

export interface Customer {
  readonly account?: string;
  readonly segment?: string | null;
  /** Ids of its territory and of those above, the nearest first. */
  readonly territories?: readonly string[];
  readonly price_list?: string | null;
  readonly tier?: string | null;
  readonly country?: string | null;
  readonly region?: string | null;
  /** Whether it trades with us no more. */
  readonly closed?: boolean;
}

export interface Line {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
  /** The person's own price of one: it stands, no tier and no promotion touches it. */
  readonly own_price_minor?: number | null;
  readonly discount_bp?: number;
}

/**
 * The same order, handed in on a day: the prices of its own day hold if that is near enough, else those of this one, and
 * somebody is asked. Whoever writes an order writes its day, and could choose one at whose prices it costs less.
 */
export function handedIn(order: Order, day: string, isQuote: boolean): Order {
  const behind = daysUntil(order.date, day);
  const isNear = behind >= -DAYS_AHEAD_MAX && behind <= (isQuote ? QUOTE_DAYS_BEHIND_MAX : DAYS_BEHIND_MAX);
  return isNear ? order : { ...order, date: day, written_date: order.date };
}
