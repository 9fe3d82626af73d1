import { afterAll, expect, it } from "vitest";

import { dueDay, saidDue } from "./due.ts";

const zone = process.env["TZ"];
afterAll(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

it("has the day of a moment where the person is, and a day as it is said", () => {
  const due_at = Date.parse("2026-07-01T22:30:00Z");
  process.env["TZ"] = "Europe/Berlin";
  expect(dueDay({ due: "2026-07-01", due_at })).toBe("2026-07-02");
  process.env["TZ"] = "America/Lima";
  expect(dueDay({ due: "2026-07-01", due_at })).toBe("2026-07-01");
  expect(dueDay({ due: "2026-07-01" })).toBe("2026-07-01");
  expect(dueDay({})).toBeNull();
  expect(saidDue({ subtitle: "high" })).toBeNull();
  expect(saidDue({ subtitle: "2026-07-01 · high" })).toBe("2026-07-01");
});
