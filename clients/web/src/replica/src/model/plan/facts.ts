/** What the plan counts of a record, kept in its list row so that no document is read for it. */

import type { Fields } from "../value.ts";
import { orderTotals } from "../money.ts";
import { type Day, isDay } from "./calendar.ts";
import type { Customer } from "./due.ts";
import type { Order, Step, Task, Visit } from "./figures.ts";

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
  | { readonly is: "task"; readonly task: Task }
  /** A promise of the shape of a task; not listed among tasks. */
  | { readonly is: "case"; readonly task: Task }
  | { readonly is: "step"; readonly step: Step };

/** What was decided about an order, or was asked for. */
export interface Decided {
  readonly state: string;
  readonly totalMinor: number | null;
  /** When that took effect, if the decision says so: of what was accepted it does. */
  readonly effectiveMs: number | null;
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
    case "case":
      return { is: "case", task: caseOf(id, account, creator, fields) };
    case "call":
      return {
        is: "step",
        step: stepOf(id, account, word(fields, "rep_id") ?? creator, number(fields, "started_at"), fields),
      };
    case "opportunity": {
      const step = stepOf(id, account, word(fields, "owner_id") ?? creator, null, fields);
      const isOver = ["won", "lost"].includes(word(fields, "stage") ?? "");
      return { is: "step", step: isOver ? { ...step, next_step: null } : step };
    }
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

function stepOf(id: string, account: string, person: string, agreed_ms: number | null, fields: Fields): Step {
  return {
    id,
    account,
    person,
    agreed_ms,
    next_step: word(fields, "next_step"),
    next_step_due: day(fields, "next_step_due"),
  };
}

/** Whose a promise is: the person's that it names; without one a department's, and without that its creator's. */
const promiser = (fields: Fields, name: string, creator: string): string | null =>
  word(fields, name) ?? (word(fields, "department_id") === null ? creator : null);

/** It is a promise to have it resolved by its day. */
function caseOf(id: string, account: string, creator: string, fields: Fields): Task {
  const isOver = ["resolved", "closed"].includes(word(fields, "state") ?? "");
  return {
    id,
    account,
    person: promiser(fields, "owner_id", creator),
    subject: word(fields, "subject"),
    state: isOver ? "done" : "open",
    due: day(fields, "due"),
    due_ms: null,
    done_ms: number(fields, "resolved_at"),
  };
}

function taskOf(id: string, account: string, creator: string, fields: Fields): Task {
  return {
    id,
    account,
    person: promiser(fields, "assignee_id", creator),
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
