// Rule V4: records of a kind that this version does not know.

import { expect, test } from "vitest";

import type { ReplicaError } from "../client.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { Device } from "../shell/device.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyCreation, PERSON, RECORD } from "../testing/pages.ts";
import { digestText, firstEight } from "../wire/proofs.ts";

const tulips = { state: "planned", subject: "Tulips for the lobby" };

test("v4 a record of an unknown kind is kept and counted, and not shown", async () => {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "spaceship", tulips);
  const read = await world.read();
  const row = await read.record(RECORD);
  const [head] = document.headsOf(document.open(row?.accepted ?? new Uint8Array()));
  const digest = firstEight(digestText(read.device.digest_key, RECORD, 0, [head ?? ""]));
  expect(row).toMatchObject({ kind: "spaceship", account: ACCOUNT, creator: PERSON, digest });
  expect(read.device.digest).toBe(digest);
  expect(await read.recordDigests(ACCOUNT)).toEqual([{ record: RECORD, digest }]);
  expect(await device.record(RECORD)).toBeNull();
  expect(await device.search("tulips")).toEqual([]);
  const edit = device.edit(RECORD, [{ set: { path: ["subject"], value: "Roses" } }]);
  expect(await edit.catch((error: unknown) => (error as ReplicaError).code)).toBe("unknown_kind");
});

test("v4 a version that knows the kind shows the record from what is kept", async () => {
  const world = new World();
  const first = await world.device();
  await applyCreation(first, "visit", tulips);
  // As a version leaves it that did not know visits.
  await first.transaction((tx) => {
    tx.deleteView(RECORD);
    tx.putDevice({ kinds: { account: 1, spaceship: 1 } });
    return Promise.resolve();
  });
  expect(await first.record(RECORD)).toBeNull();
  const second = await world.device();
  expect(await second.record(RECORD)).toMatchObject({ title: "Tulips for the lobby", writable: true });
  expect((await world.read()).device.kinds).toMatchObject({ visit: kindNamed("visit")?.version });
});

test("a full disk puts off what an update would show, and the device opens", async () => {
  const world = new World();
  const first = await world.device();
  await applyCreation(first, "visit", tulips);
  await first.transaction((tx) => {
    tx.deleteView(RECORD);
    tx.putDevice({ kinds: {} });
    return Promise.resolve();
  });
  await first.close();
  world.failure = new Error("no space");
  const second = await Device.open(world.platform);
  expect(await second.record(RECORD)).toBeNull();
  await second.close();
  world.failure = null;
  expect(await (await world.device()).record(RECORD)).not.toBeNull();
});
