import { describe, expect, it } from "vitest";

import { byDay, spanOf, weekOf } from "./week";

describe("a week", () => {
  it("goes from Monday to Sunday, whichever of its days one names", () => {
    const week = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"];
    for (const day of week) expect(weekOf(day, 0)).toEqual(week);
    expect(weekOf("nonsense", new Date(2026, 10, 27, 23, 59).getTime())).toEqual(week);
  });

  it("ends where the next begins, also across a year", () => {
    const { from, to } = spanOf(weekOf("2026-12-31", 0));
    expect(from).toBe(new Date(2026, 11, 28).toISOString());
    expect(to).toBe(new Date(2027, 0, 4).toISOString());
  });

  it("holds things by their day here, the earliest first", () => {
    const at = (hour: number): { at: string } => ({ at: new Date(2026, 10, 27, hour).toISOString() });
    expect(byDay([at(17), at(8)]).get("2026-11-27")).toEqual([at(8), at(17)]);
  });
});
