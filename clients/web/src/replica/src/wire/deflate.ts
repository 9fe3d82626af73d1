/** Raw deflate (RFC 1951), with a bound on what comes out (rule F4). Bytes after the end of a stream are ignored. */

import { deflateSync, Inflate } from "fflate";

import { concat } from "./bytes.ts";
import { LIMITS } from "./frames.gen.ts";
import { DecodeError } from "./shapes.ts";

/** A piece of a stream can grow a thousandfold: this bounds how far beyond the limit one step reaches. */
const PIECE_BYTES = 4096;

export function inflate(bytes: Uint8Array, bytesMax: number = LIMITS.BODY_BYTES_MAX): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((part) => {
    length += part.length;
    if (length > bytesMax) throw new DecodeError("too_long", `a body goes beyond ${bytesMax} bytes`);
    parts.push(part);
  });
  try {
    if (bytes.length === 0) throw new DecodeError("inflate", "an empty stream");
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      stream.push(bytes.subarray(at, at + PIECE_BYTES), at + PIECE_BYTES >= bytes.length);
    }
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError("inflate", error instanceof Error ? error.message : "cannot be inflated");
  }
  return concat(...parts);
}

export const deflate = (bytes: Uint8Array): Uint8Array => deflateSync(bytes);
