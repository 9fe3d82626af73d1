// What became of held work, and what the device keeps of it until its person has read it.

import { expect, test } from "vitest";

import type { Device } from "../shell/device.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyChanges, applyCreation, applyCreationBy, changesOnVisit, RECORD } from "../testing/pages.ts";
import type * as wire from "../wire/frames.gen.ts";
import { sha256 } from "../wire/proofs.ts";
import * as apply from "./apply.ts";
import * as receipts from "./receipts.ts";

const OFFICE = "01a1c478-9800-7abc-9abc-1abc1abc1abc";
const AT_MS = 1_795_161_700_000;
const visit = { state: "checked_in", checked_in_at: 1_795_161_660_000, notes: "Asked for samples." };

const mark = (position: bigint): wire.Mark => ({ position, chain: new Uint8Array(16) });
const held: wire.Outcome = { held: { code: "late_review", rule: "L5", path: [], text: "It is to be looked at." } };

/** A visit created and edited, whose two items were then held. */
async function heldVisit(): Promise<{ world: World; device: Device; record: string }> {
  const world = new World();
  const device = await world.device();
  const { record } = await device.create("visit", ACCOUNT, visit);
  await device.edit(record, [{ set: { path: ["outcome"], value: "follow_up" } }]);
  const answers = [1n, 2n].map((number) => ({ number, position: number, outcome: held }));
  await device.transaction((tx) => receipts.handle(tx, { mark: mark(2n), receipts: answers }));
  return { world, device, record };
}

/** The entry with an item's fate comes in a page. */
function fate(device: Device, number: number, what: string, by: string, position: bigint): Promise<unknown> {
  return device.transaction(async (tx) => {
    const bytes = tx.item(number)?.bytes ?? new Uint8Array();
    const { person, device: id, store_generation } = tx.device;
    const author = { person, device: id, store_generation, number: BigInt(number) };
    const entry = { fate: { author, fate: what, by, text: "Another rep was there first.", item: sha256(bytes) } };
    const body = { entries: [], fills: [] };
    const page = { from: 0n, upto: mark(position), more: false, body: new Uint8Array(), signature: new Uint8Array() };
    return await apply.handle(tx, { page, body, entries: [{ entry, position, atMs: AT_MS }] }, false);
  });
}

test("what the office gave up stays readable, with its reason, until the person has read it", async () => {
  const { world, device } = await heldVisit();
  await fate(device, 1, "discarded", OFFICE, 3n);
  await fate(device, 2, "re_authored", OFFICE, 4n);
  expect(await device.heldTray()).toEqual([]);
  const again = await world.device();
  expect(await again.status()).toMatchObject({ held: 0, notices: 2 });
  const [first, second] = await again.notices();
  expect(first).toMatchObject({
    number: 1,
    fate: "discarded",
    text: "Another rep was there first.",
    at: AT_MS,
    item: { what: "create", title: "Asked for samples.", sync: "held", wrote: { notes: visit.notes } },
  });
  expect(second).toMatchObject({
    number: 2,
    fate: "re_authored",
    item: { what: "edit", wrote: { outcome: "follow_up" } },
  });
});

test("b8 a record that the office made of held work is the office's on the device that wrote it, too", async () => {
  const device = await new World().device();
  const remark = { subject_id: ACCOUNT, body: "Well done." };
  const { record } = await device.create("comment", ACCOUNT, remark);
  const answer = { number: 1n, position: 2n, outcome: held };
  await device.transaction((tx) => receipts.handle(tx, { mark: mark(2n), receipts: [answer] }));
  await applyCreationBy(device, OFFICE, [record, "comment", remark]);
  await fate(device, 1, "re_authored", OFFICE, 4n);
  expect(await device.record(record)).toMatchObject({ fields: { body: "Well done." } });
  const edit = device.edit(record, [{ set: { path: ["body"], value: "Very well done." } }]);
  await expect(edit).rejects.toMatchObject({ code: "not_permitted" });
});

test("a notice that was dismissed is gone, and comes back when that is undone", async () => {
  const { world, device } = await heldVisit();
  await fate(device, 1, "discarded", OFFICE, 3n);
  const [notice] = await device.notices();
  if (notice === undefined) throw new Error("there is no notice");
  await device.dismissNotice(notice.key);
  expect(await (await world.device()).notices()).toEqual([]);
  await device.keepNotice(notice);
  expect(await (await world.device()).notices()).toEqual([notice]);
});

test("s3 a notice of the device that was before does not take the place of one of this device", async () => {
  const before = await heldVisit();
  await fate(before.device, 1, "discarded", OFFICE, 3n);
  const [carried] = await before.device.notices();
  if (carried === undefined) throw new Error("there is no notice");
  const { device } = await heldVisit();
  await device.transaction((tx) => {
    tx.putDevice({ device: "01a1f2d1-d400-71d1-91d1-d2d2d2d2d2d2" });
    return Promise.resolve();
  });
  await fate(device, 1, "re_authored", OFFICE, 3n);
  await device.keepNotice(carried);
  expect((await device.notices()).map((notice) => notice.fate).sort()).toEqual(["discarded", "re_authored"]);
});

test("what the person decided about their own work is no news to them", async () => {
  const { device } = await heldVisit();
  await fate(device, 1, "discarded", (await device.identity())?.person ?? "", 3n);
  expect(await device.notices()).toEqual([]);
  expect(await device.heldTray()).toHaveLength(1);
});

test("b2 held work stays readable, and can be captured anew, when what it builds on got its fate before it", async () => {
  const { world, device, record } = await heldVisit();
  // Captured anew by the person, taken, and gone from the tray with its fate.
  expect((await device.reapply(1)).number).toBe(3);
  const taken: wire.Receipt = { number: 3n, position: 3n, outcome: { in_record: { late: false } } };
  await device.transaction((tx) => receipts.handle(tx, { mark: mark(3n), receipts: [taken] }));
  await fate(device, 1, "re_applied", (await device.identity())?.person ?? "", 4n);
  const again = await world.device();
  const [left] = await again.heldTray();
  expect(left).toMatchObject({ number: 2, reapply: "now", wrote: { outcome: "follow_up", notes: visit.notes } });
  await again.reapply(2);
  expect(await again.record(record)).toMatchObject({ fields: { ...visit, outcome: "follow_up" } });
});

/** A visit of the record that was edited here and held, and of which the office set the next step meanwhile. */
async function heldBehindOffice(mine: Readonly<Record<string, string>>): Promise<{ world: World; device: Device }> {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", visit);
  const edits = Object.entries(mine).map(([name, value]) => ({ set: { path: [name], value } }));
  await device.edit(RECORD, edits);
  const answer = { number: 1n, position: 2n, outcome: held };
  await device.transaction((tx) => receipts.handle(tx, { mark: mark(2n), receipts: [answer] }));
  await applyChanges(device, changesOnVisit(visit, "next_step", ["Call on Monday"]));
  return { world, device };
}

test("b9 what others wrote meanwhile stands, and what does not is kept until it was read", async () => {
  const { world, device } = await heldBehindOffice({ next_step: "Send samples", outcome: "follow_up" });
  expect(await device.reapply(1)).toMatchObject({ record: RECORD, number: 2, overruled: [["next_step"]] });
  const again = await world.device();
  expect(await again.record(RECORD)).toMatchObject({ fields: { next_step: "Call on Monday", outcome: "follow_up" } });
  expect(await again.notices()).toMatchObject([
    { number: 1, fate: "overruled", item: { kind: "visit", record: RECORD, account: ACCOUNT } },
  ]);
  expect((await again.notices())[0]?.item.wrote).toEqual({ next_step: "Send samples" });
});

test("b10 work of which nothing stands is given up only with a word of what it was", async () => {
  const { world, device } = await heldBehindOffice({ next_step: "Send samples" });
  expect(await device.reapply(1)).toMatchObject({ number: 2, overruled: [["next_step"]] });
  const again = await world.device();
  expect(await again.outbox()).toMatchObject([{ number: 2, what: "discard" }]);
  expect(await again.heldTray()).toMatchObject([{ number: 1, reapply: "underway" }]);
  await fate(again, 1, "discarded", (await again.identity())?.person ?? "", 5n);
  expect(await again.heldTray()).toEqual([]);
  expect(await again.notices()).toMatchObject([{ fate: "overruled", item: { wrote: { next_step: "Send samples" } } }]);
});

test("b9 what the record says already is not captured anew, and nothing is told", async () => {
  const { device } = await heldBehindOffice({ next_step: "Call on Monday" });
  await expect(device.reapply(1)).rejects.toMatchObject({ code: "nothing_changed" });
  expect(await device.notices()).toEqual([]);
});
