/**
 * What was promised and is not done, overdue first: open tasks and cases with a day, what was agreed at visits, on the telephone
 * and about opportunities, planned visits.
 *
 * Nothing in a visit says whether its next step was taken. It counts as open until a later visit was made; one with a due
 * day that is later than that visit stays open. A call's is taken by a later call, too; an opportunity's stands until the
 * opportunity names another.
 */

import {
  byKey,
  day,
  dayOfMs,
  daysUntil,
  int,
  isOpenCase,
  isOpenOpportunity,
  line,
  type Part,
  say,
  sectionOf,
  source,
  type View,
  visitMs,
  word,
} from "./dossier.ts";
import type { Day, Fact, Promised, Section, Statement, Who } from "./fact.ts";

const MOST = 10;

export const promises = (view: View): Section => sectionOf("promises", allPromises(view), MOST);

interface Found {
  readonly due: Day | null;
  readonly part: Part;
  readonly statement: Statement;
}

/** All of them: overdue ones first, the oldest before the others, then by due day, then those without. */
export const allPromises = (view: View): Statement[] =>
  [...tasks(view), ...nextSteps(view), ...planned(view), ...cases(view)]
    .sort(byKey(({ due, part }) => [due === null, due, part.id]))
    .map(({ statement }) => statement);

const tasks = (view: View): Found[] =>
  view
    .ofKind("task")
    .filter((task) => word(task, "state") === "open")
    .map((task) => {
      const assignee = word(task, "assignee_id");
      const by = assignee === null ? null : view.who(assignee);
      const due = day(task, "due");
      const fact = promised(view, "task", line(task, "subject"), due, by, line(task, "priority"));
      return { due, part: task, statement: say(fact, [source(task, "subject", "due", "assignee_id", "priority")]) };
    });

function nextSteps(view: View): Found[] {
  const calls = view.ofKind("call");
  const visitsMs = view.made.map(visitMs);
  const talksMs = [...visitsMs, ...calls.map((call) => int(call, "started_at"))];
  const isOpen = (part: Part, others: readonly (number | null)[], agreed: number | null): boolean =>
    !isOvertaken(others, agreed, day(part, "next_step_due"));
  return [
    ...view.made
      .filter((visit) => isOpen(visit, visitsMs, visitMs(visit)))
      .flatMap((one) => stepOf(view, one, "rep_id")),
    ...calls
      .filter((call) => isOpen(call, talksMs, int(call, "started_at")))
      .flatMap((one) => stepOf(view, one, "rep_id")),
    ...view
      .ofKind("opportunity")
      .filter(isOpenOpportunity)
      .flatMap((one) => stepOf(view, one, "owner_id")),
  ];
}

/** What a record says is to happen next, if it does. */
function stepOf(view: View, part: Part, by: string): Found[] {
  const [step, due] = [line(part, "next_step"), day(part, "next_step_due")];
  if (step === null) return [];
  const fact = promised(view, "next_step", step, due, view.whoOf(part, by), null);
  return [{ due, part, statement: say(fact, [source(part, "next_step", "next_step_due", by)]) }];
}

const cases = (view: View): Found[] =>
  view.ofKind("case").flatMap((part) => {
    const due = day(part, "due");
    if (!isOpenCase(part) || due === null) return [];
    const owner = word(part, "owner_id");
    const by = owner === null ? null : view.who(owner);
    const fact = promised(view, "case", line(part, "subject"), due, by, line(part, "priority"));
    return [{ due, part, statement: say(fact, [source(part, "subject", "due", "owner_id", "priority", "state")]) }];
  });

const planned = (view: View): Found[] =>
  view
    .ofKind("visit")
    .filter((visit) => word(visit, "state") === "planned")
    .map((visit) => {
      const due = day(visit, "planned_start");
      const what = line(visit, "subject") ?? line(visit, "purpose");
      const fact = promised(view, "visit", what, due, view.whoOf(visit, "rep_id"), null);
      const from = source(visit, "planned_start", "subject", "purpose", "rep_id");
      return { due, part: visit, statement: say(fact, [from]) };
    });

function promised(
  view: View,
  promise: Promised,
  what: string | null,
  due: Day | null,
  by: Who | null,
  priority: string | null,
): Fact {
  const days = due === null ? 0 : daysUntil(due, view.today);
  return { fact: "promised", promise, what: what ?? "", due, overdue_days: days > 0 ? days : null, by, priority };
}

/** Whether one of these came after that moment, and not before the day on which the step was due. */
function isOvertaken(others: readonly (number | null)[], agreed: number | null, due: Day | null): boolean {
  return others.some((ms) => ms !== null && ms > (agreed ?? -Infinity) && (due === null || due <= dayOfMs(ms)));
}
