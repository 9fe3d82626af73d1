import { describe, expect, it } from "vitest";

import { daysOf } from "./day";

const visit = (person: string, at: string, state: string, planned: string | null = at): never =>
  ({ person_id: person, person_name: person.toUpperCase(), at, state, planned_start: planned }) as never;
const order = (person: string, currency: string, total: number, state = "submitted"): never =>
  ({ person_id: person, person_name: person.toUpperCase(), currency, total_minor: total, state }) as never;
const person = (id: string, role = "rep", active = true): never =>
  ({ id, name: id.toUpperCase(), role, active }) as never;
const device = (person: string, seen: string | null, unsent: number): never =>
  ({ person_id: person, last_seen_at: seen, unsent }) as never;

describe("people's day", () => {
  it("counts what was made apart from what is planned, and each currency for itself", () => {
    const visits = [
      visit("b", "2026-11-27T10:00:00Z", "checked_out"),
      visit("b", "2026-11-27T09:00:00Z", "checked_in"),
    ];
    const planned = visit("b", "2026-11-27T15:00:00Z", "planned");
    const off = visit("b", "2026-11-27T08:00:00Z", "planned", null);
    const orders = [order("b", "EUR", 100), order("b", "EUR", 50), order("b", "USD", 7), order("a", "EUR", 1)];
    const devices = [device("b", "2026-11-27T11:00:00Z", 2), device("b", null, 1)];
    const [a, b] = daysOf([...visits, planned, off], orders, devices, []);
    expect(a).toMatchObject({ name: "A", visits: 0, orders: 1, first: null, seen: null });
    expect(b).toMatchObject({
      visits: 1,
      running: 1,
      planned: 1,
      calledOff: 1,
      first: "2026-11-27T09:00:00Z",
      last: "2026-11-27T10:00:00Z",
      orders: 3,
      totals: [["EUR", 150], ["USD", 7]],
      unsent: 3,
      seen: "2026-11-27T11:00:00Z",
    }); // prettier-ignore
  });

  it("counts what was ordered: no quote, no draft, nothing that was given back or withdrawn", () => {
    const orders = ["quote", "draft", "rejected", "cancelled"].map((state) => order("b", "EUR", 1, state));
    const counted = ["submitted", "to_approve", "prices_differ", "accepted"];
    const [b] = daysOf([], [...orders, ...counted.map((state) => order("b", "EUR", 10, state))], [], []);
    expect(b).toMatchObject({ orders: 4, totals: [["EUR", 40]] });
  });

  it("tells of every rep who works here, and of nobody else who did nothing", () => {
    const people = [person("d"), person("c"), person("left", "rep", false), person("desk", "office")];
    const days = daysOf([visit("d", "2026-11-27T10:00:00Z", "checked_out")], [], [device("c", null, 3)], people);
    expect(days.map(({ name, visits, unsent }) => [name, visits, unsent])).toEqual([
      ["C", 0, 3],
      ["D", 1, 0],
    ]);
  });
});
