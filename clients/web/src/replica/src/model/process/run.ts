/** A run as its record says it. */

import { entries, type Fields, isMap, type Value } from "../value.ts";

export type Outcome = "done" | "failed" | "skipped";

/** An answer to a step: how it went, the word or text, the number, and when. */
export interface Answered {
  readonly state: Outcome;
  readonly word: string | null;
  readonly number: number | null;
  readonly at_ms: number;
}

/** A path that was taken, and when it was put right. */
export interface Taken {
  readonly at_ms: number;
  readonly resolved_ms: number | null;
}

export interface Run {
  readonly process: string;
  readonly version: number;
  readonly state: string;
  readonly started_ms: number;
  readonly finished_ms: number | null;
  /** Of several answers to one step the latest counts. */
  readonly answers: ReadonlyMap<string, Answered>;
  /** When each step was first answered and not left out: an answer that is mended later was given in time. */
  readonly first_ms: ReadonlyMap<string, number>;
  /** Of several takings of one path the first counts, and the last that it was put right. */
  readonly awry: ReadonlyMap<string, Taken>;
}

const OUTCOMES: readonly string[] = ["done", "failed", "skipped"] satisfies Outcome[];
const isOutcome = (word: string | null): word is Outcome => word !== null && OUTCOMES.includes(word);

const wordOf = (value: Value | undefined): string | null => (typeof value === "string" ? value : null);
const numberOf = (value: Value | undefined): number | null => (typeof value === "number" ? value : null);

/** The items of a collection, by their keys. */
export const itemsOf = (fields: Fields, name: string): (readonly [string, Fields])[] =>
  Object.entries(entries(fields[name]))
    .filter((pair): pair is [string, Fields] => isMap(pair[1]))
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** Reads a record of the kind `run`. What it lacks is empty. */
export function readRun(fields: Fields): Run {
  const answers = new Map<string, Answered>();
  const first = new Map<string, number>();
  for (const [, item] of itemsOf(fields, "answers")) {
    const [step, state] = [wordOf(item["step"]), wordOf(item["state"])];
    if (step === null || !isOutcome(state)) continue;
    const at = numberOf(item["at"]) ?? 0;
    if (state !== "skipped") first.set(step, Math.min(first.get(step) ?? at, at));
    const known = answers.get(step);
    if (known !== undefined && known.at_ms >= at) continue;
    answers.set(step, { state, word: wordOf(item["word"]), number: numberOf(item["number"]), at_ms: at });
  }
  const awry = new Map<string, Taken>();
  for (const [, item] of itemsOf(fields, "awry")) {
    const path = wordOf(item["path"]);
    if (path === null) continue;
    const [at, resolved] = [numberOf(item["at"]) ?? 0, numberOf(item["resolved_at"])];
    const known = awry.get(path) ?? { at_ms: at, resolved_ms: resolved };
    awry.set(path, { at_ms: Math.min(known.at_ms, at), resolved_ms: later(known.resolved_ms, resolved) });
  }
  return {
    process: wordOf(fields["process"]) ?? "",
    version: numberOf(fields["version"]) ?? 0,
    state: wordOf(fields["state"]) ?? "",
    started_ms: numberOf(fields["started_at"]) ?? 0,
    finished_ms: numberOf(fields["finished_at"]),
    answers,
    first_ms: first,
    awry,
  };
}

/**
 * The moment that a new answer to a step gets: now, but after the answer that is known, whoever's clock that came from. So the
 * later answer counts even where a clock is behind.
 */
export function nextMs(run: Run, step: string, nowMs: number): number {
  const known = run.answers.get(step);
  return known === undefined ? nowMs : Math.max(nowMs, known.at_ms + 1);
}

const later = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
