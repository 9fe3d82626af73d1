/** An answer to a step: what may be said, and what it comes to. A step that is left out is answered, too. */

import { violation } from "../rule.ts";
import { type Fields, lengthOf, type Step as Edit } from "../value.ts";
import { hasFailed } from "./progress.ts";
import type { Answered } from "./run.ts";
import type { Step } from "./template.ts";

const TEXT_MAX = 500;

/**
 * What this comes to: `yes` or `no` to a check, a word of a choice, a whole number, or a text; null leaves the step out.
 * Refuses with `required` or `wrong_answer`.
 */
export function answered(step: Step, said: string | null, atMs: number): Answered {
  const answer: Answered = { state: "done", word: null, number: null, at_ms: atMs };
  if (said === null) {
    if (!step.is_required) return { ...answer, state: "skipped" };
    throw violation("required", [step.key], "This step belongs to it and is not left out.");
  }
  const given = taken(step, said.trim(), answer);
  return hasFailed(step, given) ? { ...given, state: "failed" } : given;
}

function taken(step: Step, said: string, answer: Answered): Answered {
  const wrong = (text: string): Error => violation("wrong_answer", [step.key], text);
  const { answer: asked } = step;
  switch (asked.kind) {
    case "check":
      if (said !== "yes" && said !== "no") throw wrong("Answer with yes or no.");
      return { ...answer, state: said === "yes" ? "done" : "failed" };
    case "choice":
      if (!asked.words.includes(said)) throw wrong(`Choose one of ${asked.words.join(", ")}.`);
      return { ...answer, word: said };
    case "number": {
      const number = /^[+-]?\d{1,15}$/.test(said) ? Number(said) : Number.NaN;
      if (!(number >= asked.min && number <= asked.max)) {
        throw wrong(`Answer with a whole number from ${String(asked.min)} to ${String(asked.max)}.`);
      }
      return { ...answer, number };
    }
    case "text":
      if (said === "" || lengthOf(said) > TEXT_MAX) throw wrong(`Answer with 1 to ${String(TEXT_MAX)} characters.`);
      return { ...answer, word: said };
  }
}

/** The edit that writes an answer into a run, as a new item: what was answered before stays in the history. */
export function answerEdit(key: string, answer: Answered, person: string, item: string): Edit {
  const value: Fields = {
    step: key,
    state: answer.state,
    at: answer.at_ms,
    person_id: person,
    ...(answer.word === null ? {} : { word: answer.word }),
    ...(answer.number === null ? {} : { number: answer.number }),
  };
  return { put: { path: ["answers", item], value } };
}
