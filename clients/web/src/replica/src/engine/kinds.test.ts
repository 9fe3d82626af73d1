// Rule V4: records of a kind that this version does not know.

import { expect, test } from "vitest";

import type { ReplicaError } from "../client.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import type * as wire from "../wire/frames.gen.ts";
import { digestText, firstEight } from "../wire/proofs.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { handle, type Opened } from "./apply.ts";
import type { Device } from "../shell/device.ts";

const RECORD = "01a1f7f9-1a60-7abc-8abc-abcabcabcabc";
const PERSON = "01a1c478-9800-7ebe-bebe-bebebebebebe";

/** A visit's first change. */
function change(): Uint8Array {
  const spec = kindNamed("visit");
  if (spec === undefined) throw new Error("there is no visit");
  return document.create(spec, "a1".repeat(16), 0, { state: "planned", subject: "Tulips for the lobby" });
}

/** Applies a page with this entry, as if its signature had been checked. */
async function apply(device: Device, kind: string): Promise<void> {
  const author = { person: PERSON, device: null, store_generation: 0, number: 0n };
  const changes: wire.Taken = {
    record: RECORD,
    account: ACCOUNT,
    generation: 0,
    kind_version: 1,
    author,
    captured_ms: 0n,
    late: false,
    changes: [change()],
    creates: kind,
    opens: null,
  };
  await device.transaction(async (tx) => {
    const upto = { position: tx.device.cursor.position + 1n, chain: new Uint8Array(16) };
    const page = {
      from: tx.device.cursor.position,
      upto,
      body: new Uint8Array(),
      signature: new Uint8Array(64),
      more: false,
    };
    const opened: Opened = {
      page,
      body: { entries: [], fills: [] },
      entries: [{ entry: { changes }, position: upto.position, atMs: 1 }],
    };
    await handle(tx, opened, false);
  });
}

test("v4 a record of an unknown kind is kept and counted, and not shown", async () => {
  const world = new World();
  const device = await world.device();
  await apply(device, "spaceship");
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
  await apply(first, "visit");
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
  await apply(first, "visit");
  await first.transaction((tx) => {
    tx.deleteView(RECORD);
    tx.putDevice({ kinds: {} });
    return Promise.resolve();
  });
  await first.close();
  world.failure = new Error("no space");
  const { Device: Opening } = await import("../shell/device.ts");
  const second = await Opening.open(world.platform);
  expect(await second.record(RECORD)).toBeNull();
  await second.close();
  world.failure = null;
  expect(await (await world.device()).record(RECORD)).not.toBeNull();
});
