// Rules D3 and D4: what a heal takes away, and records that begin anew.

import { expect, test } from "vitest";

import { ACCOUNT, World } from "../testing/offline.ts";
import { applyCreation, applyPage, healPart, RECORD } from "../testing/pages.ts";

const visit = (subject: string): { state: string; subject: string } => ({ state: "planned", subject });

test("d3 a record that is gone is removed, with its share of the digests", async () => {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", visit("Long ago"));
  await applyPage(device, { part: healPart(null, 0, [RECORD]) });
  const read = await world.read();
  expect(await read.record(RECORD)).toBeUndefined();
  expect(read.device.digest).toBe(0n);
  expect(await device.record(RECORD)).toBeNull();
});

test("d3 while work waits in it, it is kept and not counted, and goes when the work is taken back", async () => {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", visit("Long ago"));
  const { number } = await device.edit(RECORD, [{ set: { path: ["subject"], value: "Not forgotten" } }]);
  await applyPage(device, { part: healPart(null, 0, [RECORD]) });
  expect((await world.read()).device.digest).toBe(0n);
  expect(await (await world.read()).recordDigests(ACCOUNT)).toEqual([]);
  expect(await device.record(RECORD)).toMatchObject({ fields: visit("Not forgotten") });
  expect(await device.undo(number)).toBe(true);
  expect(await (await world.read()).record(RECORD)).toBeUndefined();
});

test("d4 the next generation begins a record anew, and what is of an older one changes nothing", async () => {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", visit("First"));
  await applyCreation(device, "visit", visit("Second"), 1);
  expect(await device.record(RECORD)).toMatchObject({ fields: visit("Second") });
  const { digest } = (await world.read()).device;
  await applyCreation(device, "visit", visit("First"));
  await applyPage(device, { part: healPart(visit("First"), 0, null) });
  const read = await world.read();
  expect(await read.record(RECORD)).toMatchObject({ generation: 1, digest });
  expect(read.device.digest).toBe(digest);
  await applyPage(device, { part: healPart(visit("Third"), 2, null) });
  expect(await device.record(RECORD)).toMatchObject({ fields: visit("Third") });
  const after = await world.read();
  expect(await after.record(RECORD)).toMatchObject({ generation: 2, digest: after.device.digest });
});
