/** A process as its form holds it: every number a text, every list of words one line, so that what is half written can stand. */

import type { Answer, Escalation, Step, Template, Trigger } from "./template.ts";

export interface StepDraft {
  key: string;
  title: string;
  help: string;
  kind: Answer["kind"];
  words: string;
  fails: string;
  min: string;
  max: string;
  goodMin: string;
  goodMax: string;
  isRequired: boolean;
  /** `rep`, `office`, or a department's code. */
  by: string;
}

export interface ResponseDraft {
  key: string;
  situation: string;
  action: string;
}

export interface HandOffDraft {
  key: string;
  /** Empty: at the beginning. */
  after: string;
  department: string;
  subject: string;
  dueMinutes: string;
}

export interface PathDraft {
  key: string;
  name: string;
  trigger: "step_failed" | "overdue" | "refused" | "case_opened";
  step: string;
  minutes: string;
  /** `role:manager`, or a department's code. */
  escalateTo: string;
  dueMinutes: string;
  steps: StepDraft[];
}

export interface ProcessDraft {
  process: string;
  name: string;
  owner: string;
  goal: string;
  measureName: string;
  /** Empty: the minutes to finish; else the step whose number counts. */
  measureStep: string;
  measureIs: "at_most" | "at_least";
  target: string;
  procedure: string;
  kinds: string;
  segments: string;
  purposes: string;
  states: string;
  steps: StepDraft[];
  responses: ResponseDraft[];
  handOffs: HandOffDraft[];
  awry: PathDraft[];
}

const words = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
const line = (list: readonly string[] | undefined): string => (list ?? []).join(", ");
const numeral = (value: number | null | undefined): string => (value == null ? "" : String(value));
/** What is no number goes as it is: the server says what is wrong with it, and where. */
const number = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));
const optional = (text: string): number | null => (text.trim() === "" ? null : number(text));

export const newStep = (): StepDraft => ({
  key: "",
  title: "",
  help: "",
  kind: "check",
  words: "",
  fails: "",
  min: "",
  max: "",
  goodMin: "",
  goodMax: "",
  isRequired: true,
  by: "rep",
});

export const newResponse = (): ResponseDraft => ({ key: "", situation: "", action: "" });

export const newHandOff = (): HandOffDraft => ({ key: "", after: "", department: "", subject: "", dueMinutes: "1440" });

export const newPath = (): PathDraft => ({
  key: "",
  name: "",
  trigger: "step_failed",
  step: "",
  minutes: "1440",
  escalateTo: "role:manager",
  dueMinutes: "480",
  steps: [newStep()],
});

export const newProcess = (): ProcessDraft => ({
  process: "",
  name: "",
  owner: "",
  goal: "",
  measureName: "",
  measureStep: "",
  measureIs: "at_most",
  target: "1440",
  procedure: "",
  kinds: "",
  segments: "",
  purposes: "",
  states: "",
  steps: [newStep()],
  responses: [],
  handOffs: [],
  awry: [],
});

/** What a version says, to be changed for the next one. */
export function draftOf(template: Template): ProcessDraft {
  const { applies, measure } = template;
  return {
    process: template.process,
    name: template.name,
    owner: template.owner,
    goal: template.goal,
    measureName: measure.name,
    measureStep: measure.of === "minutes_to_finish" ? "" : measure.of.answer,
    measureIs: measure.is,
    target: numeral(measure.target),
    procedure: template.procedure,
    kinds: line(applies?.kinds),
    segments: line(applies?.segments),
    purposes: line(applies?.purposes),
    states: line(applies?.states),
    steps: template.steps.map(stepDraft),
    responses: (template.responses ?? []).map((one) => ({ ...one })),
    handOffs: (template.hand_offs ?? []).map((one) => ({
      key: one.key,
      after: one.after ?? "",
      department: one.department,
      subject: one.subject,
      dueMinutes: numeral(one.due_minutes),
    })),
    awry: (template.awry ?? []).map((path) => ({
      key: path.key,
      name: path.name,
      ...triggerDraft(path.trigger),
      escalateTo: "role" in path.escalate_to ? `role:${path.escalate_to.role}` : path.escalate_to.department,
      dueMinutes: numeral(path.due_minutes),
      steps: path.steps.map(stepDraft),
    })),
  };
}

function stepDraft(step: Step): StepDraft {
  const { answer, by = "rep" } = step;
  const isNumber = answer.kind === "number";
  return {
    key: step.key,
    title: step.title,
    help: step.help ?? "",
    kind: answer.kind,
    words: answer.kind === "choice" ? line(answer.words) : "",
    fails: answer.kind === "choice" ? line(answer.fails) : "",
    min: isNumber ? numeral(answer.min) : "",
    max: isNumber ? numeral(answer.max) : "",
    goodMin: isNumber ? numeral(answer.good_min) : "",
    goodMax: isNumber ? numeral(answer.good_max) : "",
    isRequired: step.is_required !== false,
    by: typeof by === "string" ? by : by.department,
  };
}

function triggerDraft(trigger: Trigger): Pick<PathDraft, "trigger" | "step" | "minutes"> {
  if (typeof trigger === "string") return { trigger, step: "", minutes: "" };
  if ("overdue" in trigger) return { trigger: "overdue", step: "", minutes: numeral(trigger.overdue) };
  return { trigger: "step_failed", step: trigger.step_failed, minutes: "" };
}

/** The version that a draft makes. */
export function templateOf(draft: ProcessDraft, version: number): Template {
  return {
    process: draft.process.trim(),
    version,
    name: draft.name.trim(),
    owner: draft.owner,
    goal: draft.goal.trim(),
    measure: {
      name: draft.measureName.trim(),
      of: draft.measureStep === "" ? "minutes_to_finish" : { answer: draft.measureStep },
      is: draft.measureIs,
      target: number(draft.target),
    },
    procedure: draft.procedure,
    applies: {
      kinds: words(draft.kinds),
      segments: words(draft.segments),
      purposes: words(draft.purposes),
      states: words(draft.states),
    },
    steps: draft.steps.map(stepOf),
    responses: draft.responses.map(({ key, situation, action }) => ({ key: key.trim(), situation, action })),
    hand_offs: draft.handOffs.map((one) => ({
      key: one.key.trim(),
      ...(one.after === "" ? {} : { after: one.after }),
      department: one.department,
      subject: one.subject.trim(),
      due_minutes: number(one.dueMinutes),
    })),
    awry: draft.awry.map((path) => ({
      key: path.key.trim(),
      name: path.name.trim(),
      trigger: triggerOf(path),
      steps: path.steps.map(stepOf),
      escalate_to: escalationOf(path.escalateTo),
      due_minutes: number(path.dueMinutes),
    })),
    is_offered: true,
  };
}

function stepOf(draft: StepDraft): Step {
  return {
    key: draft.key.trim(),
    title: draft.title.trim(),
    ...(draft.help.trim() === "" ? {} : { help: draft.help.trim() }),
    answer: answerOf(draft),
    is_required: draft.isRequired,
    by: draft.by === "rep" || draft.by === "office" ? draft.by : { department: draft.by },
  };
}

function answerOf(draft: StepDraft): Answer {
  switch (draft.kind) {
    case "choice":
      return { kind: "choice", words: words(draft.words), fails: words(draft.fails) };
    case "number": {
      const [low, high] = [optional(draft.goodMin), optional(draft.goodMax)];
      return {
        kind: "number",
        min: number(draft.min),
        max: number(draft.max),
        ...(low === null ? {} : { good_min: low }),
        ...(high === null ? {} : { good_max: high }),
      };
    }
    case "check":
    case "text":
      return { kind: draft.kind };
  }
}

function triggerOf({ trigger, step, minutes }: PathDraft): Trigger {
  if (trigger === "overdue") return { overdue: number(minutes) };
  return trigger === "step_failed" ? { step_failed: step } : trigger;
}

const escalationOf = (text: string): Escalation =>
  text.startsWith("role:") ? { role: text.slice("role:".length) } : { department: text };
