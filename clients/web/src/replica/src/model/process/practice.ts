/**
 * Practising a process: a run in memory alone, followed by the same rules as one in the record. Nothing of it is ever captured,
 * so nothing of it can be sent.
 */

import type { Fields, Step as Edit, Value } from "../value.ts";
import { entries } from "../value.ts";
import { answered, answerEdit } from "./answer.ts";
import { beginEdit, endEdits, follow } from "./follow.ts";
import { nextMs, readRun } from "./run.ts";
import { type AwryPath, stepOf, type Template } from "./template.ts";
import { violation } from "../rule.ts";
import { type RunFacts, viewOf } from "./view.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";

export class Practice {
  #fields: Fields;
  #keys = 0;

  constructor(
    readonly template: Template,
    nowMs: number,
  ) {
    const { process, version } = template;
    this.#fields = { process, version, state: "running", started_at: nowMs, answers: {}, awry: {}, responses: {} };
    this.#follow(nowMs);
  }

  view(nowMs: number): RunFacts {
    return viewOf(this.template, this.#fields, nowMs);
  }

  /** Refuses what a run would refuse. */
  answer(key: string, said: string | null, nowMs: number): void {
    const step = stepOf(this.template, key);
    if (step === undefined) throw violation("unknown_step", [], `${this.template.name} has no step called ${key}`);
    this.#apply([
      answerEdit(key, answered(step, said, nextMs(readRun(this.#fields), key, nowMs)), NOBODY, this.#key()),
    ]);
    this.#follow(nowMs);
  }

  /** The paths that no answer leads to, and that are not taken yet: the order is refused, a case is opened, it takes too long. */
  get mayGoAwry(): readonly AwryPath[] {
    const { awry } = readRun(this.#fields);
    const isLedTo = ({ trigger }: AwryPath): boolean => typeof trigger === "object" && "step_failed" in trigger;
    return this.template.awry.filter((path) => !isLedTo(path) && !awry.has(path.key));
  }

  /** Takes one of them. */
  take(path: string, nowMs: number): void {
    if (!this.mayGoAwry.some(({ key }) => key === path)) return;
    this.#apply([beginEdit(path, nowMs, null, this.#key())]);
  }

  use(response: string, worked: "yes" | "no", nowMs: number): void {
    this.#apply([{ put: { path: ["responses", this.#key()], value: { response, worked, at: nowMs } } }]);
  }

  finish(nowMs: number): void {
    if (this.view(nowMs).isComplete) this.#apply(endEdits("done", nowMs));
  }

  #follow(nowMs: number): void {
    const facts = { now_ms: nowMs, is_refused: false, has_case: false };
    this.#apply(follow(this.template, this.#fields, facts, null, () => this.#key()));
  }

  #apply(edits: readonly Edit[]): void {
    for (const edit of edits) if ("put" in edit) this.#fields = put(this.#fields, edit.put.path, edit.put.value);
  }

  #key(): string {
    this.#keys += 1;
    return String(this.#keys).padStart(8, "0");
  }
}

function put(fields: Fields, [name = "", ...rest]: readonly string[], value: Value): Fields {
  return { ...fields, [name]: rest.length === 0 ? value : put(entries(fields[name]), rest, value) };
}
