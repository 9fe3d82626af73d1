/** A process template: one version of it, as the office publishes it. Its rules are the server's affair; here it is read. */

import type { Json } from "../../client.ts";
import { isMap } from "../value.ts";

/** The set of reference data that templates stand in, and the one with departments by code. */
export const PROCESSES = "processes";
export const DEPARTMENTS = "departments";

export type Answer =
  | { readonly kind: "check" }
  | { readonly kind: "choice"; readonly words: readonly string[]; readonly fails?: readonly string[] }
  | {
      readonly kind: "number";
      readonly min: number;
      readonly max: number;
      readonly good_min?: number | null;
      readonly good_max?: number | null;
    }
  | { readonly kind: "text" };

/** Who does a step. */
export type By = "rep" | "office" | { readonly department: string };

export interface Step {
  readonly key: string;
  readonly title: string;
  readonly help?: string | null;
  readonly answer: Answer;
  readonly is_required: boolean;
  readonly by: By;
}

/** What to say or do in a situation. */
export interface Response {
  readonly key: string;
  readonly situation: string;
  readonly action: string;
}

/** A task for a department, at the beginning or after a step. */
export interface HandOff {
  readonly key: string;
  readonly after?: string | null;
  readonly department: string;
  readonly subject: string;
  readonly due_minutes: number;
}

export type Trigger = { readonly step_failed: string } | { readonly overdue: number } | "refused" | "case_opened";

/** Who takes over: whoever has this role for the account, or a department by its code. */
export type Escalation = { readonly role: string } | { readonly department: string };

export interface AwryPath {
  readonly key: string;
  readonly name: string;
  readonly trigger: Trigger;
  readonly steps: readonly Step[];
  readonly escalate_to: Escalation;
  readonly due_minutes: number;
}

export interface Measure {
  readonly name: string;
  readonly of: "minutes_to_finish" | { readonly answer: string };
  readonly is: "at_most" | "at_least";
  readonly target: number;
}

/** Where a process is offered: each list that is not empty must hold. */
export interface Applies {
  readonly kinds: readonly string[];
  readonly segments: readonly string[];
  readonly purposes: readonly string[];
  readonly states: readonly string[];
}

export interface Template {
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly owner: string;
  readonly goal: string;
  readonly measure: Measure;
  readonly procedure: string;
  readonly applies: Applies;
  readonly steps: readonly Step[];
  readonly responses: readonly Response[];
  readonly hand_offs: readonly HandOff[];
  readonly awry: readonly AwryPath[];
  readonly is_offered: boolean;
}

export const keyOf = (process: string, version: number): string => `${process}@${String(version)}`;

/** Reads what stands in the set under a key, with what may be left out; null for what has not the shape of a template. */
export function readTemplate(value: Json): Template | null {
  if (!isMap(value) || !hasShape(value)) return null;
  const { applies, responses = [], hand_offs = [], awry = [], is_offered = true } = value;
  const where: Partial<Applies> = isMap(applies) ? applies : {};
  const given = value as unknown as Template;
  return {
    ...given,
    applies: { kinds: [], segments: [], purposes: [], states: [], ...where },
    steps: given.steps.map(whole),
    responses: responses as unknown as Template["responses"],
    hand_offs: hand_offs as unknown as Template["hand_offs"],
    awry: (awry as unknown as Template["awry"]).map((path) => ({ ...path, steps: path.steps.map(whole) })),
    is_offered: is_offered !== false,
  };
}

function hasShape(value: { readonly [name: string]: Json }): boolean {
  const texts = ["process", "name", "owner", "goal", "procedure"];
  const lists = ["steps", "responses", "hand_offs", "awry"];
  return (
    texts.every((name) => typeof value[name] === "string") &&
    typeof value["version"] === "number" &&
    isMap(value["measure"]) &&
    Array.isArray(value["steps"]) &&
    lists.every((name) => value[name] === undefined || Array.isArray(value[name]))
  );
}

/** A step with what may be left out of it. */
const whole = (step: Partial<Step> & Pick<Step, "key" | "title" | "answer">): Step => ({
  is_required: true,
  by: "rep",
  ...step,
});

/** A step of the process, or the step `path/step` of one of its paths. */
export function stepOf(template: Template, key: string): Step | undefined {
  const [first = "", second] = key.split("/", 2);
  const steps = second === undefined ? template.steps : (pathOf(template, first)?.steps ?? []);
  return steps.find((step) => step.key === (second ?? first));
}

export const pathOf = (template: Template, key: string): AwryPath | undefined =>
  template.awry.find((path) => path.key === key);
