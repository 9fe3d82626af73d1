/** How an account stands towards its cadence: in time, due, overdue or neglected. As `plan/due.rs`. */

import { type Day, daysUntil, plusDays } from "./calendar.ts";
import { type Cadence, type CadenceFrom, type Cadences, every } from "./reference.ts";

/** The urgency of an account that was never visited: as far over as the cadence itself. */
const NEVER_URGENCY = 1_000;

/** What counts of an account. */
export interface Customer {
  readonly segment: string | null;
  readonly visit_every_days: number | null;
  readonly account_type: string | null;
  readonly status: string | null;
  readonly last_visit: Day | null;
  /** When it is planned to be visited next, from today on. */
  readonly next_planned: Day | null;
}

export type Standing = "in_time" | "due" | "overdue" | "neglected" | "never";

export interface Due {
  readonly standing: Standing;
  readonly every_days: number;
  /** How long it may be put off, in days. */
  readonly grace_days: number;
  readonly from: CadenceFrom;
  readonly last_visit: Day | null;
  /** The day on which it is due; null if it was never visited. */
  readonly due: Day | null;
  /** How many days that is ago, negative if it is to come. */
  readonly days_over: number | null;
  /** The same in thousandths of the cadence: the higher, the more urgent. */
  readonly urgency: number;
  readonly next_planned: Day | null;
}

export const isDue = ({ standing }: Due): boolean => standing !== "in_time";

/** How an account stands today; null if nothing says that it is to be visited. */
export function due(customer: Customer, cadences: Cadences, today: Day): Due | null {
  if (customer.status === "closed") return null;
  const found = cadenceOf(customer, cadences);
  if (found === null) return null;
  const [{ everyDays, graceDays }, from] = found;
  const { last_visit: last, next_planned } = customer;
  const day = last === null ? null : plusDays(last, everyDays);
  const over = day === null ? null : daysUntil(day, today);
  return {
    standing: over === null ? "never" : standingOf(over, everyDays, graceDays),
    every_days: everyDays,
    grace_days: graceDays,
    from,
    last_visit: last,
    due: day,
    days_over: over,
    urgency: over === null ? NEVER_URGENCY : Math.floor((over * 1_000) / everyDays),
    next_planned,
  };
}

function standingOf(over: number, everyDays: number, graceDays: number): Standing {
  if (over > everyDays) return "neglected";
  if (over > graceDays) return "overdue";
  return over >= 0 ? "due" : "in_time";
}

function cadenceOf(customer: Customer, cadences: Cadences): readonly [Cadence, CadenceFrom] | null {
  const { visit_every_days: own, account_type: type, segment } = customer;
  if (own !== null && own > 0) return [every(own), "account"];
  return ["partner", "supplier", "stakeholder"].includes(type ?? "") ? null : cadences.ofSegment(segment);
}
