/** What is hashed and signed: proofs, the log's hashes, actors, digests. Each `...Text` is what goes into SHA-256. */

import { sha256 } from "@noble/hashes/sha2.js";

import { bigEndian, concat, fromHex, hex, utf8, uuidBytes } from "./bytes.ts";
import { writeHello } from "./codec.ts";
import type { Hello, Mark, PageEntry } from "./frames.gen.ts";

export { sha256 };

/** The hello with a signature of zeros, behind origin and path; without what a later version may add. */
export const helloText = (hello: Hello, origin: string, path: string): Uint8Array =>
  concat(
    utf8(`roadbook hello 1\0${origin}\0${path}\0`),
    writeHello({ ...hello, signature: new Uint8Array(64), facts: null }),
  );

/** `items` are the deflated bytes. */
export const pushText = (device: string, storeGeneration: number, items: Uint8Array): Uint8Array =>
  concat(utf8("roadbook push 1\0"), uuidBytes(device), bigEndian(storeGeneration, 4), items);

export const leaveText = (device: string, storeGeneration: number, lastNumber: bigint): Uint8Array =>
  concat(utf8("roadbook leave 1\0"), uuidBytes(device), bigEndian(storeGeneration, 4), bigEndian(lastNumber, 8));

/** What a page's signature is over. `body` are the inflated bytes as they came, `entries` what was read of them. */
export function statementText(
  epoch: Uint8Array,
  upto: Mark,
  entries: readonly PageEntry[],
  body: Uint8Array,
): Uint8Array {
  const head = concat(epoch, bigEndian(upto.position, 8), upto.chain, bigEndian(entries.length, 4));
  const hashes = entries.flatMap(({ position, salt, payload }) => [bigEndian(position, 8), entryHash(salt, payload)]);
  return concat(utf8("roadbook page 1\0"), head, ...hashes, sha256(body));
}

export const entryHash = (salt: Uint8Array, payload: Uint8Array): Uint8Array =>
  sha256(concat(utf8("roadbook entry 1\0"), salt, payload));

export const chainText = (previous: Uint8Array, position: bigint, entry: Uint8Array): Uint8Array =>
  concat(utf8("roadbook chain 1\0"), previous, bigEndian(position, 8), entry);

export const deviceActorText = (device: string, storeGeneration: number, record: string, branch: number): Uint8Array =>
  concat(
    utf8("roadbook/actor/device/1\0"),
    uuidBytes(device),
    bigEndian(storeGeneration, 4),
    uuidBytes(record),
    bigEndian(branch, 4),
  );

export const serverActorText = (epoch: Uint8Array, record: string): Uint8Array =>
  concat(utf8("roadbook/actor/server/1\0"), epoch, uuidBytes(record));

/** Heads are hexadecimal, in any order. */
export const digestText = (key: Uint8Array, record: string, generation: number, heads: readonly string[]): Uint8Array =>
  concat(
    utf8("roadbook digest 1\0"),
    key,
    uuidBytes(record),
    bigEndian(generation, 4),
    ...[...heads].sort().map(fromHex),
  );

/** The first sixteen bytes of the SHA-256 of a text. */
export const tag16 = (text: Uint8Array): Uint8Array => sha256(text).slice(0, 16);

/** The first eight bytes of the SHA-256 of a text, as a number. */
export const firstEight = (text: Uint8Array): bigint => BigInt(`0x${hex(sha256(text).subarray(0, 8))}`);

/** A sum modulo 2^64 after one of its parts changed. */
export const adjusted = (sum: bigint, before: bigint, after: bigint): bigint =>
  BigInt.asUintN(64, sum - before + after);
