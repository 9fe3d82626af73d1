// A device without a network: what is captured, refused, taken back, and survives.

import { expect, test, vi } from "vitest";

import type { Edit, Fields, ReplicaError } from "../client.ts";
import { changesOf } from "../engine/content.ts";
import * as receipts from "../engine/receipts.ts";
import { quoteNumber } from "../model/quote.ts";
import { failure } from "../store/idb.ts";
import { ACCOUNT, TERRITORY, World } from "../testing/offline.ts";
import { applyCreation, applyPage, decided, RECORD } from "../testing/pages.ts";
import { dependenciesOf } from "../wire/chunk.ts";
import { fromHex, hex } from "../wire/bytes.ts";
import { readItems, writeFrame } from "../wire/codec.ts";
import { verify } from "../wire/keys.ts";
import { deviceActorText, pushText, tag16 } from "../wire/proofs.ts";
import type { Device } from "./device.ts";
import { openRescueFile, seal } from "./rescue-format.ts";

const visit = { state: "checked_out", checked_in_at: 1_795_161_660_000, notes: "Wants the autumn list. 😀" };

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error as ReplicaError).code,
  );

test("i3 what is saved is durable: the record, its item and its row in lists, at once", async () => {
  const world = new World();
  const device = await world.device();
  const saved = await device.create("visit", ACCOUNT, visit);
  const [found] = (await device.list({ kind: "visit" })).records;
  expect(found).toMatchObject({ record: saved.record, title: "Wants the autumn list. 😀", sync: "on_this_device" });
  const read = await world.read();
  expect(read.item(1)).toMatchObject({ record: saved.record, receipt: null });
  expect(await read.record(saved.record)).toMatchObject({ kind: "visit", account: ACCOUNT });
  const again = await world.device();
  expect(await again.record(saved.record)).toMatchObject({ fields: visit, writable: true });
  expect(await again.status()).toMatchObject({ waiting: 1, waitingRecords: 1, held: 0, refused: 0 });
  await again.edit(saved.record, [{ text: { path: ["notes"], value: "Wants both lists." } }]);
  expect(await again.status()).toMatchObject({ waiting: 2, waitingRecords: 1 });
});

test("g2 a change is by the actor derived for its device, generation, record and branch", async () => {
  const world = new World();
  const device = await world.device();
  const { record } = await device.create("visit", ACCOUNT, visit);
  await device.edit(record, [{ text: { path: ["notes"], value: "Wants the winter list. 😀" } }]);
  const read = await world.read();
  const actor = hex(tag16(deviceActorText(read.device.device, 1, record, 0)));
  for (const number of [1, 2]) {
    const item = read.item(number);
    const chunk = item && changesOf(item)?.changes[0];
    if (chunk === undefined) throw new Error("no change was captured");
    const { end } = dependenciesOf(chunk);
    expect(hex(chunk.subarray(end + 1, end + 17))).toBe(actor);
  }
  expect(await device.record(record)).toMatchObject({ fields: { notes: "Wants the winter list. 😀" } });
});

test("g4 what breaks a rule is refused before it is saved, and leaves nothing", async () => {
  const device = await new World().device();
  const create = (fields: Record<string, string | number>): Promise<string> =>
    codeOf(device.create("visit", ACCOUNT, fields));
  expect(await create({ state: "nonsense" })).toBe("not_a_choice");
  expect(await create({})).toBe("required");
  expect(await create({ state: "planned", subject: "x".repeat(201) })).toBe("too_long");
  expect(await create({ state: "planned", notes: "x\0" })).toBe("bad_character");
  expect(await create({ state: "planned", planned_minutes: 1.5 })).toBe("wrong_type");
  expect(await create({ state: "planned", planned_minutes: 0 })).toBe("out_of_range");
  expect(await create({ state: "planned", next_step_due: "2026-02-30" })).toBe("not_a_choice");
  expect(await create({ state: "planned", unknown: 1 })).toBe("unknown_field");
  expect(await codeOf(device.create("nothing", ACCOUNT, {}))).toBe("unknown_kind");
  expect(await codeOf(device.create("visit", TERRITORY, visit))).toBe("out_of_scope");
  expect(await device.status()).toMatchObject({ waiting: 0, records: 0 });
});

test("a full disk refuses a capture as storage_full, and nothing of it is kept", async () => {
  const world = new World();
  const device = await world.device();
  world.failure = failure(new DOMException("no space", "QuotaExceededError"));
  expect(await codeOf(device.create("visit", ACCOUNT, visit))).toBe("storage_full");
  world.failure = null;
  expect(await device.outbox()).toEqual([]);
  expect((await device.list({ kind: "visit" })).records).toEqual([]);
  expect(await device.create("visit", ACCOUNT, visit)).toMatchObject({ number: 1 });
});

test("a damaged store is set aside, never deleted, and a fresh one begun", async () => {
  const world = new World();
  const first = await world.device();
  const { record } = await first.create("visit", ACCOUNT, visit);
  world.damaged.add(1);
  const second = await world.device();
  expect(await second.record(record)).toBeNull();
  const home = await (await world.home()).read();
  expect(home).toMatchObject({ live: 2, asides: [{ name: "1", why: "damaged", carried: false }] });
  expect((await world.read(2)).device).toMatchObject({ last_number: 0, cursor: { position: 0n } });
  world.damaged.clear();
  expect((await world.read(1)).item(1)).toMatchObject({ record });
});

test("the last capture can be taken back while it cannot have left the device and nothing builds on it", async () => {
  const world = new World();
  const device = await world.device();
  const first = await device.create("visit", ACCOUNT, visit);
  const second = await device.edit(first.record, [{ set: { path: ["outcome"], value: "order" } }]);
  expect(await device.undo(first.number)).toBe(false);
  expect(await device.undo(second.number)).toBe(true);
  expect(await device.record(first.record)).toMatchObject({ fields: visit });
  expect(await device.undo(first.number)).toBe(true);
  expect(await device.record(first.record)).toBeNull();
  const third = await device.create("visit", ACCOUNT, visit);
  expect(third.number).toBe(1);
  await device.transaction((tx) => {
    tx.putDevice({ sent_number: 1 });
    return Promise.resolve();
  });
  expect(await device.undo(third.number)).toBe(false);
});

test("a capture that is asked for again under its name is not made twice", async () => {
  const device = await new World().device();
  const ask = (): Promise<unknown> => device.once("page/1", "create", ["visit", ACCOUNT, visit]);
  const saved = await ask();
  expect(await ask()).toEqual(saved);
  expect(await device.outbox()).toHaveLength(1);
  await device.once("page/2", "create", ["visit", ACCOUNT, visit]);
  expect(await device.outbox()).toHaveLength(2);
});

test("l8 a new account comes with a lease of its own, under which work goes on at once", async () => {
  const device = await new World().device();
  const { record } = await device.newAccount({ name: "Harbour Deli" });
  const made = await device.create("contact", record, { name: "Jo" });
  expect(await device.record(made.record)).toMatchObject({ account: record, writable: true });
  expect(await codeOf(device.newAccount({ name: "x" }, ACCOUNT))).toBe("no_territory");
});

test("an order is asked for once, closes then, and its totals are exact", async () => {
  const device = await new World().device();
  const line = { position: 1, sku: "11", quantity: 3, unit_price_minor: 999, discount_bp: 1250 };
  const fields = { state: "draft", currency: "EUR", freight_minor: 100, lines: [{ id: TERRITORY, ...line }] };
  const { record } = await device.create("order", ACCOUNT, fields);
  expect(await device.record(record)).toMatchObject({
    derived: { total_minor: 2722 },
    fields: { lines: { [TERRITORY]: line } },
  });
  await device.request("submit", record);
  expect(await device.record(record)).toMatchObject({ state: "submit asked", writable: false });
  expect(await codeOf(device.request("submit", record))).toBe("record_closed");
  expect(await codeOf(device.edit(record, [{ set: { path: ["reference"], value: "x" } }]))).toBe("record_closed");
  expect(await codeOf(device.request("accept", record))).toBe("not_permitted");
});

test("h7 after too long without an answer records are closed, and capture is not", async () => {
  const world = new World();
  const device = await world.device();
  await device.transaction((tx) => {
    tx.putDevice({ contact_ms: world.now });
    return Promise.resolve();
  });
  world.now += 31 * 86_400_000;
  expect(await codeOf(device.timeline(ACCOUNT))).toBe("sign_in_due");
  expect(await device.create("visit", ACCOUNT, visit)).toMatchObject({ number: 1 });
  expect(await device.status()).toMatchObject({ signInDue: true, waiting: 1 });
});

test("h7 a sign-in that is due leaves what capture needs: names, one's own running visit, and what is half written", async () => {
  const world = new World();
  const device = await world.device();
  const another = "01a1c478-9800-7070-b070-7070707070cc";
  const account = (await device.newAccount({ name: "Corner Deli", city: "Berlin", phone: "030 1" })).record;
  const made = async (fields: Fields): Promise<string> => (await device.create("visit", ACCOUNT, fields)).record;
  const running = await made({ state: "checked_in", checked_in_at: world.now, notes: "Half told" });
  const theirs = await made({ state: "checked_in", checked_in_at: world.now, rep_id: another });
  const over = await made({ state: "checked_out", checked_in_at: world.now, notes: "Long ago" });
  const changed = await made({ state: "checked_out", checked_in_at: world.now, notes: "Is being changed" });
  await device.keepDraft(`visit:${changed}`, { form: {} });
  await device.transaction((tx) => {
    tx.putDevice({ contact_ms: world.now });
    const mark = { position: 5n, chain: new Uint8Array(16) };
    const taken = [1n, 2n, 3n, 4n, 5n].map((number) => ({
      number,
      position: number,
      outcome: { in_record: { late: false } },
    }));
    return receipts.handle(tx, { mark, receipts: taken });
  });
  world.now += 31 * 86_400_000;
  expect((await device.list({ kind: "visit" })).records.map(({ record }) => record)).toEqual([running]);
  expect(await device.record(running)).toMatchObject({ fields: { notes: "Half told" }, writable: true });
  expect(await device.record(changed)).toMatchObject({ fields: { notes: "Is being changed" } });
  for (const closed of [theirs, over]) expect(await codeOf(device.record(closed))).toBe("sign_in_due");
  expect(await device.search("corner")).toMatchObject([{ title: "Corner Deli", subtitle: "" }]);
  const named = await device.record(account);
  expect(named).toMatchObject({ title: "Corner Deli", subtitle: "", writable: false });
  expect(named?.fields).toEqual({ name: "Corner Deli" });
  await device.edit(running, [{ set: { path: ["state"], value: "checked_out" } }]);
  expect(await device.status()).toMatchObject({ signInDue: true, waiting: 1 });
});

test("h8 nothing is writable that the person's role may not write", async () => {
  const device = await new World().device();
  await applyCreation(device, "visit", visit);
  expect(await device.record(RECORD)).toMatchObject({ writable: true });
  await device.transaction((tx) => {
    tx.putDevice({ role: "manager" });
    return Promise.resolve();
  });
  expect(await device.record(RECORD)).toMatchObject({ writable: false, capturable: true });
  const { record } = await device.create("task", ACCOUNT, { subject: "Look into it", state: "open" });
  expect(await device.record(record)).toMatchObject({ writable: true });
});

test("a rescue file opens with its passphrase alone, and holds what was not sent", async () => {
  const device = await new World().device();
  const { record } = await device.create("visit", ACCOUNT, visit);
  expect(await codeOf(device.rescueFile("short"))).toBe("weak_passphrase");
  const file = new Uint8Array(await (await device.rescueFile("correct horse")).arrayBuffer());
  expect(await codeOf(openRescueFile(file, "wrong horses"))).toBe("wrong_passphrase");
  expect(await openRescueFile(file, "correct horse")).toMatchObject({
    person_name: "Ana",
    items: [{ number: 1, record, wrote: visit }],
  });
});

test("what opens with the passphrase and is no rescue file all the same is told", async () => {
  const content = { device: "d", person_name: "Ana", pushes: [] };
  const others = [
    { ...content, items: [{ number: 1, store_generation: 1, captured_ms: 1e300 }] },
    { ...content, items: [], pushes: [{ store_generation: 1, items: "00" }] },
  ];
  for (const other of others) {
    const sealed = new Uint8Array(await (await seal(other as never, "correct horse")).arrayBuffer());
    expect(await codeOf(openRescueFile(sealed, "correct horse"))).toBe("not_a_rescue_file");
  }
});

test("i3 i5 what is in a rescue file is signed as it is pushed, and cannot be taken back any more", async () => {
  const world = new World();
  const device = await world.device();
  await device.create("visit", ACCOUNT, visit);
  const second = await device.create("visit", ACCOUNT, visit);
  const file = new Uint8Array(await (await device.rescueFile("correct horse")).arrayBuffer());
  const { pushes, store_generation: generation } = await openRescueFile(file, "correct horse");
  const [push, ...others] = pushes;
  if (push === undefined) throw new Error("the file holds no push");
  expect(others).toEqual([]);
  expect(push.store_generation).toBe(generation);
  const read = await world.read();
  const deflated = fromHex(push.items);
  expect(readItems(deflated)).toEqual([read.item(1)?.bytes, read.item(2)?.bytes]);
  const text = pushText(read.device.device, generation, deflated);
  expect(await verify((await world.keys()).publicKey, fromHex(push.signature), text)).toBe(true);
  expect(await device.undo(second.number)).toBe(false);
});

test("drafts are kept until they are dropped", async () => {
  const world = new World();
  const device = await world.device();
  await device.keepDraft("visit/1", { notes: "half a sen" });
  await device.keepDraft("visit/1", { notes: "half a sentence" });
  const again = await world.device();
  expect(await again.draft("visit/1")).toEqual({ notes: "half a sentence" });
  expect(await again.drafts()).toHaveLength(1);
  await again.dropDraft("visit/1");
  expect(await again.draft("visit/1")).toBeNull();
});

test("without a network, syncing is refused as offline and loses nothing", async () => {
  const device = await new World().device();
  await device.create("visit", ACCOUNT, visit);
  expect(await codeOf(device.syncNow())).toBe("offline");
  await device.pause();
  expect(await device.status()).toMatchObject({ waiting: 1, connection: "offline" });
});

test("what wakes a device while an attempt fails is not forgotten until the next one", async () => {
  const world = new World();
  const device = await world.device();
  const attempts: ((error: Error) => void)[] = [];
  world.answer = () => new Promise((_, reject) => attempts.push(reject));
  // An attempt that fails is followed by a wait of a quarter of an hour.
  const chance = vi.spyOn(Math, "random").mockReturnValue(1000);
  device.start();
  await vi.waitFor(() => {
    expect(attempts).toHaveLength(1);
  }, 5000);
  await device.create("visit", ACCOUNT, visit);
  attempts[0]?.(new Error("the network is gone"));
  await vi.waitFor(() => {
    expect(attempts).toHaveLength(2);
  }, 5000);
  attempts[1]?.(new Error("the network is gone"));
  chance.mockRestore();
  await device.pause();
});

test("lists go on after a record, in each order and within bounds", async () => {
  const device = await new World().device();
  const made: string[] = [];
  for (const [n, state] of ["planned", "checked_out", "planned", "planned"].entries()) {
    const fields = { state, subject: `visit ${n}`, planned_start: 1_795_000_000_000 + n * 1000 };
    made.push((await device.create("visit", ACCOUNT, fields)).record);
  }
  const titles = async (query: object): Promise<string[]> =>
    (await device.list({ kind: "visit", ...query })).records.map(({ title }) => title.slice(-1));
  expect(await titles({})).toEqual(["3", "2", "1", "0"]);
  expect(await titles({ account: ACCOUNT })).toEqual(["3", "2", "1", "0"]);
  expect(await titles({ order: "due" })).toEqual(["0", "1", "2", "3"]);
  expect(await titles({ from: 1_795_000_001_000, to: 1_795_000_002_000 })).toEqual(["2", "1"]);
  expect(await titles({ order: "due", from: 1_795_000_002_000 })).toEqual(["2", "3"]);
  expect(await titles({ state: "planned" })).toEqual(["3", "2", "0"]);
  for (const order of [{}, { order: "due" }, { order: "recent" }, { account: ACCOUNT }, { state: "planned" }]) {
    const seen: string[] = [];
    for (let after: string | null = ""; after !== null;) {
      const from: object = after === "" ? {} : { after };
      const page = await device.list({ kind: "visit", limit: 1, ...order, ...from } as Parameters<Device["list"]>[0]);
      seen.push(...page.records.map(({ record }) => record));
      after = page.after;
    }
    expect(seen, JSON.stringify(order)).toHaveLength("state" in order ? 3 : 4);
    expect(new Set(seen).size).toBe(seen.length);
    for (const record of seen) expect(made).toContain(record);
  }
  expect(await device.timeline(ACCOUNT)).toHaveLength(4);
  expect((await device.search("visit 3")).map(({ record }) => record)).toEqual([made[3]]);
});

test("accounts are found within a box, also across the date line", async () => {
  const device = await new World().device();
  const place = async (name: string, latitude_microdeg: number, longitude_microdeg: number): Promise<void> => {
    await device.newAccount({ name, latitude_microdeg, longitude_microdeg });
  };
  await place("Kiel", 54_320_000, 10_130_000);
  await place("Suva", -18_120_000, 178_450_000);
  await place("Apia", -13_830_000, -171_760_000);
  const within = async (south: number, west: number, north: number, east: number): Promise<string[]> =>
    (await device.accountsIn({ south, west, north, east })).map(({ title }) => title).sort();
  expect(await within(50_000_000, 0, 60_000_000, 20_000_000)).toEqual(["Kiel"]);
  expect(await within(-20_000_000, 170_000_000, 0, -170_000_000)).toEqual(["Apia", "Suva"]);
  expect(await within(-20_000_000, -170_000_000, 0, 170_000_000)).toEqual([]);
});

test("of more accounts than are asked for those near by are found, and not those in the south", async () => {
  const device = await new World().device();
  for (let n = 0; n < 6; n += 1) {
    const at = { latitude_microdeg: 48_000_000 + n * 100_000, longitude_microdeg: 16_000_000 };
    await device.newAccount({ name: `Shop ${n}`, ...at });
  }
  const box = { south: 47_000_000, west: 15_000_000, north: 49_000_000, east: 17_000_000 };
  const here = { latitude: 48_410_000, longitude: 16_000_000 };
  const titles = async (limit: number, near?: typeof here): Promise<string[]> =>
    (await device.accountsIn(box, limit, near)).map(({ title }) => title);
  expect(await titles(3, here)).toEqual(["Shop 4", "Shop 5", "Shop 3"]);
  expect(await titles(3)).toEqual(["Shop 0", "Shop 2", "Shop 4"]);
  expect(await titles(9)).toHaveLength(6);
});

test("search finds at the next start what was packed, and what was captured since", async () => {
  const world = new World();
  const device = await world.device();
  await device.create("visit", ACCOUNT, { ...visit, notes: "Blue lanterns." });
  device.start();
  expect(await device.search("lant")).toHaveLength(1);
  await expect.poll(async () => (await world.read()).memory.unindexed).toBe(0);
  const second = await device.create("visit", ACCOUNT, { ...visit, notes: "Green lanterns." });
  await device.pause();
  const read = await world.read();
  expect(read.memory.unindexed).toBe(1);
  expect((await read.memory.store.get("index", "search"))?.packed).toContain("blue");
  const again = await world.device();
  const found = await again.search("lant");
  expect(found.map(({ title }) => title).sort()).toEqual(["Blue lanterns.", "Green lanterns."]);
  expect(await again.undo(second.number)).toBe(true);
  expect(await (await world.device()).search("green")).toEqual([]);
});

test("a quote is found by its number and an order by the one that it was given, however much of it is typed", async () => {
  const device = await new World().device();
  const quote = await device.create("order", ACCOUNT, { state: "quote", currency: "EUR", reference: "Chutney 1001" });
  const number = quoteNumber(quote.record);
  const [day = "", rest = ""] = number.split("-");
  for (const typed of [
    number,
    number.toLowerCase(),
    number.slice(1),
    day,
    rest,
    `${day}${rest}`,
    `${day.slice(1)} ${rest}`,
  ])
    expect(
      (await device.search(typed)).map(({ record }) => record),
      typed,
    ).toEqual([quote.record]);
  await applyCreation(device, "order", { state: "draft", currency: "EUR", notes: "By noon." });
  expect(await device.search("4711")).toEqual([]);
  await applyPage(device, { entry: { decision: decided("submit", "submitted", { number: "4711" }) } });
  for (const typed of ["4711", "471", "noon 4711"])
    expect(await device.search(typed), typed).toMatchObject([{ record: RECORD, number: "4711" }]);
  // What is called so comes before what only mentions it.
  await applyPage(device, { entry: { decision: decided("submit", "submitted", { number: "1001" }) } });
  expect((await device.search("1001")).map(({ record }) => record)).toEqual([RECORD, quote.record]);
  expect(await device.search("4711")).toEqual([]);
});

test("of reference data, what has the searched key comes first, then keys that begin with it", async () => {
  const device = await new World().device();
  await device.transaction((tx) => {
    for (const [key, words] of [
      ["010", ["products 010", "products box", "products 011"]],
      ["011", ["products 011", "products tofu"]],
      ["0112", ["products 0112", "products soup"]],
    ] as const) {
      tx.putReference({ set: "products", key, json: "{}", words });
    }
    return Promise.resolve();
  });
  expect((await device.findReference("products", "011")).map(({ key }) => key)).toEqual(["011", "0112", "010"]);
  expect((await device.findReference("products", "box")).map(({ key }) => key)).toEqual(["010"]);
});

test("a store set aside that cannot be read keeps no rescue file from what can be, and is told of", async () => {
  const world = new World();
  const first = await world.device();
  await first.create("visit", ACCOUNT, visit);
  await first.close();
  world.damaged.add(1);
  const device = await world.device();
  const { record } = await device.create("visit", ACCOUNT, visit);
  const file = new Uint8Array(await (await device.rescueFile("correct horse")).arrayBuffer());
  expect(await openRescueFile(file, "correct horse")).toMatchObject({ items: [{ record }] });
  await device.close();
  const home = await world.home();
  const row = await home.read();
  if (row === null) throw new Error("no device was enrolled");
  const left = [
    { record: null, code: "store_damaged" },
    { record, code: "out_of_scope" },
  ];
  await home.write({ ...row, asides: row.asides.map((aside) => ({ ...aside, carried: true, left })) });
  home.close();
  const again = await world.device();
  expect(await again.keptAside()).toEqual([
    { record: null, code: "store_damaged", kind: null, title: null, account: null },
    { record, code: "out_of_scope", kind: "visit", title: "Wants the autumn list. 😀", account: ACCOUNT },
  ]);
});

test("w7 without a connection nobody signs out of what was not sent, and the device works on", async () => {
  const device = await new World().device();
  await device.create("visit", ACCOUNT, visit);
  expect(await codeOf(device.signOut(true))).toBe("unsent_work");
  await device.create("visit", ACCOUNT, visit);
  expect(await device.status()).toMatchObject({ waiting: 2, leaving: false });
  await device.close();
});

test("w3 a server that calls a device wiped which is not removes nothing of it", async () => {
  const world = new World();
  const device = await world.device();
  const { record } = await device.create("visit", ACCOUNT, visit);
  // As to a copy of a device that has left: its person has it enrolled anew.
  const frame = writeFrame({ error: { code: "wiped", text: "it has said that it is wiped", retry_after_ms: null } });
  world.answer = () => new Response(frame.slice());
  expect(await codeOf(device.syncNow())).toBe("wiped");
  expect(await codeOf(device.signOut(true))).toBe("unsent_work");
  expect(await device.identity()).not.toBeNull();
  expect(await device.status()).toMatchObject({ waiting: 1, problem: { code: "wiped" } });
  expect(await device.record(record)).toMatchObject({ fields: visit });
  await device.close();
});

test("a device that leaves while it has something to tell ends without a complaint", async () => {
  const world = new World();
  const device = await world.device();
  const told: string[] = [];
  device.subscribe(({ type }) => told.push(type));
  await device.transaction((tx) => {
    tx.putDevice({ leaving: "wiped" });
    return Promise.resolve();
  });
  const frame = writeFrame({ error: { code: "wiped", text: "it has said that it is wiped", retry_after_ms: null } });
  world.answer = () => new Response(frame.slice());
  // The stores go only after the time to tell has come.
  world.removal = () => new Promise((resolve) => setTimeout(resolve, 100));
  expect(await codeOf(device.syncNow())).toBe("wiped");
  await expect.poll(() => told.at(-1)).toBe("wiped");
  expect(await device.identity()).toBeNull();
  await device.close();
});

test("q11 an order of nothing is not handed in", async () => {
  const device = await new World().device();
  const line = { sku: "11", quantity: 3, unit_price_minor: 999 };
  const fields = { state: "draft", currency: "EUR", lines: [{ id: TERRITORY, ...line }] };
  const { record } = await device.create("order", ACCOUNT, fields);
  await device.edit(record, [{ removeItem: { path: ["lines", TERRITORY] } }]);
  expect(await codeOf(device.request("submit", record))).toBe("no_lines");
  expect(await device.outbox()).toHaveLength(2);
});

test("q10 a submitted order is corrected in one go, and nothing else is asked while that waits", async () => {
  const device = await new World().device();
  const line = { position: 1, sku: "11", quantity: 3, unit_price_minor: 999 };
  const fields = { state: "draft", currency: "EUR", lines: [{ id: TERRITORY, ...line }] };
  const { record } = await device.create("order", ACCOUNT, fields);
  await device.request("submit", record);
  expect(await codeOf(device.request("cancel", record))).toBe("record_closed");
  const quantity = (value: number): Edit[] => [{ set: { path: ["lines", TERRITORY, "quantity"], value } }];
  const saved = await device.correct(record, quantity(2));
  expect((await device.outbox()).map(({ what }) => what)).toEqual(["create", "submit", "reopen", "edit", "submit"]);
  expect(saved.map(({ number }) => number)).toEqual([3, 4, 5]);
  expect(await device.record(record)).toMatchObject({
    state: "submit asked",
    writable: false,
    derived: { total_minor: 1998 },
  });
  // Nothing changed, nothing is asked: all of it or nothing.
  expect(await codeOf(device.correct(record, quantity(2)))).toBe("nothing_changed");
  expect(await device.outbox()).toHaveLength(5);
  // Taken back by the one who just pressed the wrong button: the last first.
  for (const { number } of saved.toReversed()) expect(await device.undo(number)).toBe(true);
  expect(await device.record(record)).toMatchObject({ state: "submit asked", derived: { total_minor: 2997 } });
});

test("q10 an order that the office accepted is not corrected any more", async () => {
  const device = await new World().device();
  await applyCreation(device, "order", { state: "draft", currency: "EUR", reference: "a" });
  await applyPage(device, { entry: { decision: decided("accept", "accepted") } });
  const code = await codeOf(device.correct(RECORD, [{ set: { path: ["reference"], value: "b" } }]));
  expect(code).toBe("wrong_state");
  expect(await device.outbox()).toEqual([]);
});
