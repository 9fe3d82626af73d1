// What the office says of accounts that change hands, and what a device keeps of it until its person has read it.

import { expect, test } from "vitest";

import type { Device } from "../shell/device.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyPage } from "../testing/pages.ts";

const COMES = "01a1f7f9-1a60-7abc-8abc-000000000001";
const LEAVES = "01a1f7f9-1a60-7abc-8abc-000000000002";
const OTHER = "01a1f7f9-1a60-7abc-8abc-000000000003";

const idOf = (device: Device): Promise<string> => device.transaction((tx) => Promise.resolve(tx.device.device));

async function granted(device: Device, lease: string, account: string, note: string | null): Promise<void> {
  const id = await idOf(device);
  const grants = [{ lease, subject: { account }, root: null }];
  await applyPage(device, { entry: { granted: { device: id, grants, note } } });
}

async function withdrawn(device: Device, lease: string, note: string | null): Promise<void> {
  const id = await idOf(device);
  const entry = { withdrawn: { device: id, leases: [lease], policy: "accept" as const, grace_until_ms: 0n, note } };
  await applyPage(device, { entry });
}

const told = async (device: Device): Promise<unknown[]> =>
  (await device.handovers()).map(({ lease, gained, note }) => [lease, gained, note]);

test("l12 notes on accounts that came and left are kept until they are read, and reading can be taken back", async () => {
  const world = new World();
  const device = await world.device();
  await granted(device, COMES, OTHER, "Call them first.");
  await granted(device, LEAVES, ACCOUNT, null);
  expect(await told(device)).toEqual([[COMES, true, "Call them first."]]);
  await withdrawn(device, LEAVES, "Ben knows them.");
  expect(await told(device)).toEqual([
    [COMES, true, "Call them first."],
    [LEAVES, false, "Ben knows them."],
  ]);
  const again = await world.device();
  const kept = await again.handovers();
  expect(kept).toHaveLength(2);
  expect(await again.status()).toMatchObject({ handovers: 2, notices: 0 });
  await again.dismissHandovers([COMES, LEAVES]);
  expect(await told(await world.device())).toEqual([]);
  await again.keepHandovers(kept);
  expect(await again.handovers()).toEqual(kept);
});

test("l12 a blank is no note, and what was said of a grant goes with it", async () => {
  const device = await new World().device();
  await granted(device, COMES, OTHER, " ");
  expect(await told(device)).toEqual([]);
  await granted(device, LEAVES, OTHER, "Yours.");
  await withdrawn(device, LEAVES, null);
  expect(await told(device)).toEqual([]);
});
