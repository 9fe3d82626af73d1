/** Days and periods on somebody's clock: a fixed distance from UTC, so that a device and the office find the same day. */

/** A day as fields hold it: `YYYY-MM-DD`. */
export type Day = string;

/** Somebody's clock: now, in milliseconds since 1970, and how many minutes its days begin before those of UTC. */
export interface Clock {
  readonly nowMs: number;
  readonly offsetMinutes: number;
}

export interface Period {
  /** As it is written: `2026-11-28`, `2026-11`, `2026-Q4` or `2026`. */
  readonly period: string;
  readonly first: Day;
  readonly last: Day;
}

export const DAY_MS = 86_400_000;

/** The day of a moment on a clock. */
export const dayOf = (clock: Clock, ms: number): Day =>
  new Date(ms + clock.offsetMinutes * 60_000).toISOString().slice(0, 10);

export const today = (clock: Clock): Day => dayOf(clock, clock.nowMs);

/** When a day begins in UTC, in milliseconds since 1970. */
const utcMs = (day: Day): number => Date.parse(`${day}T00:00:00Z`);

/** When a day begins on a clock. */
export const startMs = (clock: Clock, day: Day): number => utcMs(day) - clock.offsetMinutes * 60_000;

/** How many days later the other is; negative if it is earlier. */
export const daysUntil = (from: Day, to: Day): number => Math.round((utcMs(to) - utcMs(from)) / DAY_MS);

export const plusDays = (day: Day, days: number): Day =>
  new Date(utcMs(day) + days * DAY_MS).toISOString().slice(0, 10);

export const holds = (period: Period, day: Day): boolean => period.first <= day && day <= period.last;

const WORD = /^(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?$/;
const YEAR_MIN = 1900;

/** A period by its word; null if it is none. */
export function periodOf(word: string): Period | null {
  const parts = WORD.exec(word);
  if (parts === null) return null;
  const [, year = "", quarter, month, day] = parts;
  if (Number(year) < YEAR_MIN) return null;
  const at = (of: number, plus: number): Day =>
    new Date(Date.UTC(Number(year), of - 1 + plus, plus === 0 ? 1 : 0)).toISOString().slice(0, 10);
  if (day !== undefined) return isDay(word) ? { period: word, first: word, last: word } : null;
  if (month !== undefined) {
    const of = Number(month);
    return of < 1 || of > 12 ? null : { period: word, first: at(of, 0), last: at(of, 1) };
  }
  if (quarter !== undefined) {
    const of = 3 * Number(quarter) - 2;
    return { period: word, first: at(of, 0), last: at(of, 3) };
  }
  return { period: word, first: at(1, 0), last: at(1, 12) };
}

/** Whether this is a day of the calendar. */
export function isDay(word: string): boolean {
  const ms = utcMs(word);
  return /^\d{4}-\d{2}-\d{2}$/.test(word) && !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === word;
}
