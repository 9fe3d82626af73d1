// What is damaged in the store is let go of, comes anew with a heal, and takes nothing along that was captured on it.

import { expect, test } from "vitest";

import type { ReplicaError } from "../client.ts";
import type { Device } from "../shell/device.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyChanges, applyCreation, applyPage, changesOnVisit, healPart, RECORD } from "../testing/pages.ts";
import * as receipts from "./receipts.ts";

const VISIT = { state: "planned", subject: "Tulips for the lobby" };

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error as ReplicaError).code,
  );

/** A device with a visit that the record has, and its digest. */
async function withVisit(): Promise<{ world: World; device: Device; digest: bigint }> {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", VISIT);
  return { world, device, digest: (await world.read()).device.digest };
}

/** Spoils bytes in the middle of what is kept of the record, as a failing disk does. */
async function damage(device: Device): Promise<void> {
  await device.transaction(async (tx) => {
    const row = await tx.record(RECORD);
    if (row === undefined) throw new Error("the record is not there");
    const accepted = row.accepted.map((byte, n) => (n > 20 && n < 60 ? byte ^ 0xff : byte));
    tx.putRecord({ ...row, accepted });
  });
}

const write = (device: Device, subject: string): Promise<{ readonly number: number }> =>
  device.edit(RECORD, [{ set: { path: ["subject"], value: subject } }]);

/** The server's word on an item: it is held. */
async function hold(device: Device, number: number): Promise<void> {
  const held = { code: "late_review", rule: "L5", path: [], text: "It is to be looked at." };
  const mark = { position: 1n, chain: new Uint8Array(16) };
  const receipt = { number: BigInt(number), position: 1n, outcome: { held } };
  await device.transaction((tx) => receipts.handle(tx, { mark, receipts: [receipt] }));
}

test("a page that changes a damaged record goes through, and the record shows in the digests until it has come anew", async () => {
  const { world, device, digest } = await withVisit();
  await damage(device);
  const before = (await world.read()).device.cursor.position;
  await applyChanges(device, changesOnVisit(VISIT, "subject", ["Roses"]));
  const read = await world.read();
  expect(read.device.cursor.position).toBe(before + 1n);
  expect(read.device.digest).toBe(0n);
  expect(await read.recordDigests(ACCOUNT)).toEqual([]);
  await applyPage(device, { part: healPart(VISIT, 0, null) });
  expect(await device.record(RECORD)).toMatchObject({ fields: VISIT });
  expect((await world.read()).device.digest).toBe(digest);
});

test("what waits on a damaged record stays in the outbox, byte for byte, and stands on what comes anew", async () => {
  const { world, device, digest } = await withVisit();
  const { number } = await write(device, "Roses");
  const { bytes } = (await world.read()).item(number) ?? {};
  await damage(device);
  await applyChanges(device, changesOnVisit(VISIT, "outcome", ["order"]));
  expect((await world.read()).item(number)).toMatchObject({ bytes, tray: false, receipt: null });
  expect(await device.status()).toMatchObject({ waiting: 1 });
  await applyPage(device, { part: healPart(VISIT, 0, null) });
  expect(await device.record(RECORD)).toMatchObject({ fields: { subject: "Roses" }, writable: true });
  expect((await world.read()).device.digest).toBe(digest);
});

test("what was held on a damaged record stays in the tray, and what is written next is on the branch after it", async () => {
  const { world, device } = await withVisit();
  const { number } = await write(device, "Roses");
  await hold(device, number);
  await damage(device);
  expect(await codeOf(device.record(RECORD))).toBe("unreadable_record");
  await applyPage(device, { part: healPart(VISIT, 0, null) });
  expect(await device.heldTray()).toMatchObject([{ number, record: RECORD, wrote: { subject: "Roses" } }]);
  expect(await device.record(RECORD)).toMatchObject({ fields: VISIT });
  expect(await (await world.read()).record(RECORD)).toMatchObject({ branch: 1 });
});

test("whoever opens or edits a damaged record is told to sync, and finds it whole once it has come", async () => {
  const { world, device, digest } = await withVisit();
  await damage(device);
  expect(await codeOf(write(device, "Roses"))).toBe("unreadable_record");
  expect((await world.read()).device.digest).toBe(0n);
  expect(await codeOf(write(device, "Roses"))).toBe("unreadable_record");
  expect(await device.record(RECORD)).toBeNull();
  expect(await device.outbox()).toEqual([]);
  await applyPage(device, { part: healPart(VISIT, 0, null) });
  await write(device, "Roses");
  expect(await device.record(RECORD)).toMatchObject({ fields: { subject: "Roses" } });
  expect((await world.read()).device.digest).toBe(digest);
});

test("held work on a damaged record is told before anybody opens the record, and waits for it", async () => {
  const { device } = await withVisit();
  const { number } = await write(device, "Roses");
  await hold(device, number);
  await damage(device);
  expect(await device.status()).toMatchObject({ held: 1 });
  expect(await device.heldTray()).toMatchObject([{ number, reapply: "unreadable_record" }]);
});
