// The cases of protocol/vectors/plan, worked out by hand, and what the Rust engine made of random ones.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import type { Fields } from "../value.ts";
import { type Day, periodOf } from "./calendar.ts";
import { type Appointment, type Candidate, type DayPlan, plan, type Wish } from "./day.ts";
import type { Place } from "./distance.ts";
import { type Customer, due, type Due } from "./due.ts";
import { beyond, figures, type Figures, type Work } from "./figures.ts";
import { Cadences, readGoal } from "./reference.ts";
import { short, shortest, stepsM, type Stop } from "./route.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../../../protocol/vectors/plan");
const file = (name: string): unknown => JSON.parse(readFileSync(resolve(FOLDER, name), "utf8"));

interface FiguresCase {
  readonly name?: string;
  readonly person: string;
  readonly period: string;
  readonly now_ms: number;
  readonly offset_minutes: number;
  readonly work: Work;
}

function figuresOf({ person, period, now_ms: nowMs, offset_minutes: offsetMinutes, work }: FiguresCase): Figures {
  const found = periodOf(period);
  if (found === null) throw new Error(period);
  return figures(person, work, found, { nowMs, offsetMinutes });
}

const byHand = file("figures.json") as {
  cases: readonly (FiguresCase & { readonly name: string; readonly expect: Figures })[];
};

test.each(byHand.cases)("figures: $name", (given) => {
  expect(figuresOf(given)).toEqual(given.expect);
});

interface DueCase {
  readonly name: string;
  readonly cadence: Fields;
  readonly customer: Customer;
  readonly today: Day;
  readonly expect: Due | null;
}

test.each((file("due.json") as { cases: readonly DueCase[] }).cases)("due: $name", (given) => {
  expect(due(given.customer, new Cadences(Object.entries(given.cadence)), given.today)).toEqual(given.expect);
});

interface Agreed {
  readonly routes: readonly {
    readonly start: Place | null;
    readonly stops: readonly Stop[];
    readonly order: readonly number[];
    readonly steps_m: readonly number[];
    readonly short: readonly number[];
  }[];
  readonly days: readonly {
    readonly today: Day;
    readonly appointments: readonly Appointment[];
    readonly candidates: readonly (Omit<Candidate, "due"> & { readonly customer: Customer })[];
    readonly wish: Wish;
    readonly plan: DayPlan;
  }[];
  readonly figures: readonly (FiguresCase & { readonly figures: Figures })[];
}

const agreed = file("agree.json") as Agreed;

test("routes are those of the Rust engine, to the metre", () => {
  expect(agreed.routes.length).toBeGreaterThan(30);
  for (const { start, stops, order, steps_m: steps, short: other } of agreed.routes) {
    expect(shortest(start, stops)).toEqual(order);
    const way = order.flatMap((n) => stops[n]?.place ?? []);
    expect(stepsM(start, way)).toEqual(steps);
    expect(short(start, stops)).toEqual(other);
  }
});

test("days are those of the Rust engine", () => {
  const cadences = new Cadences([]);
  for (const { today, appointments, candidates, wish, plan: made } of agreed.days) {
    const all = candidates.map(({ account, place, customer }) => ({
      account,
      place,
      due: due(customer, cadences, today),
    }));
    expect(plan(appointments, all, wish)).toEqual(made);
  }
});

test("figures are those of the Rust engine, and their differences add up", () => {
  for (const given of agreed.figures) expect(figuresOf(given)).toEqual(given.figures);
  const [one, other] = agreed.figures.map(figuresOf);
  if (one === undefined || other === undefined) throw new Error("no figures");
  expect(beyond(one, beyond(one, other))).toEqual(other);
  expect(beyond(one, one).turnover).toEqual([]);
});

test("a period is written in one way", () => {
  expect(periodOf("2028-02")).toEqual({ period: "2028-02", first: "2028-02-01", last: "2028-02-29" });
  expect(periodOf("2026-Q4")).toEqual({ period: "2026-Q4", first: "2026-10-01", last: "2026-12-31" });
  expect(periodOf("2026")).toEqual({ period: "2026", first: "2026-01-01", last: "2026-12-31" });
  expect(periodOf("2026-11-28")).toEqual({ period: "2026-11-28", first: "2026-11-28", last: "2026-11-28" });
  for (const word of ["", "26", "2026-13", "2026-1", "2026-Q5", "2026-11-31", "1899"])
    expect(periodOf(word)).toBeNull();
});

test("a goal that this version cannot read is left out", () => {
  const person = "01a1c478-9800-7ebe-bebe-bebebebebebe";
  const goal = { person, period: "2026-11", measure: "visits", target: 60 };
  expect(readGoal("x", goal)).toMatchObject({ person, measure: "visits", target: 60 });
  for (const wrong of [
    { measure: "smiles" },
    { territory: person },
    { period: "May" },
    { target: 0 },
    { currency: "EUR" },
  ]) {
    expect(readGoal("x", { ...goal, ...wrong })).toBeNull();
  }
});
