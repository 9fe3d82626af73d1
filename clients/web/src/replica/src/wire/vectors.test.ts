// Reads every golden vector of protocol/vectors with this implementation.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, test } from "vitest";

import { generate, TARGET } from "../../codegen/cddl.js";
import { fromHex, hex, uuidBytes } from "./bytes.ts";
import { changeHash, dependenciesOf, filled, whole } from "./chunk.ts";
import * as codec from "./codec.ts";
import { DecodeError, LIMITS } from "./codec.ts";
import { inflate } from "./deflate.ts";
import type { Hand, Hello, Mark, Page, PageBody, Push } from "./frames.gen.ts";
import { publicKey, verify } from "./keys.ts";
import * as proofs from "./proofs.ts";

const VECTORS = resolve(import.meta.dirname, "../../../../../../protocol/vectors");

/** For what takes seconds on a busy machine. */
const SLOW_MS = 60_000;

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly decoded: unknown;
  readonly derived: Record<string, unknown>;
  readonly input: Record<string, unknown>;
  readonly text: string;
  readonly claim: string;
  readonly error: string;
  readonly parts: readonly { readonly hex: string; readonly times?: number }[];
  readonly [more: string]: unknown;
}

const load = (name: string): readonly Vector[] =>
  (JSON.parse(readFileSync(resolve(VECTORS, `${name}.json`), "utf8")) as { vectors: Vector[] }).vectors;

/** What was read, as the vectors' JSON. */
function json(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(json);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, json(part)]));
}

interface Codec {
  readonly read: (bytes: Uint8Array) => unknown;
  readonly write: (value: never) => Uint8Array;
}

const CODECS: Record<string, Codec> = {
  frames: { read: (bytes) => codec.readFrame(bytes), write: codec.writeFrame },
  items: { read: codec.readItem, write: codec.writeItem },
  receipts: { read: codec.readReceipt, write: codec.writeReceipt },
  entries: { read: codec.readEntry, write: codec.writeEntry },
  pages: { read: codec.readPageBody, write: codec.writePageBody },
};

describe.each(Object.entries(CODECS))("%s", (name, { read, write }) => {
  test("f1 every vector reads as it says and is written back byte for byte", () => {
    for (const vector of load(name)) {
      const value = read(fromHex(vector.hex));
      expect(json(value), vector.name).toEqual(vector.decoded);
      expect(hex(write(value as never)), vector.name).toBe(vector.hex);
    }
  });

  test("f3 no vector reads when it is cut short or goes on", () => {
    for (const vector of load(name)) {
      const bytes = fromHex(vector.hex);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(() => read(bytes.subarray(0, length)), `${vector.name} at ${length}`).toThrow(DecodeError);
      }
      expect(() => read(Uint8Array.of(...bytes, 0)), vector.name).toThrow(DecodeError);
    }
  });
});

test("f3 f4 what must be refused is refused, for its reason", { timeout: SLOW_MS }, () => {
  const readers: Record<string, (bytes: Uint8Array) => unknown> = {
    frame: (bytes) => codec.readFrame(bytes),
    item: codec.readItem,
    push_items: codec.readItems,
    page_body: (bytes) => codec.readPageBody(inflate(bytes)),
  };
  for (const { name, claim, error, parts } of load("refused")) {
    const bytes = fromHex(parts.map((part) => part.hex.repeat(part.times ?? 1)).join(""));
    let code = "read";
    try {
      readers[claim]?.(bytes);
    } catch (failure) {
      code = failure instanceof DecodeError ? failure.code : String(failure);
    }
    expect(code, name).toBe(error);
  }
});

test("h1 a hello's proof and signature hold, and elsewhere they do not", async () => {
  for (const { name, hex: bytes, derived } of load("frames")) {
    const frame = codec.readFrame(fromHex(bytes));
    if (!("hello" in frame)) continue;
    const hello: Hello = frame.hello;
    expect(bytes.length / 2).toBeLessThanOrEqual(LIMITS.HELLO_BYTES_MAX);
    const text = proofs.helloText(hello, derived["origin"] as string, derived["path"] as string);
    expect(hex(text), name).toBe(derived["proof_text"]);
    expect(hex(proofs.sha256(text)), name).toBe(derived["proof"]);
    for (const form of Object.values(derived["device_key"] as Record<string, string>)) {
      const key = await publicKey(fromHex(form));
      expect(await verify(key, hello.signature, text), name).toBe(true);
      const elsewhere = proofs.helloText(hello, "https://elsewhere.example", derived["path"] as string);
      expect(await verify(key, hello.signature, elsewhere), name).toBe(false);
    }
  }
});

test("i5 a push's items are those of items.json, and its signature holds", async () => {
  const items = load("items").slice(0, 5);
  for (const { name, hex: bytes, derived } of load("frames")) {
    const frame = codec.readFrame(fromHex(bytes));
    if (!("push" in frame)) continue;
    const push: Push = frame.push;
    expect(codec.readItems(push.items).map(hex), name).toEqual(items.map((item) => item.hex));
    const text = proofs.pushText(derived["device"] as string, derived["store_generation"] as number, push.items);
    expect(hex(text), name).toBe(derived["proof_text"]);
    const key = await publicKey(fromHex((derived["device_key"] as Record<string, string>)["sec1_compressed"] ?? ""));
    expect(await verify(key, push.signature, text), name).toBe(true);
    const again = codec.writeItems(codec.readItems(push.items));
    expect(codec.readItems(again).map(hex), name).toEqual(items.map((item) => item.hex));
  }
});

test("w6 a leave is signed over its device, store generation and last push number", async () => {
  let leaves = 0;
  for (const { name, hex: bytes, derived } of load("frames")) {
    const frame = codec.readFrame(fromHex(bytes));
    if (!("leave" in frame)) continue;
    leaves += 1;
    const [device, generation] = [derived["device"] as string, derived["store_generation"] as number];
    const text = proofs.leaveText(device, generation, frame.leave.last_number);
    expect(hex(text), name).toBe(derived["proof_text"]);
    const key = await publicKey(fromHex((derived["device_key"] as Record<string, string>)["sec1_compressed"] ?? ""));
    expect(await verify(key, frame.leave.signature, text), name).toBe(true);
    const later = proofs.leaveText(device, generation + 1, frame.leave.last_number);
    expect(await verify(key, frame.leave.signature, later), name).toBe(false);
  }
  expect(leaves).toBe(1);
});

test("p2 a page opens, and its signature holds over what it says and nothing else", async () => {
  for (const { name, hex: bytes, derived } of load("frames")) {
    const frame = codec.readFrame(fromHex(bytes));
    if (!("page" in frame)) continue;
    const page: Page = frame.page;
    const body = inflate(page.body);
    expect(hex(body), name).toBe(derived["body"]);
    const { entries } = codec.readPageBody(body);
    const epoch = fromHex(derived["epoch"] as string);
    const text = proofs.statementText(epoch, page.upto, entries, body);
    expect(hex(proofs.sha256(text)), name).toBe(derived["statement"]);
    const key = await publicKey(fromHex((derived["server_key"] as Record<string, string>)["sec1_compressed"] ?? ""));
    expect(await verify(key, page.signature, text), name).toBe(true);
    const other = proofs.statementText(epoch, { ...page.upto, position: 9n }, entries, body);
    expect(await verify(key, page.signature, other), name).toBe(false);
  }
});

test("statements of page bodies are as written", () => {
  for (const { name, hex: bytes, derived } of load("pages")) {
    const body: PageBody = codec.readPageBody(fromHex(bytes));
    const upto = derived["upto"] as { position: string; chain: string };
    const mark: Mark = { position: BigInt(upto.position), chain: fromHex(upto.chain) };
    const text = proofs.statementText(fromHex(derived["epoch"] as string), mark, body.entries, fromHex(bytes));
    expect(hex(text), name).toBe(derived["statement_text"]);
  }
});

test("c1 the chain runs over the entries", () => {
  const entries = load("entries");
  let previous = new Uint8Array(32);
  for (const [n, { name, text, derived }] of load("chain").entries()) {
    const entry = entries[n];
    const hash = proofs.entryHash(fromHex(entry?.derived["salt"] as string), fromHex(entry?.hex ?? ""));
    expect(hex(hash), name).toBe(entry?.derived["entry_hash"]);
    expect(hex(proofs.chainText(previous, BigInt(n + 1), hash)), name).toBe(text);
    previous = new Uint8Array(proofs.sha256(fromHex(text)));
    expect(hex(previous), name).toBe(derived["chain_hash"]);
    expect(hex(proofs.tag16(fromHex(text))), name).toBe(derived["mark"]);
  }
});

test("g2 actors are derived from who writes where", () => {
  for (const { name, input, text, derived } of load("actors")) {
    const made =
      input["device"] === undefined
        ? proofs.serverActorText(fromHex(input["epoch"] as string), input["record"] as string)
        : proofs.deviceActorText(
            input["device"] as string,
            input["store_generation"] as number,
            input["record"] as string,
            input["branch"] as number,
          );
    expect(hex(made), name).toBe(text);
    expect(hex(proofs.tag16(made)), name).toBe(derived["actor"]);
  }
});

test("items and changes are named by their hashes", () => {
  for (const { name, hex: bytes, derived } of load("items")) {
    expect(hex(proofs.sha256(fromHex(bytes))), name).toBe(derived["item_hash"]);
    const { body } = codec.readItem(fromHex(bytes));
    const changes = typeof body === "object" && "changes" in body ? body.changes.changes : [];
    expect(changes.map(changeHash), name).toEqual(derived["change_hashes"] ?? []);
    for (const chunk of changes) expect(dependenciesOf(chunk).end, name).toBeGreaterThan(8);
  }
});

test("p8 a hollow chunk is made whole by its hand", () => {
  for (const { name, hollow, actor, whole: expected, change_hash: hash } of load("hollow")) {
    const chunk = filled(fromHex(hollow as string), fromHex(actor as string));
    expect(hex(chunk), name).toBe(expected);
    expect(changeHash(chunk), name).toBe(hash);
  }
});

test("p8 the chunks of a fill are whole ones again, and what is absent is as before", () => {
  const fill = load("pages").find(({ name }) => name === "fill");
  const epoch = fromHex(fill?.derived["epoch"] as string);
  const chunks = codec.readPageBody(fromHex(fill?.hex ?? "")).fills.flatMap(({ records }) => {
    let before: Hand | null = null;
    return records.flatMap(({ record, changes }) =>
      changes.map(({ chunk, hand }) => {
        before = hand ?? before;
        return hex(whole(epoch, record, before ?? "whole", chunk));
      }),
    );
  });
  const captured = load("items").flatMap(({ hex: bytes }) => {
    const { body } = codec.readItem(fromHex(bytes));
    return typeof body === "object" && "changes" in body ? body.changes.changes.map(hex) : [];
  });
  const byServer = load("hollow").find(({ name }) => name === "by_server")?.["whole"];
  expect(chunks).toEqual([captured[0], captured[1], byServer, captured[2]]);
});

test("d1 digests are sums of keyed hashes of heads", () => {
  for (const { name, input, text, derived } of load("digests")) {
    const parts = input["parts"] as string[] | undefined;
    if (parts !== undefined) {
      const sum = parts.reduce((total, part) => proofs.adjusted(total, 0n, BigInt(part)), 0n);
      expect(sum.toString(), name).toBe(derived["digest"]);
      continue;
    }
    const made = proofs.digestText(
      fromHex(input["digest_key"] as string),
      input["record"] as string,
      input["generation"] as number,
      input["heads"] as string[],
    );
    expect(hex(made), name).toBe(text);
    expect(proofs.firstEight(made).toString(), name).toBe(derived["digest"]);
  }
});

test("a UUID is its sixteen bytes", () => {
  expect(hex(uuidBytes("01a1f7f9-1a60-71a1-a1a1-a1a1a1a1a1a1"))).toBe("01a1f7f91a6071a1a1a1a1a1a1a1a1a1");
});

test("the shapes in use are those of frames.cddl", { timeout: SLOW_MS }, async () => {
  expect(readFileSync(TARGET, "utf8")).toBe(await generate());
});
