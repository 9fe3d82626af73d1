// The part of CBOR (RFC 8949) that Roadbook uses: integers, byte strings, text, arrays, true, false and null. It is
// strict: shortest heads, definite lengths, nothing after the end, at most NESTING_MAX levels deep.
//
// Values: integers are BigInt, byte strings are Uint8Array.

export const NESTING_MAX = 16;

/** Bytes that are not what they should be. `code` is `malformed`, `trailing`, `too_long` or `inflate`. */
export class DecodeError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const malformed = (message) => new DecodeError("malformed", message);
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one value that fills `bytes` wholly. */
export function decode(bytes) {
  const { value, end } = read(bytes, 0, 0);
  if (end !== bytes.length) throw new DecodeError("trailing", `${bytes.length - end} bytes after the end`);
  return value;
}

/** Reads a CBOR sequence (RFC 8742): values one after the other. */
export function decodeSequence(bytes) {
  const values = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = read(bytes, at, 0);
    values.push(value);
    at = end;
  }
  return values;
}

function read(bytes, at, depth) {
  if (depth > NESTING_MAX) throw malformed("nested too deeply");
  const { major, argument, end } = head(bytes, at);
  switch (major) {
    case 0:
      return { value: argument, end };
    case 1:
      return { value: -1n - argument, end };
    case 2:
    case 3: {
      // Compared as BigInt: a length beyond 2^53 must not be rounded before it is refused.
      if (argument > BigInt(bytes.length - end)) throw malformed("it ends within a string");
      const stop = end + Number(argument);
      const string = bytes.subarray(end, stop);
      return { value: major === 2 ? string.slice() : text(string), end: stop };
    }
    case 4: {
      const value = [];
      let next = end;
      for (let n = 0n; n < argument; n += 1n) {
        const item = read(bytes, next, depth + 1);
        value.push(item.value);
        next = item.end;
      }
      return { value, end: next };
    }
    case 7:
      return { value: simple(argument), end };
    default:
      throw malformed(`major type ${major} is not used`);
  }
}

function head(bytes, at) {
  if (at >= bytes.length) throw malformed("it ends too early");
  const major = bytes[at] >> 5;
  const short = bytes[at] & 31;
  if (short < 24) return { major, argument: BigInt(short), end: at + 1 };
  if (short > 27) throw malformed("indefinite lengths are not used");
  const size = 1 << (short - 24);
  if (at + 1 + size > bytes.length) throw malformed("it ends within a number");
  let argument = 0n;
  for (const byte of bytes.subarray(at + 1, at + 1 + size)) argument = (argument << 8n) | BigInt(byte);
  const smallest = size === 1 ? 24n : 1n << BigInt(4 * size);
  if (argument < smallest) throw malformed("a number is not in its shortest form");
  return { major, argument, end: at + 1 + size };
}

function text(bytes) {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw malformed("text is not UTF-8");
  }
}

function simple(argument) {
  switch (argument) {
    case 20n:
      return false;
    case 21n:
      return true;
    case 22n:
      return null;
    default:
      throw malformed(`simple value ${argument} is not used`);
  }
}

/** The bytes of a value; the inverse of `decode`. */
export function encode(value) {
  const out = [];
  write(out, value);
  return Uint8Array.from(out);
}

function write(out, value) {
  if (typeof value === "bigint") {
    if (value < 0n) writeHead(out, 1, -1n - value);
    else writeHead(out, 0, value);
  } else if (typeof value === "string") {
    writeString(out, 3, new TextEncoder().encode(value));
  } else if (value instanceof Uint8Array) {
    writeString(out, 2, value);
  } else if (Array.isArray(value)) {
    writeHead(out, 4, BigInt(value.length));
    for (const item of value) write(out, item);
  } else if (value === null) {
    out.push(0xf6);
  } else if (typeof value === "boolean") {
    out.push(value ? 0xf5 : 0xf4);
  } else {
    throw new TypeError(`cannot encode ${typeof value}`);
  }
}

function writeString(out, major, bytes) {
  writeHead(out, major, BigInt(bytes.length));
  for (const byte of bytes) out.push(byte);
}

function writeHead(out, major, argument) {
  if (argument < 24n) {
    out.push((major << 5) | Number(argument));
    return;
  }
  const size = argument < 1n << 8n ? 1 : argument < 1n << 16n ? 2 : argument < 1n << 32n ? 4 : 8;
  if (argument >= 1n << 64n) throw new RangeError("a number is longer than 64 bits");
  out.push((major << 5) | (24 + Math.log2(size)));
  for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) out.push(Number((argument >> BigInt(shift)) & 255n));
}
