// Rule S3: what becomes of work in a store that was set aside.

import { expect, test } from "vitest";

import type { Notice } from "../client.ts";
import type { Fields } from "../model/value.ts";
import { carryOver } from "../shell/asides.ts";
import type { Device } from "../shell/device.ts";
import { Keeper } from "../shell/keeper.ts";
import { ACCOUNT, TERRITORY, World } from "../testing/offline.ts";
import { applyChanges, applyCreation, applyPage, changesOnVisit, decided, PERSON, RECORD } from "../testing/pages.ts";
import { changesOf, requestOf } from "./content.ts";
import { carry, type Left } from "./recover.ts";

const visit = { state: "planned", subject: "Autumn list" };

/** What somebody at the office wrote into the visit's subject, one value after the other. */
const written = (subjects: readonly string[]): Uint8Array[] => changesOnVisit(visit, "subject", subjects);

/** A device on which the visit was edited, and nothing was sent. */
async function edited(subject: string): Promise<{ world: World; device: Device }> {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "visit", visit);
  await device.edit(RECORD, [{ set: { path: ["subject"], value: subject } }]);
  return { world, device };
}

/** The device's store is set aside, the fresh one filled with what the server has, and the work carried over. */
async function setAside(world: World, device: Device, fill: (keeper: Keeper) => Promise<void>): Promise<Keeper> {
  await device.close();
  const keeper = await Keeper.open(world.platform, () => undefined);
  const cursor = { position: 0n, chain: new Uint8Array(16) };
  await keeper.renew({ store_generation: 2, cursor, nonce: new Uint8Array(16), text: "a copy was in use" });
  await keeper.transaction((tx) => {
    const lease = "01a1f7f9-1a60-7f1f-9f1f-1f1f1f1f1f1f";
    tx.putLease({ lease, subject: { account: ACCOUNT }, state: "open", late: null, note: null });
    return Promise.resolve();
  });
  await fill(keeper);
  await carryOver(keeper);
  return keeper;
}

/** The server has the visit, and these changes of it. */
const withChanges =
  (changes: readonly Uint8Array[]) =>
  async (keeper: Keeper): Promise<void> => {
    await applyCreation(keeper, "visit", visit);
    await applyChanges(keeper, changes);
  };

/** What a crash leads to before the store is done with: the record is carried over again. What could not be. */
async function carriedAgain(world: World, keeper: Keeper): Promise<Left[]> {
  const old = await world.read(1);
  return await keeper.transaction((tx) => carry(old, tx, world.now, RECORD));
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
  const keeper = await setAside(world, device, withChanges(theirs));
  expect(keeper.look().waiting()).toEqual([]);
  expect(await carriedAgain(world, keeper)).toEqual([]);
  const { fields, notices } = await told(world, keeper);
  expect(fields).toMatchObject({ subject: "Theirs" });
  expect(notices).toMatchObject([
    { fate: "overruled", number: 1, item: { record: RECORD, account: ACCOUNT, wrote: { subject: "Mine" } } },
  ]);
});

test("s3 what was never sent and was changed by others before the device heard of it is told", async () => {
  const { world, device } = await edited("Mine");
  const keeper = await setAside(world, device, withChanges(written(["Theirs"])));
  expect(keeper.look().waiting()).toEqual([]);
  const { fields, notices } = await told(world, keeper);
  expect(fields).toMatchObject({ subject: "Theirs" });
  expect(notices).toMatchObject([{ fate: "overruled", item: { wrote: { subject: "Mine" } } }]);
});

test("s3 what nobody else changed is captured again, and nothing is told", async () => {
  const { world, device } = await edited("Mine");
  const keeper = await setAside(world, device, withChanges([]));
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
  const keeper = await setAside(world, device, withChanges([...mine, ...theirs]));
  expect(await told(world, keeper)).toMatchObject({ fields: { subject: "Theirs" }, notices: [] });
});

/** A device that asked for the order to be submitted, and did not hear the answer. */
async function asked(): Promise<{ world: World; device: Device; request: string }> {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "order", order);
  await device.request("submit", RECORD);
  const item = (await world.read()).item(1);
  return { world, device, request: (item && requestOf(item)?.id) ?? "" };
}

const LINE = { position: 1, sku: "11", quantity: 3, unit_price_minor: 999 };
const order = { state: "draft", currency: "EUR", lines: { [TERRITORY]: LINE } };
const leftOf = (keeper: Keeper): unknown => keeper.enrolled.asides.map(({ left }) => left);

const SOMEBODY_ELSE = "01a1c478-9800-7aaa-aaaa-aaaaaaaaaaaa";

/** The server has the order, submitted upon a request. */
const withSubmitted =
  (request: string | null, by = PERSON) =>
  async (keeper: Keeper): Promise<void> => {
    await applyCreation(keeper, "order", order);
    const decision = decided("submit", "submitted", { by, request });
    await applyPage(keeper, { entry: { decision } });
  };

test("s3 what was asked for and never sent is asked for again, once", async () => {
  const { world, device } = await asked();
  const keeper = await setAside(world, device, (fresh) => applyCreation(fresh, "order", order));
  expect(await carriedAgain(world, keeper)).toEqual([]);
  const waiting = keeper.look().waiting();
  expect(waiting.map((item) => requestOf(item))).toMatchObject([{ verb: "submit", record: RECORD }]);
  expect(leftOf(keeper)).toEqual([[]]);
  keeper.close();
});

test("s3 an order that nobody but the old store has is captured again with what was asked for", async () => {
  const world = new World();
  const device = await world.device();
  const { record } = await device.create("order", ACCOUNT, { ...order, lines: [{ id: TERRITORY, ...LINE }] });
  await device.request("submit", record);
  const keeper = await setAside(world, device, () => Promise.resolve());
  const [creation, request, ...others] = keeper.look().waiting();
  expect(creation && changesOf(creation)).toMatchObject({ record, new: { kind: "order" } });
  expect(request && requestOf(request)).toMatchObject({ verb: "submit", record });
  expect(others).toEqual([]);
  expect(leftOf(keeper)).toEqual([[]]);
  keeper.close();
});

test("s3 what was asked for, and granted without the device having heard of it, is no loss", async () => {
  const { world, device, request } = await asked();
  const keeper = await setAside(world, device, withSubmitted(request));
  expect(keeper.look().waiting()).toEqual([]);
  expect(leftOf(keeper)).toEqual([[]]);
  keeper.close();
});

test("s3 what its person asked for and got elsewhere is no loss", async () => {
  const { world, device } = await asked();
  const keeper = await setAside(world, device, withSubmitted(null));
  expect(keeper.look().waiting()).toEqual([]);
  expect(leftOf(keeper)).toEqual([[]]);
  keeper.close();
});

test("s3 what can be asked for no more stays in the old store, with the code that says why", async () => {
  const { world, device } = await asked();
  const keeper = await setAside(world, device, withSubmitted(null, SOMEBODY_ELSE));
  expect(keeper.look().waiting()).toEqual([]);
  expect(leftOf(keeper)).toEqual([[{ record: RECORD, code: "wrong_state" }]]);
  keeper.close();
});

test("s3 a correction that was not sent is captured again whole, once", async () => {
  const world = new World();
  const device = await world.device();
  await applyCreation(device, "order", order);
  await applyPage(device, { entry: { decision: decided("submit", "submitted") } });
  await device.correct(RECORD, [{ set: { path: ["reference"], value: "B-2" } }]);
  const keeper = await setAside(world, device, withSubmitted(null));
  const whats = (): unknown =>
    keeper
      .look()
      .waiting()
      .map((item) => requestOf(item)?.verb ?? "changes");
  expect(whats()).toEqual(["reopen", "changes", "submit"]);
  expect(await carriedAgain(world, keeper)).toEqual([]);
  expect(whats()).toEqual(["reopen", "changes", "submit"]);
  expect(leftOf(keeper)).toEqual([[]]);
  keeper.close();
});

test("s3 what the office decided and is still to be read comes along", async () => {
  const { world, device } = await edited("Mine");
  const [item] = await device.outbox();
  if (item === undefined) throw new Error("nothing was captured");
  const notice = { key: "1/9", number: 9, fate: "discarded", text: "It was there twice.", at: 5, item };
  await device.keepNotice(notice);
  const keeper = await setAside(world, device, withChanges([]));
  expect((await told(world, keeper)).notices).toEqual([notice]);
});

test("s3 what was written on a damaged record that has not come anew is no nothing: it stays in the store set aside, and counts", async () => {
  const { world, device } = await edited("Mine");
  await device.transaction(async (tx) => {
    const row = await tx.record(RECORD);
    if (row === undefined) throw new Error("the record is not there");
    tx.putRecord({ ...row, accepted: row.accepted.map((byte, n) => (n > 20 && n < 60 ? byte ^ 0xff : byte)) });
  });
  await device.record(RECORD).catch(() => undefined);
  const keeper = await setAside(world, device, () => Promise.resolve());
  expect(keeper.enrolled.asides).toMatchObject([{ carried: true, left: [{ code: "unreadable_record" }] }]);
  keeper.close();
});
