/** A run for people, from its template and its fields alone: so that practising, which is no record, is shown by the same. */

import type { Fields } from "../value.ts";
import { type Awry, type Goal, hasFailed, measured, progress } from "./progress.ts";
import { type Answered, itemsOf, readRun, type Run } from "./run.ts";
import { type Escalation, pathOf, type Response, type Step, type Template } from "./template.ts";

/** A step with its answer. `id` is its key, or `path/key`. */
export interface StepView {
  readonly id: string;
  readonly step: Step;
  readonly answered: Answered | null;
  readonly hasFailed: boolean;
}

/** A path that the run calls for or has taken. */
export interface PathView {
  readonly path: string;
  readonly name: string;
  readonly isTaken: boolean;
  readonly isResolved: boolean;
  readonly due: number | null;
  readonly isOverdue: boolean;
  readonly escalateTo: Escalation;
  readonly steps: readonly StepView[];
}

export interface ResponseView extends Response {
  readonly used: number;
  readonly worked: number;
}

export interface RunFacts {
  /** The version that it keeps. */
  readonly template: Template;
  readonly state: string;
  readonly started: number;
  readonly finished: number | null;
  readonly steps: readonly StepView[];
  readonly awry: readonly PathView[];
  readonly responses: readonly ResponseView[];
  /** Ids of steps that wait for an answer, in the order in which they are to be done. */
  readonly open: readonly string[];
  readonly isComplete: boolean;
  readonly goal: Goal;
  readonly measured: number | null;
}

export function viewOf(template: Template, fields: Fields, nowMs: number): RunFacts {
  const run = readRun(fields);
  const now = progress(template, run, { now_ms: nowMs, is_refused: false, has_case: false });
  const uses = itemsOf(fields, "responses").map(([, item]) => item);
  return {
    template,
    state: run.state,
    started: run.started_ms,
    finished: run.finished_ms,
    steps: template.steps.map((step) => stepView(step, step.key, run)),
    awry: now.awry.map((awry) => pathView(template, awry, run)),
    responses: template.responses.map((one) => {
      const used = uses.filter((item) => item["response"] === one.key);
      return { ...one, used: used.length, worked: used.filter((item) => item["worked"] === "yes").length };
    }),
    open: now.open,
    isComplete: now.is_complete,
    goal: now.goal,
    measured: measured(template, run),
  };
}

function stepView(step: Step, id: string, run: Run): StepView {
  const answered = run.answers.get(id) ?? null;
  return { id, step, answered, hasFailed: answered !== null && hasFailed(step, answered) };
}

function pathView(template: Template, awry: Awry, run: Run): PathView {
  const path = pathOf(template, awry.path);
  return {
    path: awry.path,
    name: path?.name ?? awry.path,
    isTaken: awry.is_taken,
    isResolved: awry.is_resolved,
    due: awry.due_ms,
    isOverdue: awry.is_overdue,
    escalateTo: path?.escalate_to ?? { role: "manager" },
    steps: (path?.steps ?? []).map((step) => stepView(step, `${awry.path}/${step.key}`, run)),
  };
}
