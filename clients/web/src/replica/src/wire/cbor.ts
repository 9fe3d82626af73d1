/**
 * The part of CBOR (RFC 8949) that Roadbook uses: integers, byte strings, text, arrays, booleans and null, in their
 * shortest forms and with definite lengths. What comes from outside is looked over first, without a stack and without
 * keeping anything, so that no few bytes can take much memory.
 */

import { decode as decodeCbor, encode as encodeCbor } from "cborg";

import { type Cbor, DecodeError } from "./shapes.ts";

/** Arrays within each other that are read; what a later version adds may nest as an encoder's own limit allows. */
const NESTING_MAX = 16;
/** Elements of one frame or body. An element may take one byte on the wire and many more in memory. */
const ELEMENTS_MAX = 1_000_000;

const OPTIONS = { strict: true, allowIndefinite: false, allowUndefined: false, allowNaN: false, allowInfinity: false };

/** The library puts U+FFFD where text is not UTF-8; here it is refused. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One value that fills the bytes wholly. */
export function decode(bytes: Uint8Array): Cbor {
  const end = endOf(bytes, 0);
  if (end !== bytes.length) throw new DecodeError("trailing", `${bytes.length - end} bytes after the end`);
  return read(bytes);
}

/** The bytes of each value of a CBOR sequence (RFC 8742). */
export function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = endOf(bytes, at);
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  return parts;
}

export const encode = (value: Cbor): Uint8Array => encodeCbor(value);

function read(bytes: Uint8Array): Cbor {
  try {
    return decodeCbor(bytes, OPTIONS) as Cbor;
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : "cannot be decoded");
  }
}

const malformed = (text: string): DecodeError => new DecodeError("malformed", text);

/** Where the value that begins at `from` ends. */
function endOf(bytes: Uint8Array, from: number): number {
  const open: number[] = [];
  let at = from;
  for (let elements = 0; ; elements += 1) {
    if (elements > ELEMENTS_MAX) throw new DecodeError("too_long", "more elements than a frame may have");
    const { major, argument, end } = headAt(bytes, at);
    at = end;
    if (major === 2 || major === 3) at += argument;
    if (at > bytes.length) throw malformed("it ends within a string");
    if (major === 3) mustBeText(bytes.subarray(end, at));
    if (major === 4 && argument > 0) {
      open.push(argument);
      if (open.length > NESTING_MAX) throw malformed("nested too deeply");
      continue;
    }
    while (open.length > 0) {
      const rest = (open.pop() ?? 0) - 1;
      if (rest > 0) {
        open.push(rest);
        break;
      }
    }
    if (open.length === 0) return at;
  }
}

function mustBeText(bytes: Uint8Array): void {
  try {
    UTF8.decode(bytes);
  } catch {
    throw malformed("text is not UTF-8");
  }
}

function headAt(bytes: Uint8Array, at: number): { major: number; argument: number; end: number } {
  const first = bytes[at];
  if (first === undefined) throw malformed("it ends too early");
  const major = first >> 5;
  const short = first & 31;
  if (major === 7) {
    if (short < 20 || short > 22) throw malformed(`simple value ${short} is not used`);
    return { major, argument: 0, end: at + 1 };
  }
  if (major > 4) throw malformed(`major type ${major} is not used`);
  if (short < 24) return { major, argument: short, end: at + 1 };
  if (short > 27) throw malformed("indefinite lengths are not used");
  const size = 1 << (short - 24);
  let argument = 0;
  for (let n = 1; n <= size; n += 1) {
    const byte = bytes[at + n];
    if (byte === undefined) throw malformed("it ends within a number");
    argument = argument * 256 + byte;
  }
  return { major, argument, end: at + 1 + size };
}
