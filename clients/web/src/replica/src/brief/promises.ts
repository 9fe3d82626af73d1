/**
 * What was promised and is not done, overdue first: open tasks, what was agreed at visits, planned visits.
 *
 * Nothing in a visit says whether its next step was taken. It counts as open until a later visit was made; one with a due
 * day that is later than that visit stays open.
 */

import {
  byKey,
  day,
  daysUntil,
  line,
  type Part,
  say,
  sectionOf,
  source,
  type View,
  visitDay,
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
  [...tasks(view), ...nextSteps(view), ...planned(view)]
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

const nextSteps = (view: View): Found[] =>
  view.made.flatMap((visit) => {
    const due = day(visit, "next_step_due");
    const step = line(visit, "next_step");
    if (step === null || isOvertaken(view, visit, due)) return [];
    const fact = promised(view, "next_step", step, due, view.whoOf(visit, "rep_id"), null);
    return [{ due, part: visit, statement: say(fact, [source(visit, "next_step", "next_step_due", "rep_id")]) }];
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

/** Whether a later visit was made by the day on which the step was due. */
function isOvertaken(view: View, visit: Part, due: Day | null): boolean {
  const moment = visitMs(visit) ?? -Infinity;
  const later = view.made.filter((other) => (visitMs(other) ?? -Infinity) > moment);
  return later.some((other) => {
    const made = visitDay(other);
    return due === null || (made !== null && due <= made);
  });
}
