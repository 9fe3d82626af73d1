/** Automerge change chunks, as far as the protocol looks into them: their names, their actors, and their plain form. */

import { concat, hex } from "./bytes.ts";
import { inflate } from "./deflate.ts";
import type { Hand } from "./frames.gen.ts";
import { LIMITS } from "./frames.gen.ts";
import { deviceActorText, serverActorText, sha256, tag16 } from "./proofs.ts";
import { DecodeError } from "./shapes.ts";

const TYPE_AT = 8;
const CHANGE = 1;
const DEFLATED = 2;

const malformed = (text: string): DecodeError => new DecodeError("malformed", text);

/** A chunk's name: SHA-256 over everything behind its magic and checksum, four bytes each. */
export const changeHash = (chunk: Uint8Array): string => hex(sha256(chunk.subarray(TYPE_AT)));

/** The plain form of a chunk that Automerge may have deflated: only that travels (rule G1). */
export function plainChunk(chunk: Uint8Array): Uint8Array {
  if (chunk[TYPE_AT] === CHANGE) return chunk;
  if (chunk[TYPE_AT] !== DEFLATED) throw malformed("not a change chunk");
  const [, start] = leb128(chunk, TYPE_AT + 1);
  const rest = inflate(chunk.subarray(start), LIMITS.ITEM_BYTES_MAX);
  const plain = concat(chunk.subarray(0, TYPE_AT), Uint8Array.of(CHANGE), toLeb128(rest.length), rest);
  return plain;
}

/** What a change chunk depends on, and where its actor's length stands. */
export function dependenciesOf(chunk: Uint8Array): { hashes: string[]; end: number } {
  const [, afterLength] = leb128(chunk, TYPE_AT + 1);
  const [count, start] = leb128(chunk, afterLength);
  const end = start + 32 * count;
  if (chunk[TYPE_AT] !== CHANGE || end + 17 > chunk.length) throw malformed("not a plain change chunk");
  const hashes = Array.from({ length: count }, (_, n) => hex(chunk.subarray(start + 32 * n, start + 32 * (n + 1))));
  return { hashes, end };
}

/** When a change was made, in milliseconds since 1970, by its writer's clock: a label. */
export function timeOf(chunk: Uint8Array): number {
  const [, afterSeq] = leb128(chunk, dependenciesOf(chunk).end + 17);
  const [, start] = leb128(chunk, afterSeq);
  let seconds = 0;
  for (let at = start, scale = 1; at < start + 7; at += 1, scale *= 128) {
    const byte = chunk[at] ?? 0;
    seconds += (byte & 127) * scale;
    // The last byte's second bit is the sign.
    if (byte < 128) return 1000 * ((byte & 64) === 0 ? seconds : seconds - 128 * scale);
  }
  return 0;
}

/** A whole chunk of a hollow one: the actor put back, then the checksum (rule P8). */
export function filled(hollow: Uint8Array, actor: Uint8Array): Uint8Array {
  const chunk = hollow.slice();
  const { end } = dependenciesOf(chunk);
  if (chunk[end] !== 16) throw malformed("not an actor of sixteen bytes");
  chunk.set(actor, end + 1);
  chunk.set(sha256(chunk.subarray(TYPE_AT)).subarray(0, 4), 4);
  return chunk;
}

/** The whole chunk of a fill's change on a record, by the hand that made it. */
export function whole(epoch: Uint8Array, record: string, hand: Hand, chunk: Uint8Array): Uint8Array {
  if (hand === "whole") return chunk;
  if (hand === "server") return filled(chunk, tag16(serverActorText(epoch, record)));
  const { device, store_generation: generation, branch } = hand.device;
  return filled(chunk, tag16(deviceActorText(device, generation, record, branch)));
}

/** An unsigned LEB128 number at an offset, and the offset behind it. */
function leb128(bytes: Uint8Array, from: number): [number, number] {
  let value = 0;
  for (let at = from, shift = 0; shift < 35; at += 1, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at + 1];
  }
  throw malformed("not a change chunk");
}

function toLeb128(number: number): Uint8Array {
  const bytes: number[] = [];
  let rest = number;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}
