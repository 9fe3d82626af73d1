// A server that is older or newer than this replica: what it says, what it sends that nobody here knows, and that what waits stays.

import { expect, test } from "vitest";

import type { ReplicaError } from "../client.ts";
import * as content from "../engine/content.ts";
import * as document from "../model/document.ts";
import { type KindRules, kindNamed } from "../model/model.ts";
import { ACCOUNT, World } from "../testing/offline.ts";
import { applyChanges, applyCreation, RECORD } from "../testing/pages.ts";
import { encode } from "../wire/cbor.ts";
import { readFrames, VERSION, writeFrame } from "../wire/codec.ts";
import { type Frame, frame, type Hello } from "../wire/frames.gen.ts";
import type { Cbor } from "../wire/shapes.ts";
import type { Device } from "./device.ts";

const visit = { state: "planned", subject: "Tulips for the lobby" };

const speaks = (lowest: number, highest: number): Uint8Array =>
  writeFrame({
    error: {
      code: "unknown_version",
      text: `this server speaks protocol versions ${lowest} to ${highest}, not ${VERSION}; update one of us`,
      retry_after_ms: null,
    },
  });

/** What an idle server welcomes a hello with. */
const welcome = ({ cursor, epoch, version }: Hello): Frame => ({
  welcome: {
    version,
    epoch,
    nonce: new Uint8Array(16),
    head: cursor,
    idle: true,
    differs: false,
    last_number: 0n,
    now_ms: 0n,
    offline_days: 30,
    role: "rep",
  },
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) => (error as ReplicaError).code,
  );

/** A device with a visit that waits; its server answers each hello with these bytes. */
async function facing(answer: (hello: Hello) => Uint8Array): Promise<{ device: Device; hellos: Hello[] }> {
  const hellos: Hello[] = [];
  const world = new World();
  world.answer = async ({ body }) => {
    const [first] = readFrames(new Uint8Array(await new Response(body ?? null).arrayBuffer()));
    if (first === undefined || !("hello" in first)) throw new Error("the device did not begin with a hello");
    hellos.push(first.hello);
    return new Response(answer(first.hello).slice());
  };
  const device = await world.device();
  await device.create("visit", ACCOUNT, visit);
  return { device, hellos };
}

/** It says so, keeps what waits, and takes more. */
async function stopsWith(device: Device, code: string): Promise<void> {
  expect(await codeOf(device.syncNow())).toBe(code);
  expect(await device.status()).toMatchObject({ waiting: 1, problem: { code } });
  await device.create("visit", ACCOUNT, visit);
  expect(await device.status()).toMatchObject({ waiting: 2 });
  await device.close();
}

test("v1 a newer server that does not speak this version any more is told from an older one", async () => {
  const newer = await facing(() => speaks(VERSION + 1, VERSION + 3));
  await stopsWith(newer.device, "unknown_version");
  expect(newer.hellos.map(({ version }) => version)).toEqual([VERSION]);
  const older = await facing(() => speaks(0, VERSION - 1));
  await stopsWith(older.device, "server_too_old");
});

test("v1 a server that does not name its versions is taken for a newer one", async () => {
  const silent = writeFrame({ error: { code: "unknown_version", text: "no", retry_after_ms: null } });
  await stopsWith((await facing(() => silent)).device, "unknown_version");
});

test("v3 a frame that this version does not have ends the connection, and what waits stays", async () => {
  await stopsWith((await facing(() => encode([99, []]))).device, "unreadable_answer");
});

test("v2 elements behind those that are known are passed over in a welcome", async () => {
  const later = (hello: Hello): Uint8Array => {
    const [variant, fields] = frame.write(welcome(hello)) as readonly [Cbor, readonly Cbor[]];
    return encode([variant, [...fields, "what a later version says besides", [1, 2]]]);
  };
  const { device, hellos } = await facing(later);
  // It takes nothing of what is pushed, so that nothing gets on; but it is understood.
  expect(await codeOf(device.syncNow())).toBe("offline");
  expect(hellos.length).toBeGreaterThan(1);
  expect(await device.status()).toMatchObject({ waiting: 1, problem: null });
  await device.close();
});

/** Visits as a later version knows them. */
function laterVisit(): KindRules {
  const spec = kindNamed("visit");
  const subject = spec?.fields.find(({ name }) => name === "subject");
  if (spec === undefined || subject === undefined) throw new Error("there is no visit");
  return { ...spec, fields: [...spec.fields, { ...subject, name: "mood" }] };
}

test("a field that this version does not know outlives an edit by it", async () => {
  const world = new World();
  const device = await world.device();
  const spec = laterVisit();
  await applyCreation(device, "visit", visit);
  const saved = (await (await world.read()).record(RECORD))?.accepted ?? new Uint8Array();
  const step = { put: { path: ["mood"], value: "cheerful" } };
  const change = document.edit(spec, document.open(saved, "b2".repeat(16)), 1, [step]);
  await applyChanges(device, change === null ? [] : [change]);
  expect((await device.record(RECORD))?.fields).toMatchObject({ subject: "Tulips for the lobby", mood: "cheerful" });
  await device.edit(RECORD, [{ set: { path: ["subject"], value: "Roses" } }]);
  const tx = await world.read();
  const row = await tx.record(RECORD);
  if (row === undefined) throw new Error("the record is gone");
  const fields = await content.using(content.current(tx, row), (doc) => document.hydrate(spec, doc));
  expect(fields).toMatchObject({ subject: "Roses", mood: "cheerful" });
  await device.close();
});
