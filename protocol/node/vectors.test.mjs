// Reads every golden vector with this second implementation: `node --test protocol/node`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { concat, fromHex, hex, uuidBytes } from "./bytes.mjs";
import { DecodeError } from "./cbor.mjs";
import { Entry, Frame, Item, ItemList, LIMITS, PageBody, Receipt } from "./frames.mjs";
import * as proofs from "./proofs.mjs";
import { whole } from "./replica.mjs";

const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8")).vectors;

const SHAPES = { frames: Frame, items: Item, receipts: Receipt, entries: Entry, pages: PageBody };

for (const [name, shape] of Object.entries(SHAPES)) {
  test(`f1 every vector in ${name} reads as it says and is written back byte for byte`, () => {
    for (const vector of load(name)) {
      const json = shape.read(fromHex(vector.hex));
      assert.deepEqual(json, vector.decoded, vector.name);
      assert.equal(hex(shape.write(json)), vector.hex, vector.name);
    }
  });

  test(`f3 no vector in ${name} reads when it is cut short or goes on`, () => {
    for (const vector of load(name)) {
      const bytes = fromHex(vector.hex);
      for (let length = 0; length < bytes.length; length += 1) {
        assert.throws(() => shape.read(bytes.subarray(0, length)), DecodeError, `${vector.name} at ${length}`);
      }
      assert.throws(() => shape.read(concat(bytes, [0])), { code: "trailing" }, vector.name);
    }
  });
}

test("f2 f3 f4 what must be refused is refused, for the reason it says", () => {
  const readers = {
    frame: (bytes) => Frame.read(bytes),
    item: Item.read,
    push_items: (bytes) => ItemList.read(proofs.inflate(bytes)),
    page_body: (bytes) => PageBody.read(proofs.inflate(bytes)),
  };
  for (const { name, claim, error, parts } of load("refused")) {
    const bytes = fromHex(parts.map(({ hex: unit, times }) => unit.repeat(times ?? 1)).join(""));
    assert.throws(() => readers[claim](bytes), { code: error }, name);
  }
});

test("f2 every hello is short enough for a server that has not said welcome", () => {
  for (const { name, hex: bytes } of load("frames").filter(({ decoded }) => decoded.hello)) {
    Frame.read(fromHex(bytes), LIMITS.helloBytes);
    assert.throws(() => Frame.read(new Uint8Array(LIMITS.helloBytes + 1), LIMITS.helloBytes), { code: "too_long" }, name);
  }
});

test("h1 a hello's proof and signature hold, and elsewhere they do not", async () => {
  for (const { name, decoded, derived } of load("frames").filter(({ decoded }) => decoded.hello)) {
    const text = proofs.helloText(decoded.hello, derived.origin, derived.path);
    assert.equal(hex(text), derived.proof_text, name);
    assert.equal(hex(proofs.sha256(text)), derived.proof, name);
    for (const form of Object.values(derived.device_key)) {
      const key = await proofs.publicKey(fromHex(form));
      assert.ok(await proofs.verify(key, decoded.hello.signature, text), name);
      const elsewhere = proofs.helloText(decoded.hello, "https://elsewhere.example", derived.path);
      assert.ok(!(await proofs.verify(key, decoded.hello.signature, elsewhere)), name);
    }
  }
});

test("a push's items are those of items.json, whatever deflated them, and its signature holds", async () => {
  // The morning's outbox; the items behind it decide on what was held of it.
  const items = load("items").slice(0, 5);
  for (const { name, decoded, derived } of load("frames").filter(({ decoded }) => decoded.push)) {
    const deflated = fromHex(decoded.push.items);
    assert.deepEqual(ItemList.read(proofs.inflate(deflated)), items.map((item) => item.hex), name);
    assert.deepEqual(derived.item_hashes, items.map((item) => item.derived.item_hash), name);
    const text = proofs.pushText(derived.device, derived.store_generation, deflated);
    assert.equal(hex(text), derived.proof_text, name);
    assert.equal(hex(proofs.sha256(text)), derived.proof, name);
    const key = await proofs.publicKey(fromHex(derived.device_key.sec1_compressed));
    assert.ok(await proofs.verify(key, decoded.push.signature, text), name);
  }
});

test("w6 a leave is signed over its device, store generation and last push number", async () => {
  const leaves = load("frames").filter(({ decoded }) => decoded.leave);
  assert.equal(leaves.length, 1);
  for (const { name, decoded, derived } of leaves) {
    const text = proofs.leaveText(derived.device, derived.store_generation, decoded.leave.last_number);
    assert.equal(hex(text), derived.proof_text, name);
    assert.equal(hex(proofs.sha256(text)), derived.proof, name);
    const key = await proofs.publicKey(fromHex(derived.device_key.sec1_compressed));
    assert.ok(await proofs.verify(key, decoded.leave.signature, text), name);
    const later = proofs.leaveText(derived.device, derived.store_generation + 1, decoded.leave.last_number);
    assert.ok(!(await proofs.verify(key, decoded.leave.signature, later)), name);
  }
});

test("p2 a page opens, and its signature holds over what it says and nothing else", async () => {
  for (const { name, decoded, derived } of load("frames").filter(({ decoded }) => decoded.page)) {
    const body = proofs.inflate(fromHex(decoded.page.body));
    assert.equal(hex(body), derived.body, name);
    const { entries } = PageBody.read(body);
    const text = proofs.statementText(derived.epoch, decoded.page.upto, entries, body);
    assert.equal(hex(proofs.sha256(text)), derived.statement, name);
    const key = await proofs.publicKey(fromHex(derived.server_key.sec1_compressed));
    assert.ok(await proofs.verify(key, decoded.page.signature, text), name);
    const moved = { ...decoded.page.upto, position: "9" };
    const other = proofs.statementText(derived.epoch, moved, entries, body);
    assert.ok(!(await proofs.verify(key, decoded.page.signature, other)), name);
    const fewer = proofs.statementText(derived.epoch, decoded.page.upto, entries, body.subarray(1));
    assert.ok(!(await proofs.verify(key, decoded.page.signature, fewer)), name);
  }
});

test("statements of page bodies are as written", async () => {
  for (const { name, hex: bytes, decoded, derived } of load("pages")) {
    const text = proofs.statementText(derived.epoch, derived.upto, decoded.entries, fromHex(bytes));
    assert.equal(hex(text), derived.statement_text, name);
    assert.equal(hex(proofs.sha256(text)), derived.statement, name);
    const key = await proofs.publicKey(fromHex(derived.server_key.sec1_uncompressed));
    assert.ok(await proofs.verify(key, derived.signature, text), name);
  }
});

test("items and changes are named by their hashes", () => {
  for (const { name, hex: bytes, decoded, derived } of load("items")) {
    assert.equal(hex(proofs.sha256(fromHex(bytes))), derived.item_hash, name);
    const changes = decoded.body.changes?.changes ?? [];
    const hashes = changes.map((chunk) => proofs.changeHash(fromHex(chunk)));
    assert.deepEqual(hashes, derived.change_hashes ?? [], name);
    for (const [n, chunk] of changes.entries()) {
      // A chunk's checksum is the head of its hash.
      assert.equal(chunk.slice(8, 16), hashes[n].slice(0, 8), name);
    }
  }
});

test("c1 the chain runs over the entries", () => {
  const entries = load("entries");
  let previous = "00".repeat(32);
  for (const [n, { name, input, text, derived }] of load("chain").entries()) {
    const entry = entries[n];
    assert.equal(name, entry.name);
    const hash = hex(proofs.entryHash(entry.derived.salt, fromHex(entry.hex)));
    assert.equal(hash, entry.derived.entry_hash, name);
    assert.equal(hash, input.entry_hash, name);
    assert.equal(previous, input.previous, name);
    assert.equal(hex(proofs.chainText(previous, n + 1, hash)), text, name);
    previous = hex(proofs.sha256(fromHex(text)));
    assert.equal(previous, derived.chain_hash, name);
    assert.equal(previous.slice(0, 32), derived.mark, name);
  }
});

test("actors are derived from who writes where", () => {
  for (const { name, input, text, derived } of load("actors")) {
    const made =
      input.device === undefined
        ? proofs.serverActorText(input.epoch, input.record)
        : proofs.deviceActorText(input.device, input.store_generation, input.record, input.branch);
    assert.equal(hex(made), text, name);
    assert.equal(proofs.tag16(made), derived.actor, name);
  }
});

test("the changes in items.json are by the actors that actors.json derives", () => {
  const actors = load("actors");
  for (const { name, decoded } of load("items")) {
    const changes = decoded.body.changes;
    if (changes === undefined) continue;
    const actor = actors.find(({ input }) => input.record === changes.record && input.branch === changes.branch);
    for (const chunk of changes.changes.map(fromHex)) {
      const { end } = proofs.dependenciesOf(chunk);
      assert.equal(hex(chunk.subarray(end + 1, end + 17)), actor.derived.actor, name);
    }
  }
});

test("p8 a hollow chunk is made whole by its hand", () => {
  for (const { name, hollow, actor, whole: expected, change_hash: hash } of load("hollow")) {
    const chunk = proofs.filled(fromHex(hollow), actor);
    assert.equal(hex(chunk), expected, name);
    assert.equal(proofs.changeHash(chunk), hash, name);
    assert.equal(hex(chunk.subarray(4, 8)), hash.slice(0, 8), name);
  }
});

test("p8 the chunks of a fill are whole ones again, and what is absent is as before", () => {
  const { decoded, derived } = load("pages").find(({ name }) => name === "fill");
  const chunks = decoded.fills.flatMap(({ records }) => {
    let before;
    return records.flatMap(({ record, changes }) =>
      changes.map(({ chunk, hand }) => {
        before = hand ?? before;
        return hex(whole(derived.epoch, record, before, fromHex(chunk)));
      }),
    );
  });
  const captured = load("items").flatMap(({ decoded: { body } }) => body.changes?.changes ?? []);
  const byServer = load("hollow").find(({ name }) => name === "by_server").whole;
  assert.deepEqual(chunks, [captured[0], captured[1], byServer, captured[2]]);
});

test("digests are sums of keyed hashes of heads", () => {
  for (const { name, input, text, derived } of load("digests")) {
    if (input.parts !== undefined) {
      assert.equal(String(proofs.sum(input.parts)), derived.digest, name);
      continue;
    }
    const made = proofs.digestText(input.digest_key, input.record, input.generation, input.heads);
    assert.equal(hex(made), text, name);
    assert.equal(String(proofs.firstEight(made)), derived.digest, name);
  }
});

test("a UUID is its sixteen bytes", () => {
  assert.equal(hex(uuidBytes("01a1f7f9-1a60-71a1-a1a1-a1a1a1a1a1a1")), "01a1f7f91a6071a1a1a1a1a1a1a1a1a1");
});
