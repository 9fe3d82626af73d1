/** What one wants to know at the door, from an account's own records: made here, so that it is there without a signal. */
import type { Summary } from "@roadbook/replica";

import { daysBetween } from "$texts/format.ts";

export interface Glance {
  readonly lastVisit: Summary | null;
  /** Days between visits, as they were; null if there are too few to tell. */
  readonly everyDays: number | null;
  readonly openTasks: readonly Summary[];
  readonly openOrders: readonly Summary[];
  readonly openCases: readonly Summary[];
  readonly opportunities: readonly Summary[];
  /** The last visit or call: what was agreed there comes next. */
  readonly lastTalk: Summary | null;
  /** The visit that is running or planned next. */
  readonly running: Summary | null;
}

/** Fewer gaps than this are chance, not habit. */
const GAPS_MIN = 2;

export function glanceOf(timeline: readonly Summary[]): Glance {
  const of = (kind: string): Summary[] => timeline.filter((record) => record.kind === kind);
  const visits = of("visit").filter((visit) => visit.state === "checked_out");
  const latest = visits.toSorted((one, other) => other.at - one.at);
  return {
    lastVisit: latest[0] ?? null,
    everyDays: habit(latest.map((visit) => visit.at)),
    openTasks: of("task").filter((task) => task.state === "open"),
    openOrders: of("order").filter((order) => OPEN_ORDERS.includes(order.state ?? "")),
    openCases: of("case").filter(({ state }) => state !== "resolved" && state !== "closed"),
    // The first part of an opportunity's second line is how far it is.
    opportunities: of("opportunity").filter(({ subtitle }) => !/^(won|lost)( · |$)/.test(subtitle)),
    lastTalk: [...latest, ...of("call")].toSorted((one, other) => other.at - one.at)[0] ?? null,
    running: of("visit").find((visit) => visit.state === "checked_in") ?? null,
  };
}

/** Those that are not through, and not given back. */
const OPEN_ORDERS = ["draft", "quote", "submitted", "to_approve", "prices_differ"];

/** The middle gap: one long absence does not hide a weekly habit. */
function habit(moments: readonly number[]): number | null {
  const gaps = moments.slice(1).map((earlier, at) => daysBetween(earlier, moments[at] ?? earlier));
  const apart = gaps.filter((gap) => gap > 0).toSorted((one, other) => one - other);
  return apart.length < GAPS_MIN ? null : (apart[Math.floor(apart.length / 2)] ?? null);
}
