// What a person can read of work that is in the record: that it came, and whether it came late.

import { expect, test } from "vitest";

import { ACCOUNT, World } from "../testing/offline.ts";
import type * as wire from "../wire/frames.gen.ts";
import * as apply from "./apply.ts";
import * as leave from "./leave.ts";
import * as receipts from "./receipts.ts";

const mark = (position: bigint): wire.Mark => ({ position, chain: new Uint8Array(16) });

test("work that came is told of, in time or late, once the device has passed it, and outlives a restart", async () => {
  const world = new World();
  const device = await world.device();
  const names: string[] = [];
  for (const subject of ["In time", "Late", "Held"]) {
    names.push((await device.create("visit", ACCOUNT, { state: "planned", subject })).record);
  }
  const taken = (late: boolean): wire.Outcome => ({ in_record: { late } });
  const outcomes: wire.Outcome[] = [
    taken(false),
    taken(true),
    { held: { code: "late_review", rule: "L5", path: [], text: "It is to be looked at." } },
  ];
  const answers = outcomes.map((outcome, n) => ({ number: BigInt(n + 1), position: BigInt(n + 1), outcome }));
  await device.transaction((tx) => receipts.handle(tx, { mark: mark(3n), receipts: answers }));
  expect((await device.outbox()).map(({ sync }) => sync)).toEqual(["on_the_server", "on_the_server"]);
  expect(await device.arrived()).toEqual([]);

  const body = { entries: [], fills: [] };
  const page = { from: 0n, upto: mark(3n), more: false, body: new Uint8Array(), signature: new Uint8Array() };
  await device.transaction((tx) => apply.handle(tx, { page, body, entries: [] }, false));
  expect(await device.outbox()).toEqual([]);
  const told = [
    { record: names[0], title: "In time", sync: "in_the_record", what: "create" },
    { record: names[1], title: "Late", sync: "late", what: "create" },
  ];
  expect(await device.arrived()).toMatchObject(told);
  expect(await (await world.device()).arrived()).toMatchObject(told);

  // A device that is wiped keeps no word of it (rule W3).
  const again = await world.device();
  await again.transaction((tx) => {
    leave.order(tx);
    leave.wipeWhenEmpty(tx, world.now);
    return Promise.resolve();
  });
  expect(await again.arrived()).toEqual([]);
});
