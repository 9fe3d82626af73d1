// Rule S3: what becomes of work in a store that was set aside.

import { expect, test } from "vitest";

import type { Notice } from "../client.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import type { Fields } from "../model/value.ts";
import { carryOver } from "../shell/asides.ts";
import type { Device } from "../shell/device.ts";
import { Keeper } from "../shell/keeper.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyChanges, applyCreation, firstChange, RECORD } from "../testing/pages.ts";
import { changesOf } from "./content.ts";
import { carry } from "./recover.ts";

const visit = { state: "planned", subject: "Autumn list" };

/** What somebody at the office wrote into the visit's subject, one value after the other. */
function written(subjects: readonly string[]): Uint8Array[] {
  const spec = kindNamed("visit");
  if (spec === undefined) throw new Error("there is no visit");
  const chunks = [firstChange(visit)];
  for (const value of subjects) {
    const doc = document.merge(document.open(new Uint8Array(), "0f".repeat(16)), chunks);
    const chunk = document.edit(spec, doc, 0, [{ put: { path: ["subject"], value } }]);
    if (chunk !== null) chunks.push(chunk);
  }
  return chunks.slice(1);
}

/** A device on which the visit was edited, and nothing was sent. */
async function edited(subject: string): Promise<{ world: World; device: Device }> {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", visit);
  await device.edit(RECORD, [{ set: { path: ["subject"], value: subject } }]);
  return { world, device };
}

/** The device's store is set aside, the fresh one filled with what the server has, and the work carried over. */
async function setAside(world: World, device: Device, changes: readonly Uint8Array[]): Promise<Keeper> {
  await device.close();
  const keeper = await Keeper.open(world.platform, () => undefined);
  const cursor = { position: 0n, chain: new Uint8Array(16) };
  await keeper.renew({ store_generation: 2, cursor, nonce: new Uint8Array(16), text: "a copy was in use" });
  await keeper.transaction((tx) => {
    const lease = "01a1f7f9-1a60-7f1f-9f1f-1f1f1f1f1f1f";
    tx.putLease({ lease, subject: { account: ACCOUNT }, state: "open", late: null, note: null });
    return Promise.resolve();
  });
  await applyCreation(keeper, "visit", visit);
  await applyChanges(keeper, changes);
  await carryOver(keeper);
  return keeper;
}

/** What the device's person reads of work that does not stand. */
async function told(world: World, keeper: Keeper): Promise<{ fields: Fields | undefined; notices: readonly Notice[] }> {
  keeper.close();
  const device = await world.device();
  const told = { fields: (await device.record(RECORD))?.fields, notices: await device.notices() };
  await device.close();
  return told;
}

test("s3 what was never sent and lost against what came meanwhile is told", async () => {
  const { world, device } = await edited("Mine");
  // Twice, so that Automerge lets the office's value stand on the device as well.
  const theirs = written(["First", "Theirs"]);
  await applyChanges(device, theirs);
  expect(await device.record(RECORD)).toMatchObject({ fields: { subject: "Theirs" } });
  const keeper = await setAside(world, device, theirs);
  expect(keeper.look().waiting()).toEqual([]);
  // A crash before the store was done with: it is carried over again.
  const again = await world.read(1);
  await keeper.transaction((tx) => carry(again, tx, world.now, RECORD));
  const { fields, notices } = await told(world, keeper);
  expect(fields).toMatchObject({ subject: "Theirs" });
  expect(notices).toMatchObject([
    { fate: "overruled", number: 1, item: { record: RECORD, account: ACCOUNT, wrote: { subject: "Mine" } } },
  ]);
});

test("s3 what was never sent and was changed by others before the device heard of it is told", async () => {
  const { world, device } = await edited("Mine");
  const keeper = await setAside(world, device, written(["Theirs"]));
  expect(keeper.look().waiting()).toEqual([]);
  const { fields, notices } = await told(world, keeper);
  expect(fields).toMatchObject({ subject: "Theirs" });
  expect(notices).toMatchObject([{ fate: "overruled", item: { wrote: { subject: "Mine" } } }]);
});

test("s3 what nobody else changed is captured again, and nothing is told", async () => {
  const { world, device } = await edited("Mine");
  const keeper = await setAside(world, device, []);
  expect(keeper.look().waiting()).toMatchObject([{ number: 1, record: RECORD }]);
  expect(await told(world, keeper)).toMatchObject({ fields: { subject: "Mine" }, notices: [] });
});

test("s3 what the server has got already, under the old generation, is not told", async () => {
  const { world, device } = await edited("Mine");
  const theirs = written(["First", "Theirs"]);
  await applyChanges(device, theirs);
  const sent = (await world.read()).item(1);
  const mine = sent === undefined ? [] : (changesOf(sent)?.changes ?? []);
  expect(mine).toHaveLength(1);
  const keeper = await setAside(world, device, [...mine, ...theirs]);
  expect(await told(world, keeper)).toMatchObject({ fields: { subject: "Theirs" }, notices: [] });
});
