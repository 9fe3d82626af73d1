/** What the plan counts of a record, kept in its list row so that no document is read for it. */

import type { Fields } from "../value.ts";
import { orderTotals } from "../money.ts";
import { type Day, isDay } from "./calendar.ts";
import type { Customer } from "./due.ts";
import type { Order, Task, Visit } from "./figures.ts";

/** An account, as far as its cadence depends on it. */
export type AccountFacts = Omit<Customer, "last_visit" | "next_planned">;

export type PlanFacts =
  | {
      readonly is: "account";
      readonly account: AccountFacts;
      /** The account that it belongs to, and the one that referred it. */
      readonly parent: string | null;
      readonly referrer: string | null;
    }
  | { readonly is: "visit"; readonly visit: Visit; readonly begun: boolean }
  | { readonly is: "order"; readonly order: Order }
  | { readonly is: "task"; readonly task: Task };

/** What was decided about an order, or was asked for. */
export interface Decided {
  readonly state: string;
  readonly totalMinor: number | null;
}

interface Envelope {
  readonly id: string;
  readonly kind: string;
  readonly creator: string;
}

/** What counts of a record that is shown under an account; null for a kind of which nothing does. */
export function factsOf(row: Envelope, account: string, fields: Fields, decided: Decided | null): PlanFacts | null {
  const { id, creator } = row;
  switch (row.kind) {
    case "account":
      return {
        is: "account",
        account: accountOf(fields),
        parent: word(fields, "parent_id"),
        referrer: word(fields, "referred_by_id"),
      };
    case "visit":
      return { is: "visit", visit: visitOf(id, account, creator, fields), begun: isBegun(fields) };
    case "order":
      return { is: "order", order: orderOf(id, creator, fields, decided) };
    case "task":
      return { is: "task", task: taskOf(id, account, creator, fields) };
    default:
      return null;
  }
}

function accountOf(fields: Fields): AccountFacts {
  return {
    segment: word(fields, "segment"),
    visit_every_days: number(fields, "visit_every_days"),
    account_type: word(fields, "account_type"),
    status: word(fields, "status"),
  };
}

const isBegun = (fields: Fields): boolean => !["", "planned"].includes(word(fields, "state") ?? "");

function visitOf(id: string, account: string, creator: string, fields: Fields): Visit {
  const planned = number(fields, "planned_start");
  return {
    id,
    account,
    person: word(fields, "rep_id") ?? creator,
    made_ms: isBegun(fields) ? (number(fields, "checked_in_at") ?? planned) : null,
    planned_ms: planned,
    next_step: word(fields, "next_step"),
    next_step_due: day(fields, "next_step_due"),
  };
}

function orderOf(id: string, creator: string, fields: Fields, decided: Decided | null): Order {
  return {
    id,
    person: word(fields, "rep_id") ?? creator,
    day: day(fields, "order_date"),
    state: decided?.state ?? word(fields, "state") ?? "draft",
    currency: word(fields, "currency") ?? "",
    total_minor: decided?.totalMinor ?? orderTotals(fields).total_minor,
  };
}

function taskOf(id: string, account: string, creator: string, fields: Fields): Task {
  const isADepartments = word(fields, "department_id") !== null;
  return {
    id,
    account,
    person: word(fields, "assignee_id") ?? (isADepartments ? null : creator),
    subject: word(fields, "subject"),
    state: word(fields, "state") ?? "",
    due: day(fields, "due"),
    due_ms: number(fields, "due_at"),
    done_ms: number(fields, "done_at"),
  };
}

function word(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

function number(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === "number" ? value : null;
}

function day(fields: Fields, name: string): Day | null {
  const value = word(fields, name);
  return value !== null && isDay(value) ? value : null;
}
