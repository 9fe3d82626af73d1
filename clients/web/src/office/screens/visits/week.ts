/** Weeks from Monday to Sunday, by the calendar here. */
import { dayAfter, dayStart, isoDay } from "$texts/format";

/** The seven days of the week in which a day lies; of this week for what is no day. */
export function weekOf(day: string, now: number): string[] {
  const start = dayStart(day) ?? now;
  const sinceMonday = (new Date(start).getDay() + 6) % 7;
  return Array.from({ length: 7 }, (_, index) => dayAfter(start, index - sinceMonday));
}

/** The moments at which a span of days begins and ends. */
export function spanOf(days: readonly string[]): { from: string; to: string } {
  const last = dayStart(days.at(-1) ?? "") ?? 0;
  const end = dayStart(dayAfter(last, 1)) ?? 0;
  return { from: new Date(dayStart(days[0] ?? "") ?? 0).toISOString(), to: new Date(end).toISOString() };
}

/** Things by the day on which they are. */
export function byDay<T extends { readonly at: string }>(things: readonly T[]): Map<string, T[]> {
  const days = new Map<string, T[]>();
  for (const thing of things.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const day = isoDay(Date.parse(thing.at));
    days.set(day, [...(days.get(day) ?? []), thing]);
  }
  return days;
}
