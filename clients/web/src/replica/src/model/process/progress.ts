/** How far a run is: what comes next, what went awry, whether the goal was met. From the template and the record alone. */

import type { Answered, Run } from "./run.ts";
import type { AwryPath, Step, Template } from "./template.ts";
import { pathOf } from "./template.ts";

export const MINUTE_MS = 60_000;

/** What is known beside the run itself. */
export interface Facts {
  readonly now_ms: number;
  /** Whether the order that it is about was rejected. */
  readonly is_refused: boolean;
  /** Whether a case about its subject was opened since it began. */
  readonly has_case: boolean;
}

export type Goal = "open" | "met" | "missed";

/** A path that the run calls for, or has taken. */
export interface Awry {
  readonly path: string;
  readonly is_taken: boolean;
  readonly is_resolved: boolean;
  readonly due_ms: number | null;
  readonly is_overdue: boolean;
}

export interface Progress {
  /** Steps that wait for an answer, those of paths that are taken first, as `path/step`. */
  readonly open: readonly string[];
  readonly failed: readonly string[];
  readonly awry: readonly Awry[];
  readonly is_complete: boolean;
  readonly goal: Goal;
}

/** Whether an answer means that the step failed: what was answered decides. */
export function hasFailed(step: Step, answer: Answered): boolean {
  if (answer.state === "failed") return true;
  if (step.answer.kind === "choice" && answer.word !== null) return step.answer.fails?.includes(answer.word) === true;
  if (step.answer.kind === "number" && answer.number !== null) {
    const { min, max, good_min: low, good_max: high } = step.answer;
    return answer.number < (low ?? min) || answer.number > (high ?? max);
  }
  return false;
}

const isAnswered = (run: Run, key: string): boolean => {
  const answer = run.answers.get(key);
  return answer !== undefined && answer.state !== "skipped";
};

export function progress(template: Template, run: Run, facts: Facts): Progress {
  const failed = allSteps(template)
    .filter(([key, step]) => {
      const answer = run.answers.get(key);
      return answer !== undefined && hasFailed(step, answer);
    })
    .map(([key]) => key);
  const ownDone = ownDoneMs(template, run);
  const awry = template.awry.flatMap((path) => awryOf(path, run, facts, failed, ownDone));
  return {
    open: openOf(template, run, awry),
    failed,
    awry,
    is_complete: ownDone !== null && awry.every((path) => path.is_resolved),
    goal: goalOf(template, run),
  };
}

/** Every step with its key: the process's own, then those of its paths as `path/step`. */
const allSteps = (template: Template): (readonly [string, Step])[] => [
  ...template.steps.map((step) => [step.key, step] as const),
  ...template.awry.flatMap((path) => path.steps.map((step) => [`${path.key}/${step.key}`, step] as const)),
];

/**
 * When the last of the process's own required steps was first answered; null while one is open. So what was finished too late
 * was too late, also where nobody looked before.
 */
function ownDoneMs(template: Template, run: Run): number | null {
  let latest = run.started_ms;
  for (const step of template.steps.filter((one) => one.is_required)) {
    const at = isAnswered(run, step.key) ? run.first_ms.get(step.key) : undefined;
    if (at === undefined) return null;
    latest = Math.max(latest, at);
  }
  return latest;
}

function openOf(template: Template, run: Run, awry: readonly Awry[]): string[] {
  if (run.state !== "running") return [];
  const taken = awry.filter((path) => path.is_taken && !path.is_resolved);
  const ofPaths = taken.flatMap(({ path }) =>
    (pathOf(template, path)?.steps ?? []).map((step) => `${path}/${step.key}`),
  );
  return [...ofPaths, ...template.steps.map((step) => step.key)].filter((key) => !run.answers.has(key));
}

function awryOf(path: AwryPath, run: Run, facts: Facts, failed: readonly string[], ownDone: number | null): Awry[] {
  const taken = run.awry.get(path.key);
  if (!isCalledFor(path, run, facts, failed, ownDone) && taken === undefined) return [];
  const due = taken === undefined ? null : taken.at_ms + path.due_minutes * MINUTE_MS;
  const resolved = taken?.resolved_ms ?? null;
  return [
    {
      path: path.key,
      is_taken: taken !== undefined,
      is_resolved: resolved !== null,
      due_ms: due,
      is_overdue: due !== null && (resolved ?? facts.now_ms) > due,
    },
  ];
}

function isCalledFor(
  { trigger }: AwryPath,
  run: Run,
  facts: Facts,
  failed: readonly string[],
  ownDone: number | null,
): boolean {
  if (trigger === "refused") return facts.is_refused;
  if (trigger === "case_opened") return facts.has_case;
  if ("step_failed" in trigger) return failed.includes(trigger.step_failed);
  const end = ownDone ?? run.finished_ms ?? facts.now_ms;
  return end - run.started_ms > trigger.overdue * MINUTE_MS;
}

function goalOf(template: Template, run: Run): Goal {
  if (run.state === "abandoned") return "missed";
  if (run.state !== "done") return "open";
  const value = measured(template, run);
  const { is, target } = template.measure;
  if (value === null) return "missed";
  return (is === "at_most" ? value <= target : value >= target) ? "met" : "missed";
}

/** What a finished run measures: minutes, begun ones counted whole, or a number that was answered. */
export function measured(template: Template, run: Run): number | null {
  const { of } = template.measure;
  if (of !== "minutes_to_finish") return run.answers.get(of.answer)?.number ?? null;
  return run.finished_ms === null ? null : Math.ceil(Math.max(0, run.finished_ms - run.started_ms) / MINUTE_MS);
}
