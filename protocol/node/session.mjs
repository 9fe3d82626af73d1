// A device that only reads, from enrolment to a reconnection without news:
//
//     node protocol/node/session.mjs http://127.0.0.1:7878 K7QF-2M9D-XW4P
//
// It enrols, connects and reads until everything is there, disconnects, connects once more, and prints what that second
// time took: `{ messages, bytes_up, bytes_down, ... }`, counted after the WebSocket's upgrade. Nothing is stored.

import { pathToFileURL } from "node:url";

import { fromHex, hex } from "./bytes.mjs";
import { Frame, PageBody } from "./frames.mjs";
import { compressedPoint, helloText, inflate, newKeyPair, publicKey, sign, statementText, verify } from "./proofs.mjs";
import { Replica } from "./replica.mjs";
import { connect } from "./websocket.mjs";

const PATH = "/v1/sync";
const CHALLENGES_MAX = 3;

/** Enrols a fresh device. */
export async function enrol(server, code, name) {
  const origin = new URL(server).origin;
  const keys = await newKeyPair();
  const body = JSON.stringify({ code, name, public_key: hex(await compressedPoint(keys)) });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${origin}/v1/enrol`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`enrolment was refused: ${response.status} ${await response.text()}`);
  const answer = await response.json();
  const cursor = { position: String(answer.cursor.position), chain: answer.cursor.chain };
  return {
    origin,
    keys,
    device: answer.device,
    serverKey: await publicKey(fromHex(answer.server_key)),
    storeGeneration: answer.store_generation,
    epoch: answer.epoch,
    nonce: answer.nonce,
    replica: new Replica(cursor, answer.digest_key),
  };
}

/** One connection: hello, then pages until nothing is left to read. */
export async function session(device) {
  const connection = await connect(device.origin, PATH);
  const seen = { messages: 0, challenges: 0, pages: 0, idle: false, differs: false };
  const send = (frame) => {
    seen.messages += 1;
    connection.send(Frame.write(frame));
  };
  try {
    send(await hello(device));
    for (let isOver = false; !isOver; ) {
      const message = await connection.receive();
      if (message === null) throw new Error("the server closed the connection");
      seen.messages += 1;
      isOver = await handle(device, seen, send, Frame.read(message));
    }
    return { ...seen, bytes_up: connection.bytesUp, bytes_down: connection.bytesDown };
  } finally {
    connection.close();
  }
}

async function hello({ origin, keys, device, storeGeneration, epoch, nonce, replica }) {
  const unsigned = {
    version: 1,
    device,
    nonce,
    signature: "00".repeat(64),
    store_generation: storeGeneration,
    epoch,
    cursor: replica.cursor,
    receipt: { position: "0", chain: "00".repeat(16) },
    last_number: "0",
    answered: null,
    fills: [...replica.fills.values()],
    digest: String(replica.digest()),
    waiting: 0,
    oldest_s: 0,
    facts: null,
  };
  return { hello: { ...unsigned, signature: await sign(keys, helloText(unsigned, origin, PATH)) } };
}

/** What a frame asks for; true when nothing is left to do. */
async function handle(device, seen, send, frame) {
  const [[word, body]] = Object.entries(frame);
  switch (word) {
    case "challenge":
      seen.challenges += 1;
      if (seen.challenges > CHALLENGES_MAX) throw new Error("one challenge after the other");
      device.nonce = body.nonce;
      send(await hello(device));
      return false;
    case "welcome":
      device.nonce = body.nonce;
      device.epoch = body.epoch;
      seen.idle = body.idle;
      seen.differs = body.differs;
      if (body.idle) device.replica.cursor = body.head;
      return body.idle;
    case "page":
      seen.pages += 1;
      await read(device, body);
      send({ applied: { position: device.replica.cursor.position } });
      return !body.more && device.replica.fills.size === 0;
    default:
      throw new Error(`${word}: ${body.code ?? ""} ${body.text ?? ""}`);
  }
}

/** Rule P2: nothing is applied before its signature holds. */
async function read({ serverKey, epoch, replica }, page) {
  const bytes = inflate(fromHex(page.body));
  const body = PageBody.read(bytes);
  if (!(await verify(serverKey, page.signature, statementText(epoch, page.upto, body.entries, bytes)))) {
    throw new Error("a page is not signed by the server of the enrolment");
  }
  replica.apply(epoch, page, body);
}

async function main([server, code, name = "a device in JavaScript"]) {
  if (server === undefined || code === undefined) {
    throw new Error("usage: node session.mjs SERVER-URL ENROLMENT-CODE [DEVICE-NAME]");
  }
  const device = await enrol(server, code, name);
  const first = await session(device);
  const { entries, records } = device.replica;
  const again = await session(device);
  console.log(JSON.stringify({ ...again, first: { ...first, entries, records: records.size } }));
  if (!again.idle || again.differs) throw new Error("the second connection was to find nothing new");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
