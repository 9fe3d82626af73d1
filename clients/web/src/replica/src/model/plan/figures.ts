/**
 * What a person's day, month, quarter or year comes to. As `plan/figures.rs`: whole numbers and sums alone, so that the
 * phone and the office say the same to the last digit, and what waits can be told as a difference.
 */

import { isHandedIn } from "../right.ts";
import { type Clock, type Day, dayOf, holds, type Period, today } from "./calendar.ts";
import type { Goal, Measure } from "./reference.ts";

/** A visit, as far as it counts. */
export interface Visit {
  readonly id: string;
  readonly account: string;
  /** Who makes it: its rep, else its creator. */
  readonly person: string;
  /** When it was made: the check-in, else the plan; null while it is planned. */
  readonly made_ms: number | null;
  readonly planned_ms: number | null;
  readonly next_step: string | null;
  readonly next_step_due: Day | null;
}

/** An order or a quote, as far as it counts. */
export interface Order {
  readonly id: string;
  readonly person: string;
  readonly day: Day | null;
  /** How it stands: as decided, and until then as its document says. */
  readonly state: string;
  readonly currency: string;
  readonly total_minor: number;
}

/** A task, as far as it counts. */
export interface Task {
  readonly id: string;
  readonly account: string;
  /** Whose: the one it is assigned to; without one and without a department, its creator's. */
  readonly person: string | null;
  readonly subject: string | null;
  readonly state: string;
  /** The day by which it is to be done; beside a moment only the place in lists. */
  readonly due: Day | null;
  /** The moment, where a day is too coarse. It decides on which day the task is due, by the clock of whoever looks. */
  readonly due_ms: number | null;
  readonly done_ms: number | null;
}

/** A next step that was agreed on the telephone or about an opportunity, as far as it counts. */
export interface Step {
  readonly id: string;
  readonly account: string;
  /** Whose: the rep or owner, else the creator. */
  readonly person: string;
  /**
   * When it was agreed, of a call: whoever visits or calls later takes it. Null of an opportunity, whose step stands until the
   * opportunity names another, or is won or lost.
   */
  readonly agreed_ms: number | null;
  readonly next_step: string | null;
  readonly next_step_due: Day | null;
}

/** Everything that figures are made from. More than what counts does no harm. */
export interface Work {
  readonly visits: readonly Visit[];
  readonly orders: readonly Order[];
  /** Tasks; and cases, which are promises of the same shape. */
  readonly tasks: readonly Task[];
  /** Calls and opportunities. */
  readonly steps?: readonly Step[];
}

/** What orders and quotes of one currency come to. */
export interface Turnover {
  readonly currency: string;
  readonly orders: number;
  readonly amount_minor: number;
  readonly accepted: number;
  readonly accepted_minor: number;
  readonly quotes: number;
  readonly quoted_minor: number;
}

export interface Figures {
  readonly visits_made: number;
  readonly visits_planned: number;
  readonly planned_made: number;
  readonly planned_missed: number;
  readonly accounts_visited: number;
  readonly turnover: readonly Turnover[];
  readonly promises_due: number;
  readonly promises_kept: number;
  readonly promises_late: number;
  readonly promises_broken: number;
}

type Outcome = "kept" | "late" | "broken" | "open";

/** What a person's work in a period comes to, seen from a clock. */
export function figures(person: string, work: Work, period: Period, clock: Clock): Figures {
  const own = work.visits.filter((visit) => visit.person === person);
  const tasks = work.tasks.filter((task) => task.person === person);
  const isIn = (ms: number | null): boolean => ms !== null && holds(period, dayOf(clock, ms));
  const made = own.filter(({ made_ms: ms }) => isIn(ms));
  const planned = own.filter(({ planned_ms: ms }) => isIn(ms));
  const isMissed = ({ made_ms: ms, planned_ms: plan }: Visit): boolean =>
    ms === null && plan !== null && dayOf(clock, plan) < today(clock);
  const promises = [
    ...taskOutcomes(tasks, period, clock),
    ...stepOutcomes(nextSteps(person, work), tasks, period, clock),
  ];
  const count = (wanted: Outcome): number => promises.filter((outcome) => outcome === wanted).length;
  const isOwn = ({ person: whose, day }: Order): boolean => whose === person && day !== null && holds(period, day);
  return {
    visits_made: made.length,
    visits_planned: planned.length,
    planned_made: planned.filter(({ made_ms: ms }) => ms !== null).length,
    planned_missed: planned.filter(isMissed).length,
    accounts_visited: new Set(made.map(({ account }) => account)).size,
    turnover: turnover(work.orders.filter(isOwn)),
    promises_due: promises.length,
    promises_kept: count("kept"),
    promises_late: count("late"),
    promises_broken: count("broken"),
  };
}

const dueDay = (task: Task, clock: Clock): Day | null => (task.due_ms === null ? task.due : dayOf(clock, task.due_ms));

function taskOutcomes(own: readonly Task[], period: Period, clock: Clock): Outcome[] {
  return own.flatMap((task) => {
    const due = dueDay(task, clock);
    if (task.state === "cancelled" || due === null || !holds(period, due)) return [];
    if (task.state !== "done") return [openOf(due, clock)];
    const { done_ms: done, due_ms: moment } = task;
    if (done === null) return ["kept"];
    const isLate = moment === null ? dayOf(clock, done) > due : done > moment;
    return [isLate ? "late" : "kept"];
  });
}

/** A next step, and when it was taken first. */
interface NextStep {
  readonly account: string;
  readonly next_step: string | null;
  readonly next_step_due: Day | null;
  readonly taken: number | undefined;
}

/**
 * The next steps of a person: of visits, which a later visit takes; of calls, which a later visit or call takes; and of
 * opportunities.
 */
function nextSteps(person: string, { visits, steps = [] }: Work): NextStep[] {
  const made = visits.flatMap(({ account, made_ms: ms }) => (ms === null ? [] : [{ account, ms }]));
  const talks = [...made, ...steps.flatMap(({ account, agreed_ms: ms }) => (ms === null ? [] : [{ account, ms }]))];
  const firstAfter = (all: typeof made, whose: string, agreed: number): number | undefined =>
    all.filter(({ account, ms }) => account === whose && ms > agreed).sort((a, b) => a.ms - b.ms)[0]?.ms;
  const ofVisits = visits.flatMap((visit) => {
    const { person: whose, made_ms: agreed, account } = visit;
    return whose !== person || agreed === null ? [] : [{ ...visit, taken: firstAfter(made, account, agreed) }];
  });
  const others = steps.flatMap((step) => {
    const { person: whose, agreed_ms: agreed, account } = step;
    if (whose !== person) return [];
    return [{ ...step, taken: agreed === null ? undefined : firstAfter(talks, account, agreed) }];
  });
  return [...ofVisits, ...others];
}

/** Next steps of which no task of the same words and day was made: it would be the same promise twice. */
function stepOutcomes(all: readonly NextStep[], tasks: readonly Task[], period: Period, clock: Clock): Outcome[] {
  return all.flatMap(({ account, next_step, next_step_due: due, taken }) => {
    const step = words(next_step);
    if (step === null || due === null || !holds(period, due)) return [];
    const isTask = (task: Task): boolean =>
      task.account === account && dueDay(task, clock) === due && words(task.subject) === step;
    if (tasks.some(isTask)) return [];
    if (taken === undefined) return [openOf(due, clock)];
    return [dayOf(clock, taken) <= due ? "kept" : "late"];
  });
}

/** A promise that is not done: broken once its day is over. */
const openOf = (due: Day, clock: Clock): Outcome => (due < today(clock) ? "broken" : "open");

/** Words for comparison; null if they say nothing. */
function words(text: string | null): string | null {
  const said = text?.trim().toLowerCase() ?? "";
  return said === "" ? null : said;
}

const NOTHING = { orders: 0, amount_minor: 0, accepted: 0, accepted_minor: 0, quotes: 0, quoted_minor: 0 };

function added(one: Turnover, other: Turnover, sign: number): Turnover {
  return {
    currency: one.currency,
    orders: one.orders + sign * other.orders,
    amount_minor: one.amount_minor + sign * other.amount_minor,
    accepted: one.accepted + sign * other.accepted,
    accepted_minor: one.accepted_minor + sign * other.accepted_minor,
    quotes: one.quotes + sign * other.quotes,
    quoted_minor: one.quoted_minor + sign * other.quoted_minor,
  };
}

/** Sums by currency, in the order of their codes. */
function sums(parts: readonly (readonly [sign: number, part: Turnover])[]): Turnover[] {
  const found = new Map<string, Turnover>();
  for (const [sign, part] of parts) {
    const { currency } = part;
    found.set(currency, added(found.get(currency) ?? { currency, ...NOTHING }, part, sign));
  }
  return [...found.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

function turnover(orders: readonly Order[]): Turnover[] {
  const parts = orders.flatMap(({ state, currency, total_minor: total }): Turnover[] => {
    if (state === "quote") return [{ ...NOTHING, currency, quotes: 1, quoted_minor: total }];
    if (isHandedIn(state)) return [{ ...NOTHING, currency, orders: 1, amount_minor: total }];
    if (state !== "accepted") return [];
    return [{ ...NOTHING, currency, orders: 1, amount_minor: total, accepted: 1, accepted_minor: total }];
  });
  return sums(parts.map((part) => [1, part]));
}

/** How much more these are than others, number by number; currencies in which they do not differ are left out. */
export function beyond(more: Figures, less: Figures): Figures {
  const both = [...more.turnover.map((one) => [1, one] as const), ...less.turnover.map((one) => [-1, one] as const)];
  const isSome = (one: Turnover): boolean =>
    [one.orders, one.amount_minor, one.accepted, one.accepted_minor, one.quotes, one.quoted_minor].some(
      (number) => number !== 0,
    );
  return {
    visits_made: more.visits_made - less.visits_made,
    visits_planned: more.visits_planned - less.visits_planned,
    planned_made: more.planned_made - less.planned_made,
    planned_missed: more.planned_missed - less.planned_missed,
    accounts_visited: more.accounts_visited - less.accounts_visited,
    turnover: sums(both).filter(isSome),
    promises_due: more.promises_due - less.promises_due,
    promises_kept: more.promises_kept - less.promises_kept,
    promises_late: more.promises_late - less.promises_late,
    promises_broken: more.promises_broken - less.promises_broken,
  };
}

/** A goal, and how far one has come. */
export interface GoalStanding {
  readonly key: string;
  readonly name: string | null;
  readonly measure: Measure;
  readonly currency: string | null;
  readonly target: number;
  readonly value: number;
}

/** Those goals of a period that are a person's, by key: the person's own, and those of the territories that the person holds. */
export function standings(
  goals: readonly Goal[],
  period: string,
  person: string,
  held: ReadonlySet<string>,
  found: Figures,
): GoalStanding[] {
  const isOwn = (goal: Goal): boolean =>
    goal.period === period && (goal.person === person || (goal.territory !== null && held.has(goal.territory)));
  return goals
    .filter(isOwn)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, name, measure, currency, target }) => ({
      key,
      name,
      measure,
      currency,
      target,
      value: valueOf(measure, currency, found),
    }));
}

function valueOf(measure: Measure, currency: string | null, found: Figures): number {
  switch (measure) {
    case "visits":
      return found.visits_made;
    case "accounts_visited":
      return found.accounts_visited;
    case "orders":
      return found.turnover.reduce((all, { orders }) => all + orders, 0);
    case "order_amount":
      return found.turnover.find((one) => one.currency === currency)?.amount_minor ?? 0;
    case "promises_kept_percent":
      return found.promises_due === 0 ? 0 : Math.floor((found.promises_kept * 100) / found.promises_due);
  }
}
