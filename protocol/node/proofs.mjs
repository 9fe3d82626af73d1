// What is hashed and signed: proofs, the log's hashes, actors, digests. Each `...Text` is what goes into SHA-256.

import { createHash, ECDH, webcrypto } from "node:crypto";
import { inflateRawSync } from "node:zlib";

import { ascii, bigEndian, concat, fromHex, hex, uuidBytes } from "./bytes.mjs";
import { DecodeError } from "./cbor.mjs";
import { Frame, LIMITS } from "./frames.mjs";

export const sha256 = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());

/** The hello with a signature of zeros, behind origin and path. `hello` is readable JSON. */
export function helloText(hello, origin, path) {
  const frame = Frame.write({ hello: { ...hello, signature: "00".repeat(64), facts: null } });
  // The frame is a variant: [0, [hello]]. Three bytes stand before the hello itself.
  return concat(ascii(`roadbook hello 1\0${origin}\0${path}\0`), frame.subarray(3));
}

/** `items` are the deflated bytes. */
export const pushText = (device, storeGeneration, items) =>
  concat(ascii("roadbook push 1\0"), uuidBytes(device), bigEndian(storeGeneration, 4), items);

export const leaveText = (device, storeGeneration, lastNumber) =>
  concat(ascii("roadbook leave 1\0"), uuidBytes(device), bigEndian(storeGeneration, 4), bigEndian(lastNumber, 8));

/** What a page's signature is over. `body` are the inflated bytes as they came, `entries` what was read of them. */
export function statementText(epoch, upto, entries, body) {
  const hashes = entries.map(({ position, salt, payload }) =>
    concat(bigEndian(position, 8), entryHash(salt, fromHex(payload))),
  );
  const head = concat(fromHex(epoch), bigEndian(upto.position, 8), fromHex(upto.chain), bigEndian(entries.length, 4));
  return concat(ascii("roadbook page 1\0"), head, ...hashes, sha256(body));
}

export const entryHash = (salt, payload) => sha256(concat(ascii("roadbook entry 1\0"), fromHex(salt), payload));

export const chainText = (previous, position, entry) =>
  concat(ascii("roadbook chain 1\0"), fromHex(previous), bigEndian(position, 8), fromHex(entry));

export const deviceActorText = (device, storeGeneration, record, branch) =>
  concat(
    ascii("roadbook/actor/device/1\0"),
    uuidBytes(device),
    bigEndian(storeGeneration, 4),
    uuidBytes(record),
    bigEndian(branch, 4),
  );

export const serverActorText = (epoch, record) =>
  concat(ascii("roadbook/actor/server/1\0"), fromHex(epoch), uuidBytes(record));

export const digestText = (key, record, generation, heads) =>
  concat(
    ascii("roadbook digest 1\0"),
    fromHex(key),
    uuidBytes(record),
    bigEndian(generation, 4),
    ...[...heads].sort().map(fromHex),
  );

/** The first sixteen bytes of the SHA-256 of a text. */
export const tag16 = (text) => hex(sha256(text).subarray(0, 16));

/** The first eight bytes of the SHA-256 of a text, as a number. */
export const firstEight = (text) => BigInt(`0x${hex(sha256(text).subarray(0, 8))}`);

/** Sums modulo 2^64. */
export const sum = (digests) => digests.reduce((total, digest) => BigInt.asUintN(64, total + BigInt(digest)), 0n);

/** A change chunk's name: SHA-256 over everything behind its magic (4 bytes) and checksum (4 bytes). */
export const changeHash = (chunk) => hex(sha256(chunk.subarray(8)));

/** A whole chunk of a hollow one: the actor put back, then the checksum. `actor` is hexadecimal text. */
export function filled(hollow, actor) {
  const chunk = Uint8Array.from(hollow);
  const { end } = dependenciesOf(chunk);
  if (chunk[end] !== 16) throw new DecodeError("malformed", "not an actor of sixteen bytes");
  chunk.set(fromHex(actor), end + 1);
  chunk.set(sha256(chunk.subarray(8)).subarray(0, 4), 4);
  return chunk;
}

/** What a change chunk depends on, and where its actor's length stands. */
export function dependenciesOf(chunk) {
  const [, afterLength] = leb128(chunk, 9);
  const [count, start] = leb128(chunk, afterLength);
  const end = start + 32 * count;
  if (chunk[8] !== 1 || end + 17 > chunk.length) throw new DecodeError("malformed", "not a plain change chunk");
  const hashes = Array.from({ length: count }, (_, n) => hex(chunk.subarray(start + 32 * n, start + 32 * (n + 1))));
  return { hashes, end };
}

/** An unsigned LEB128 number at an offset, and the offset behind it. */
function leb128(bytes, from) {
  let value = 0;
  for (let at = from, shift = 0; at < bytes.length && shift < 35; at += 1, shift += 7) {
    value += (bytes[at] & 127) * 2 ** shift;
    if (bytes[at] < 128) return [value, at + 1];
  }
  throw new DecodeError("malformed", "not a change chunk");
}

// Signatures: ECDSA on P-256 with SHA-256 over a text, as `r` then `s`. A library that signs hashes takes the text's
// SHA-256, the proof.

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** WebCrypto takes public keys uncompressed only; the server gives its own compressed. */
export async function publicKey(sec1) {
  const point = ECDH.convertKey(sec1, "prime256v1", undefined, undefined, "uncompressed");
  return webcrypto.subtle.importKey("raw", point, ALGORITHM, true, ["verify"]);
}

export const newKeyPair = () => webcrypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);

/** A key pair's public half, SEC1 compressed. */
export async function compressedPoint(pair) {
  const point = new Uint8Array(await webcrypto.subtle.exportKey("raw", pair.publicKey));
  return new Uint8Array(ECDH.convertKey(point, "prime256v1", undefined, undefined, "compressed"));
}

export async function sign(pair, text) {
  return hex(new Uint8Array(await webcrypto.subtle.sign(SIGNING, pair.privateKey, text)));
}

export const verify = (key, signature, text) =>
  webcrypto.subtle.verify(SIGNING, key, fromHex(signature), text);

/** Inflates a raw deflate stream to at most the limit of a body. */
export function inflate(bytes) {
  try {
    return new Uint8Array(inflateRawSync(bytes, { maxOutputLength: LIMITS.bodyBytes }));
  } catch (error) {
    const code = error.code === "ERR_BUFFER_TOO_LARGE" ? "too_long" : "inflate";
    throw new DecodeError(code, error.message);
  }
}
