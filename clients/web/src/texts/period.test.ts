import { expect, test } from "vitest";

import { kindOfPeriod, PERIOD_KINDS, periodAfter, periodAt, periodName } from "./period.ts";

const at = new Date(2026, 10, 28, 9, 30).getTime();

test("a moment is in a day, a month, a quarter and a year", () => {
  const words = PERIOD_KINDS.map((kind) => periodAt(kind, at));
  expect(words).toEqual(["2026-11-28", "2026-11", "2026-Q4", "2026"]);
  expect(words.map(kindOfPeriod)).toEqual(PERIOD_KINDS);
});

test("one goes on to the next and back, over the turn of the year", () => {
  expect(periodAfter("2026-11-30", 1)).toBe("2026-12-01");
  expect(periodAfter("2026-12", 1)).toBe("2027-01");
  expect(periodAfter("2026-Q1", -1)).toBe("2025-Q4");
  expect(periodAfter("2026", -1)).toBe("2025");
  for (const kind of PERIOD_KINDS) expect(periodAfter(periodAfter(periodAt(kind, at), 5), -5)).toBe(periodAt(kind, at));
});

test("people read it in their language", () => {
  expect(periodName("2026-11", "en-GB")).toBe("November 2026");
  expect(periodName("2026-03", "de-DE")).toBe("März 2026");
  expect(periodName("2026-Q4", "de-DE")).toBe("Q4 2026");
});
