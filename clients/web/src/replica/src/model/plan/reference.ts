/** What the office publishes for the plan: how often to visit, and what is aimed at. As `plan/reference.rs` reads it. */

import { MODEL } from "../model.ts";
import { Reader, Unreadable } from "../pricing/reader.ts";
import { isId, type Value } from "../value.ts";
import { periodOf } from "./calendar.ts";

export interface Cadence {
  readonly everyDays: number;
  /** Days beyond that before it counts as overdue. */
  readonly graceDays: number;
}

/** Whence an account's cadence is. */
export type CadenceFrom = "account" | "segment" | "default";

/** So often, with the usual grace: a quarter of it. */
export const every = (days: number): Cadence => ({ everyDays: days, graceDays: Math.floor(days / 4) });

const DAYS_MAX = 730;
const INT_MAX = Number.MAX_SAFE_INTEGER - 1;
const fold = (word: string): string => word.trim().toLowerCase();

function readCadence(key: string, value: Value): Cadence | null {
  return readable(() => {
    const reader = new Reader(key, value, MODEL.plan.fields.cadence);
    const usual = every(reader.requiredInt("every_days", 1, DAYS_MAX));
    return { ...usual, graceDays: reader.int("grace_days", 0, DAYS_MAX) ?? usual.graceDays };
  });
}

/** What can be read; null for what this version cannot. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

export class Cadences {
  readonly #bySegment = new Map<string, Cadence>();
  readonly #other: Cadence | null;

  /** Those that are published; the built-in ones hold while there is none. */
  constructor(published: Iterable<readonly [string, Value]>) {
    const { built_in: builtIn, built_in_others_days: others, default_key: byDefault } = MODEL.plan;
    for (const [key, value] of published) {
      const cadence = readCadence(key, value);
      if (cadence !== null) this.#bySegment.set(fold(key), cadence);
    }
    if (this.#bySegment.size === 0) {
      for (const [segment, days] of builtIn) this.#bySegment.set(segment, every(days));
      this.#other = every(others);
      return;
    }
    this.#other = this.#bySegment.get(byDefault) ?? null;
    this.#bySegment.delete(byDefault);
  }

  ofSegment(segment: string | null): readonly [Cadence, CadenceFrom] | null {
    const own = segment === null ? undefined : this.#bySegment.get(fold(segment));
    if (own !== undefined) return [own, "segment"];
    return this.#other === null ? null : [this.#other, "default"];
  }
}

export type Measure = "visits" | "accounts_visited" | "orders" | "order_amount" | "promises_kept_percent";

export interface Goal {
  readonly key: string;
  readonly name: string | null;
  readonly person: string | null;
  readonly territory: string | null;
  readonly period: string;
  readonly measure: Measure;
  readonly currency: string | null;
  readonly target: number;
}

/** A goal as it was published; null for what this version cannot read. */
export function readGoal(key: string, value: Value): Goal | null {
  return readable(() => {
    const reader = new Reader(key, value, MODEL.plan.fields.goals);
    const [person, territory] = [reader.word("person", 36), reader.word("territory", 36)];
    const measure = reader.requiredWord("measure", 40);
    const period = reader.requiredWord("period", 10);
    const isAmount = measure === "order_amount";
    const currency = isAmount ? reader.currency("currency") : reader.word("currency", 3);
    const isRight =
      (person === null) !== (territory === null) &&
      isId(person ?? territory ?? "") &&
      MODEL.plan.measures.includes(measure) &&
      periodOf(period) !== null &&
      isAmount === (currency !== null);
    if (!isRight) throw new Unreadable("goal");
    const target = reader.requiredInt("target", 1, measure === "promises_kept_percent" ? 100 : INT_MAX);
    return {
      key,
      name: reader.word("name", 100),
      person,
      territory,
      period,
      measure: measure as Measure,
      currency,
      target,
    };
  });
}
