// What was practised: said in a hello when it is news, and no work at all.

import { expect, test } from "vitest";

import { World } from "../testing/offline.ts";
import { LIMITS } from "../wire/codec.ts";
import type { Facts, Frame } from "../wire/frames.gen.ts";
import { Session } from "./session.ts";
import type { Tx } from "./tx.ts";

const FACTS = { client: "test", store_bytes: 1n };

function session(tx: Tx): Session {
  const around = {
    endpoint: { origin: "http://127.0.0.1:1", path: "/v1/sync" },
    signer: () => Promise.resolve(new Uint8Array(64)),
    facts: FACTS,
    keeps: false,
    isHeldBack: () => false,
  };
  return new Session(around, tx.device);
}

const factsOf = (frame: Frame): Facts | null => ("hello" in frame ? frame.hello.facts : null);

const welcome = (tx: Tx): Frame => ({
  welcome: {
    version: 1,
    epoch: tx.device.epoch,
    nonce: tx.device.nonce,
    head: tx.device.cursor,
    idle: true,
    differs: false,
    last_number: 0n,
    now_ms: 0n,
    offline_days: null,
    role: null,
  },
});

test("h9 practice is told as a total, again only when there is more, and is no item", async () => {
  const world = new World();
  const device = await world.device();
  await device.practised("stock_out", 2);
  world.now += 1_000;
  await device.practised("stock_out", 2);
  await device.practised("complaint", 1);
  const practised = [
    { process: "complaint", version: 1, times: 1, last_ms: BigInt(world.now) },
    { process: "stock_out", version: 2, times: 2, last_ms: BigInt(world.now) },
  ];
  expect(await device.status()).toMatchObject({ waiting: 0, records: 0 });
  await device.transaction(async (tx) => {
    const first = session(tx);
    expect(factsOf(await first.hello(tx, world.now))).toEqual({ ...FACTS, practised });
    await first.handle(tx, world.now, welcome(tx));
    expect(first.hasMoreToTell(tx)).toBe(false);
    expect(factsOf(await session(tx).hello(tx, world.now)), "it was told").toBeNull();
  });
  await device.practised("complaint", 1);
  await device.transaction(async (tx) => {
    const next = session(tx);
    expect(factsOf(await next.hello(tx, world.now))?.practised?.[0]).toMatchObject({ process: "complaint", times: 2 });
    expect(next.hasMoreToTell(tx), "before the welcome nobody asks").toBe(false);
  });
  await device.close();
});

test("h9 a session that runs notices what its hello did not say", async () => {
  const world = new World();
  const device = await world.device();
  let running: Session | null = null;
  await device.transaction(async (tx) => {
    running = session(tx);
    await running.handle(tx, world.now, welcome(tx));
    expect(running.hasMoreToTell(tx)).toBe(false);
  });
  await device.practised("stock_out", 1);
  await device.transaction((tx) => {
    expect(running?.hasMoreToTell(tx)).toBe(true);
    return Promise.resolve();
  });
  await device.close();
});

test("h9 only so many versions are named as a hello may, those of last", async () => {
  const world = new World();
  const device = await world.device();
  for (let version = 1; version <= LIMITS.PRACTISED_MAX + 1; version += 1) await device.practised("stock_out", version);
  const known = await device.practice();
  expect(known).toHaveLength(LIMITS.PRACTISED_MAX);
  expect(known[0]?.version).toBe(LIMITS.PRACTISED_MAX + 1);
  expect(known.at(-1)?.version).toBe(2);
  await device.close();
});
