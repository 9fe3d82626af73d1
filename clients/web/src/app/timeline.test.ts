import type { Summary } from "@roadbook/replica";
import { expect, test } from "vitest";

import { bornAt, storyOf } from "./timeline.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const FIRST = Date.UTC(2026, 5, 1);

/** An id as it is made at a moment. */
function idOf(at: number, end: string): string {
  const digits = at.toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${end.padStart(12, "0")}`;
}

const row = (kind: string, day: number): Summary => ({
  record: idOf(FIRST + day * DAY_MS, `${day}`),
  kind,
  account: "a",
  title: `${kind} ${day}`,
  subtitle: "",
  state: null,
  number: null,
  person: null,
  // Of a contact a fill says nothing.
  at: kind === "contact" ? 0 : FIRST + day * DAY_MS,
  changed: 0,
  sync: "in_the_record",
});

const titles = (rows: readonly Summary[]): string[] => rows.map(({ title }) => title);

test("an id says when its record was made", () => {
  expect(bornAt(idOf(FIRST, "1"))).toBe(FIRST);
});

test("every kind stands in the history, contacts where they became known", () => {
  const history = ["visit", "order", "task", "comment", "call", "case", "opportunity", "run"].map((kind, n) =>
    row(kind, 20 - 2 * n),
  );
  const { rows, more } = storyOf(history, [row("contact", 15), row("contact", 1)], 30);
  expect(titles(rows)).toEqual([
    ...["visit 20", "order 18", "task 16", "contact 15", "comment 14", "call 12"],
    ...["case 10", "opportunity 8", "run 6", "contact 1"],
  ]);
  expect(more).toBe(false);
});

test("a contact that is older than the page comes with what follows", () => {
  const history = [row("visit", 20), row("visit", 18)];
  const contacts = [row("contact", 19), row("contact", 3)];
  const page = storyOf(history, contacts, 2);
  expect(titles(page.rows)).toEqual(["visit 20", "contact 19", "visit 18"]);
  expect(page.more).toBe(true);
  expect(titles(storyOf(history, contacts, 3).rows)).toEqual(["visit 20", "contact 19", "visit 18", "contact 3"]);
});
