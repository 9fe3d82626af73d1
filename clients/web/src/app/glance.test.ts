import { expect, it } from "vitest";

import type { Summary } from "@roadbook/replica";

import { glanceOf } from "./glance.ts";

const DAY = 86_400_000;
const START = new Date(2026, 5, 1, 10).getTime();
let made = 0;

function summary(kind: string, state: string, days: number): Summary {
  made += 1;
  return {
    record: String(made),
    kind,
    account: "a",
    title: "",
    subtitle: "",
    state,
    number: null,
    person: null,
    at: START + days * DAY,
    changed: START,
    sync: "in_the_record",
  };
}

it("tells the last visit and the habit, whatever the order of the list", () => {
  const days = [0, 7, 14, 70, 77];
  const glance = glanceOf(days.map((day) => summary("visit", "checked_out", day)).reverse());
  expect(glance.lastVisit?.at).toBe(START + 77 * DAY);
  expect(glance.everyDays).toBe(7);
});

it("calls two visits no habit", () => {
  expect(glanceOf([summary("visit", "checked_out", 0), summary("visit", "checked_out", 7)]).everyDays).toBeNull();
});

it("counts what is open, and finds the visit that runs", () => {
  const running = summary("visit", "checked_in", 1);
  const glance = glanceOf([
    running,
    summary("task", "open", 1),
    summary("task", "done", 1),
    summary("order", "submitted", 1),
    summary("order", "accepted", 1),
  ]);
  expect(glance.running).toBe(running);
  expect([glance.openTasks.length, glance.openOrders.length]).toEqual([1, 1]);
});

it("counts cases and opportunities that are not over, and finds what was said last, at a visit or on the telephone", () => {
  const call = { ...summary("call", "", 9), state: null };
  const opportunity = (subtitle: string): Summary => ({ ...summary("opportunity", "", 30), state: null, subtitle });
  const glance = glanceOf([
    summary("visit", "checked_out", 8),
    call,
    summary("case", "waiting", 1),
    summary("case", "resolved", 1),
    opportunity("proposed · 2026-07-01"),
    opportunity("won · 2026-07-01"),
    opportunity("lost"),
  ]);
  expect(glance.lastTalk).toBe(call);
  expect([glance.openCases.length, glance.opportunities.length]).toEqual([1, 1]);
});
