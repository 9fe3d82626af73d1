/** Days, months, quarters and years as the plan names them (`2026-11-28`, `2026-11`, `2026-Q4`, `2026`), and as people do. */
import { dayAfter, dayStart, isoDay } from "./format.ts";

export type PeriodKind = "day" | "month" | "quarter" | "year";
export const PERIOD_KINDS: readonly PeriodKind[] = ["day", "month", "quarter", "year"];

/** How many minutes the clock here is before UTC at a moment. */
export function utcOffset(ms: number): number {
  return -new Date(ms).getTimezoneOffset();
}

/** The period of a kind that a moment is in. */
export function periodAt(kind: PeriodKind, ms: number): string {
  const day = isoDay(ms);
  const [year = "", month = ""] = day.split("-");
  switch (kind) {
    case "day":
      return day;
    case "month":
      return `${year}-${month}`;
    case "quarter":
      return `${year}-Q${Math.ceil(Number(month) / 3)}`;
    case "year":
      return year;
  }
}

export function kindOfPeriod(word: string): PeriodKind {
  if (word.length === 4) return "year";
  if (word.length === 10) return "day";
  return word.includes("Q") ? "quarter" : "month";
}

/** When a period begins here. */
export function periodStart(word: string): number {
  const [year = "", part = "01", day = "01"] = word.split("-");
  const month = part.startsWith("Q") ? String(3 * Number(part.slice(1)) - 2).padStart(2, "0") : part;
  return dayStart(`${year}-${month}-${day}`) ?? 0;
}

/** The period so many after another. */
export function periodAfter(word: string, steps: number): string {
  const kind = kindOfPeriod(word);
  const start = periodStart(word);
  if (kind === "day") return dayAfter(start, steps);
  const begins = new Date(start);
  const months = { month: 1, quarter: 3, year: 12 }[kind] * steps;
  return periodAt(kind, new Date(begins.getFullYear(), begins.getMonth() + months, 1).getTime());
}

/** As people say it: "November 2026". */
export function periodName(word: string, locale: string): string {
  const start = periodStart(word);
  switch (kindOfPeriod(word)) {
    case "day":
      return new Intl.DateTimeFormat(locale, {
        weekday: "short",
        day: "numeric",
        month: "long",
        year: "numeric",
      }).format(start);
    case "month":
      return new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }).format(start);
    default:
      return word.replace(/^(\d{4})-(Q\d)$/, "$2 $1");
  }
}

/** How far the clock here is from UTC for a whole period: at noon of its first day. */
export function periodOffset(word: string): number {
  return utcOffset(periodStart(word) + 12 * 3_600_000);
}
