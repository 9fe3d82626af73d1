/**
 * The page of the benchmark: a device without a server, filled with so many records, and PouchDB with the same list. Each
 * answers the same questions; `run.js` asks them and measures.
 */

import PouchDB from "pouchdb-browser";

import type { RecordRow, ViewRow } from "../src/engine/rows.ts";
import type { Tx } from "../src/engine/tx.ts";
import { connect, type ReplicaClient } from "../src/index.ts";
import { headingOf, wordsOf } from "../src/model/shown.ts";
import { Keeper } from "../src/shell/keeper.ts";
import { browserPlatform } from "../src/shell/browser.ts";
import type { Enrolment } from "../src/store/home.ts";
import { newKeyPair } from "../src/wire/keys.ts";

const WORDS =
  "alpine bakery cedar delta ember falcon garden harbour island jasper kettle lantern market north oak pepper".split(
    " ",
  );
const ACCOUNT = "01a1f7f9-1a60-71a1-a1a1-a1a1a1a1a1a1";
const AT_ONCE = 1000;

const ENROLMENT: Enrolment = {
  device: "01a1f2d1-d400-71d1-91d1-d1d1d1d1d1d1",
  person: "01a1c478-9800-7ebe-bebe-bebebebebebe",
  person_name: "Bench",
  role: "rep",
  server_key: "02".repeat(33),
  digest_key: "d9".repeat(16),
  epoch: "e0".repeat(16),
  nonce: "7e".repeat(16),
  store_generation: 1,
  cursor: { position: 0, chain: "00".repeat(16) },
};

const wordAt = (n: number): string => WORDS[n % WORDS.length] ?? "";
const titleOf = (n: number): string => `${wordAt(n * 7)} ${wordAt(n * 3 + 1)} ${n}`;
const idOf = (n: number): string => `01a00000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
const kindOf = (n: number): string => (n % 10 === 0 ? "account" : "visit");

function viewOf(n: number): ViewRow {
  const title = titleOf(n);
  return {
    record: idOf(n),
    kind: kindOf(n),
    account: ACCOUNT,
    title,
    subtitle: "Berlin · Germany",
    state: "active",
    at_ms: n,
    changed_ms: n,
    sort: title,
    words: wordsOf(`${title} berlin`),
    heading: headingOf(title),
  };
}

/** Fills both with the same list. The device's records hold one real document each, all the same. */
async function seed(count: number): Promise<void> {
  const platform = browserPlatform();
  const keeper = await Keeper.open(platform, () => undefined);
  // A server that is not there: nothing is sent, everything else is as ever.
  await keeper.enrol("http://127.0.0.1:9", ENROLMENT, await newKeyPair());
  await keeper.transaction((tx) => {
    const lease = "01a1f7f9-1a60-7f1f-9f1f-1f1f1f1f1f1f";
    tx.putLease({ lease, subject: { account: ACCOUNT }, state: "open", late: null, note: null });
    return Promise.resolve();
  });
  const accepted = crypto.getRandomValues(new Uint8Array(600));
  const pouch = new PouchDB("bench");
  for (let at = 0; at < count; at += AT_ONCE) {
    const places = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, n) => at + n);
    await keeper.transaction((tx) => {
      for (const n of places) put(tx, n, accepted);
      return Promise.resolve();
    });
    const docs = places.map((n) => ({ _id: `${kindOf(n)} ${titleOf(n)}`, ...viewOf(n), notes: "x".repeat(600) }));
    await pouch.bulkDocs(docs);
  }
  keeper.close();
}

function put(tx: Tx, n: number, accepted: Uint8Array): void {
  const [id, kind] = [idOf(n), kindOf(n)];
  const row: RecordRow = {
    id,
    kind,
    account: ACCOUNT,
    creator: ENROLMENT.person,
    generation: 0,
    accepted,
    branch: 0,
    digest: 0n,
    decision: null,
    changed_ms: n,
  };
  tx.putRecord(row);
  tx.putView(viewOf(n));
}

let replica: ReplicaClient | null = null;
let pouch: PouchDB | null = null;

/** The questions, each by both. PouchDB has no search: it is asked for ids that begin so. */
const QUESTIONS = {
  replica: {
    start: async (): Promise<number> => {
      replica = connect();
      return (await replica.list({ kind: "account", limit: 50 })).records.length;
    },
    list: async (): Promise<number> => (await replica?.list({ kind: "visit", limit: 50 }))?.records.length ?? 0,
    search: async (text: string): Promise<number> => (await replica?.search(text, undefined, 50))?.length ?? 0,
    save: async (): Promise<number> =>
      (await replica?.create("visit", ACCOUNT, { state: "planned", notes: "A note." }))?.number ?? 0,
  },
  pouchdb: {
    start: async (): Promise<number> => {
      pouch = new PouchDB("bench");
      return await QUESTIONS.pouchdb.range("account ", "account \uffff");
    },
    list: (): Promise<number> => QUESTIONS.pouchdb.range("visit ", "visit \uffff"),
    search: (text: string): Promise<number> => QUESTIONS.pouchdb.range(`visit ${text}`, `visit ${text}\uffff`),
    save: async (): Promise<number> => {
      await pouch?.put({ _id: `visit ${crypto.randomUUID()}`, state: "planned", notes: "A note." });
      return 1;
    },
    range: async (startkey: string, endkey: string): Promise<number> =>
      (await pouch?.allDocs({ startkey, endkey, limit: 50, include_docs: true }))?.rows.length ?? 0,
  },
};

/** How long a question takes, so many times, in milliseconds; the answers must hold something. */
async function measure(
  who: keyof typeof QUESTIONS,
  what: "start" | "list" | "search" | "save",
  times: number,
  text = "",
): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    const found = await QUESTIONS[who][what](text);
    took.push(performance.now() - began);
    if (found === 0) throw new Error(`${who} found nothing for ${what} ${text}`);
  }
  return took;
}

Object.assign(globalThis, { seed, measure });
