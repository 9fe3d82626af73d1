// The session client against a server that is as small as it can be: one account, one visit, then nothing new. The real
// server meets the same client in the end-to-end tests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { fromHex, hex } from "./bytes.mjs";
import { Entry, Frame, LIMITS, PageBody } from "./frames.mjs";
import * as proofs from "./proofs.mjs";
import { heads } from "./replica.mjs";
import { enrol, session } from "./session.mjs";
import { acceptFor, Connection } from "./websocket.mjs";

const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8")).vectors;
const items = load("items").filter(({ decoded }) => decoded.body.changes !== undefined);
const [account, visit, more] = items.map(({ decoded }) => decoded.body.changes);
const EPOCH = "e0".repeat(16);
const DIGEST_KEY = "d9".repeat(16);
const mark = (position) => ({ position, chain: `${position}`.padStart(32, "0") });

/** The account's grant, and the fill that it opens. */
function news() {
  const grants = [{ lease: account.new.opens, subject: { account: account.record }, root: null }];
  const granted = { granted: { device: account.record, grants, note: null } };
  const fill = ({ record, changes, new: envelope }, more) => ({
    record,
    changes: [...changes, ...more].map((chunk) => ({ chunk, hand: "whole" })),
    ...{ kind: envelope.kind, account: account.record, creator: account.record },
    ...{ decision: null, generation: null, skipped: null, more: null, territory: null },
  });
  const records = [fill(account, []), fill(visit, more.changes)];
  return {
    entries: [{ position: "1", at_ms: "0", salt: "5a".repeat(16), payload: hex(Entry.write(granted)) }],
    fills: [{ mark: { grant: "1", token: null }, done: true, records, gone: null }],
  };
}

async function page(keys, body, forged) {
  const bytes = PageBody.write(body);
  const text = proofs.statementText(forged ? "00".repeat(16) : EPOCH, mark("7"), body.entries, bytes);
  const signature = await proofs.sign(keys, text);
  const deflated = hex(deflateRawSync(bytes));
  return { page: { from: "0", upto: mark("7"), more: false, body: deflated, signature } };
}

/** A server that knows one device and has one page for it. The first nonce it gives out is stale already. */
async function serve(options = {}) {
  const keys = await proofs.newKeyPair();
  const hellos = [];
  const state = { device: undefined, nonce: "02".repeat(16), digest: undefined };
  const http = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      state.device = await proofs.publicKey(fromHex(JSON.parse(Buffer.concat(chunks)).public_key));
      const server = { server_key: hex(await proofs.compressedPoint(keys)), digest_key: DIGEST_KEY, epoch: EPOCH };
      const cursor = { position: 0, chain: "00".repeat(16) };
      const device = { device: account.record, person: account.record, role: "rep", person_name: "Ana" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...device, ...server, cursor, nonce: "01".repeat(16), store_generation: 1 }));
    });
  });
  http.on("upgrade", (request, socket) => {
    const accept = acceptFor(request.headers["sec-websocket-key"]);
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, "\r\n"].join("\r\n"));
    // A server that breaks ends the connection: the test fails at once, and nothing hangs.
    answer(new Connection(socket, { masks: false })).catch((error) => socket.destroy(error));
  });

  async function answer(connection) {
    for (let message = await connection.receive(); message !== null; message = await connection.receive()) {
      const { hello } = Frame.read(message, LIMITS.helloBytes);
      if (hello === undefined) continue;
      hellos.push(hello);
      const send = (frame) => connection.send(Frame.write(frame));
      const proven = await proofs.verify(state.device, hello.signature, proofs.helloText(hello, origin, "/v1/sync"));
      if (!proven) send({ error: { code: "not_enrolled", text: "no", retry_after_ms: null } });
      else if (hello.nonce !== state.nonce) send({ challenge: { nonce: state.nonce } });
      else await welcome(send, hello);
    }
  }

  async function welcome(send, hello) {
    state.nonce = "03".repeat(16);
    const idle = hello.cursor.position === "7";
    const absent = { offline_days: null, role: null };
    const common = { version: 1, epoch: EPOCH, nonce: state.nonce, last_number: "0", now_ms: "0", differs: false, ...absent };
    send({ welcome: { ...common, head: mark(idle ? "9" : "7"), idle } });
    if (!idle) send(await page(keys, news(), options.forged));
  }

  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${http.address().port}`;
  return { origin, hellos, close: () => http.close() };
}

test("the client takes a challenge, reads everything, and finds nothing new the second time", async (t) => {
  const server = await serve();
  t.after(server.close);
  const device = await enrol(server.origin, "CODE", "a test");
  const first = await session(device);
  assert.deepEqual([first.challenges, first.pages, first.idle], [1, 1, false]);
  assert.equal(device.replica.records.size, 2);
  assert.equal(device.replica.fills.size, 0);

  const again = await session(device);
  assert.deepEqual([again.messages, again.challenges, again.idle], [2, 0, true]);
  assert.ok(again.bytes_up + again.bytes_down < 300, `${again.bytes_up} up, ${again.bytes_down} down`);
  assert.equal(device.replica.cursor.position, "9");
  const digests = server.hellos.map(({ digest }) => digest);
  assert.deepEqual(digests.slice(0, 2), ["0", "0"]);
  assert.notEqual(digests[2], "0");
});

test("p2 a page that another epoch signed is not applied", async (t) => {
  const server = await serve({ forged: true });
  t.after(server.close);
  const device = await enrol(server.origin, "CODE", "a test");
  await assert.rejects(session(device), /not signed/);
  assert.equal(device.replica.cursor.position, "0");
  assert.equal(device.replica.records.size, 0);
});

test("heads are the changes that no other depends on", () => {
  const chunks = [...visit.changes, ...more.changes].map(fromHex);
  const changes = new Map(chunks.map((chunk) => [proofs.changeHash(chunk), proofs.dependenciesOf(chunk).hashes]));
  assert.deepEqual(heads(changes), [proofs.changeHash(chunks[1])]);
  assert.deepEqual(proofs.dependenciesOf(chunks[0]).hashes, []);
});
