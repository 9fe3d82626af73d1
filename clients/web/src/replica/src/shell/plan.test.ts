// The plan on a device without a network: what waits stands apart, what is captured counts at once, and the day is planned.

import { expect, test } from "vitest";

import { kindNamed } from "../model/model.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyCreation, PERSON, RECORD } from "../testing/pages.ts";

/** The world's now is at noon on 20 November 2026, in UTC. */
const NOON = 1_795_161_660_000;
const DAY = 86_400_000;
const NOTHING = { visits_made: 0, visits_planned: 0, promises_due: 0, turnover: [] };

test("what waits stands beside the record, and a change that waits counts as a difference", async () => {
  const device = await new World().device();
  // In the record: a visit that is planned for today.
  await applyCreation(device, "visit", { state: "planned", planned_start: NOON + 3_600_000 });
  const before = await device.month("2026-11", 0);
  expect(before.record).toMatchObject({ visits_planned: 1, planned_made: 0, visits_made: 0 });
  expect(before.waiting).toMatchObject(NOTHING);
  // It is made, and an order is taken: both wait.
  await device.edit(RECORD, [
    { set: { path: ["state"], value: "checked_out" } },
    { set: { path: ["checked_in_at"], value: NOON } },
    { set: { path: ["next_step"], value: "Bring the list" } },
    { set: { path: ["next_step_due"], value: "2026-11-25" } },
  ]);
  const line = { sku: "11", quantity: 2, unit_price_minor: 750 };
  const lines = { "01234567-89ab-7def-8123-456789abcdef": line };
  const order = await device.create("order", ACCOUNT, {
    state: "draft",
    currency: "EUR",
    order_date: "2026-11-20",
    lines,
  });
  await device.request("submit", order.record);
  const after = await device.month("2026-11", 0);
  expect(after.record).toEqual(before.record);
  expect(after.waiting).toMatchObject({
    visits_made: 1,
    planned_made: 1,
    visits_planned: 0,
    promises_due: 1,
    turnover: [{ currency: "EUR", orders: 1, amount_minor: 1_500, quotes: 0 }],
  });
  expect(after.held).toMatchObject(NOTHING);
  expect((await device.month("2026-12", 0)).waiting).toMatchObject(NOTHING);
  await expect(device.month("November", 0)).rejects.toMatchObject({ code: "bad_period" });
});

test("the tasks that are listed as one's own are those that the month counts", async () => {
  const device = await new World().device();
  const other = "01a1c478-9800-7070-b070-7070707070cc";
  const task = async (subject: string, more: Record<string, string>): Promise<unknown> =>
    await device.create("task", ACCOUNT, { subject, state: "open", due: "2026-11-25", ...more });
  await task("written down", {});
  await task("assigned", { assignee_id: PERSON, department_id: other });
  await task("another's", { assignee_id: other });
  await task("a department's", { department_id: other });
  const subjects = async (mine: boolean): Promise<string[]> =>
    (await device.list({ kind: "task", state: "open", mine })).records.map(({ title }) => title).toSorted();
  expect(await subjects(true)).toEqual(["assigned", "written down"]);
  expect(await subjects(false)).toEqual(["a department's", "another's"]);
  expect((await device.month("2026-11", 0)).waiting.promises_due).toBe(2);
});

test("the clock says which day it is", async () => {
  const device = await new World().device();
  await device.create("visit", ACCOUNT, { state: "checked_out", checked_in_at: Date.parse("2026-11-19T23:30:00Z") });
  expect((await device.month("2026-11-20", 60)).waiting.visits_made).toBe(1);
  expect((await device.month("2026-11-20", 0)).waiting.visits_made).toBe(0);
});

test("who was visited is not due any more, and the day is planned from what is there", async () => {
  const world = new World();
  const device = await world.device();
  const shop = await device.newAccount({ name: "Corner Shop", latitude_microdeg: 1_000_000, longitude_microdeg: 0 });
  const deli = await device.newAccount({ name: "Deli", latitude_microdeg: 1_100_000, longitude_microdeg: 0 });
  const far = await device.newAccount({ name: "Far Away", latitude_microdeg: 9_000_000, longitude_microdeg: 0 });
  expect((await device.due(0)).map(({ standing }) => standing)).toEqual(["never", "never", "never"]);
  const planned = await device.create("visit", deli.record, { state: "planned", planned_start: NOON });
  const day = await device.plan({}, 0);
  expect(day.stops.map(({ title }) => title)).toEqual(["Corner Shop", "Deli"]);
  expect(day).toMatchObject({ length_m: 11_120, shortest_m: 11_120, left_over: 1, start: null });
  expect(day.stops[1]).toMatchObject({ visit: planned.record, starts_ms: NOON });
  // The person has the last word.
  const wish = { add: [far.record], leave_out: [shop.record], order: [planned.record, far.record] };
  expect((await device.plan(wish, 0)).stops.map(({ title }) => title)).toEqual(["Deli", "Far Away"]);
  await device.create("visit", shop.record, { state: "checked_out", checked_in_at: NOON - DAY });
  const due = await device.due(0);
  const waiting = due.filter(({ standing }) => standing !== "in_time").map(({ title }) => title);
  expect(waiting.sort()).toEqual(["Deli", "Far Away"]);
  expect(due.find(({ title }) => title === "Corner Shop")).toMatchObject({ last_visit: "2026-11-19", every_days: 90 });
  expect((await device.plan({}, 0)).stops.map(({ title }) => title)).toEqual(["Deli"]);
  // A device that is opened anew reads the same from its rows.
  await device.close();
  expect(await (await world.device()).due(0)).toEqual(due);
});

test("rows of a store from before the plan are made anew", async () => {
  const world = new World();
  const first = await world.device();
  await applyCreation(first, "visit", { state: "checked_out", checked_in_at: NOON });
  await first.transaction(async (tx) => {
    const [view] = await tx.memory.store.many("view", [RECORD]);
    if (view === undefined) throw new Error("there is no row");
    const row = { ...view };
    delete row.plan;
    tx.putView(row);
    tx.putDevice({ kinds: { visit: kindNamed("visit")?.version ?? 0 } });
  });
  expect((await first.month("2026-11", 0)).record.visits_made).toBe(0);
  await first.close();
  const second = await world.device();
  // Whatever is written waits until the rows are made.
  await second.create("visit", ACCOUNT, { state: "planned", planned_start: NOON });
  expect(await second.month("2026-11", 0)).toMatchObject({ person: PERSON, record: { visits_made: 1 } });
});

test("an account names its outlets and whom it referred, without a network, by what waits too", async () => {
  const world = new World();
  const device = await world.device();
  const chain = await device.newAccount({ name: "Chain" });
  const outlet = await device.newAccount({ name: "Outlet South", parent_id: chain.record });
  await device.newAccount({ name: "Outlet North", parent_id: chain.record });
  await device.newAccount({ name: "Friend", referred_by_id: chain.record });
  await device.newAccount({ name: "Nobody's" });
  const titles = async (): Promise<readonly (readonly string[])[]> => {
    const { outlets, referred } = await device.linked(chain.record);
    return [outlets, referred].map((rows) => rows.map(({ title }) => title));
  };
  expect(await titles()).toEqual([["Outlet North", "Outlet South"], ["Friend"]]);
  expect(await device.linked(outlet.record)).toEqual({ outlets: [], referred: [] });
  expect((await device.record(outlet.record))?.fields["parent_id"]).toBe(chain.record);
});
