/**
 * What frames are made of: shapes that read a CBOR value into a typed one and write it back. A struct is an array by
 * position, a variant is `[number, fields]`; elements behind the known ones are passed over (rule V2).
 *
 * In memory, ids are UUIDs as text, bytes are `Uint8Array`, 64-bit numbers are `bigint`, shorter ones `number`; a variant is
 * `{ word: fields }`, or its word alone if it has none; what is absent is null.
 */

import { uuidBytes, uuidText } from "./bytes.ts";

/** Why bytes were not read. */
export type DecodeCode = "malformed" | "trailing" | "too_long" | "inflate";

/** Bytes that are not what they should be. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  constructor(
    readonly code: DecodeCode,
    text: string,
  ) {
    super(text);
  }
}

const malformed = (text: string): DecodeError => new DecodeError("malformed", text);

/** A CBOR value as the codec gives and takes it: whole numbers are `number` or `bigint`. */
export type Cbor = null | boolean | number | bigint | string | Uint8Array | readonly Cbor[];

export interface Shape<T> {
  read(value: Cbor): T;
  write(value: T): Cbor;
  /** Whether it may be left out at the end of an array. */
  readonly isOptional?: boolean;
}

function whole(value: Cbor, min: bigint, max: bigint): bigint {
  const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  const number = isWhole ? BigInt(value) : null;
  if (number === null || number < min || number > max) throw malformed("not a number in its range");
  return number;
}

const short = (max: number): Shape<number> => ({
  read: (value) => Number(whole(value, 0n, BigInt(max))),
  write: (value) => value,
});

const long = (min: bigint, max: bigint): Shape<bigint> => ({
  read: (value) => whole(value, min, max),
  write: (value) => value,
});

const bytes = (length?: number): Shape<Uint8Array> => ({
  read(value) {
    if (!(value instanceof Uint8Array)) throw malformed("not bytes");
    if (length !== undefined && value.length !== length) throw malformed(`${value.length} bytes are not ${length}`);
    // A copy: a view would keep all of its frame in memory, and in a store.
    return new Uint8Array(value);
  },
  write: (value) => value,
});

const text: Shape<string> = {
  read(value) {
    if (typeof value !== "string") throw malformed("not text");
    return value;
  },
  write: (value) => value,
};

const sixteen = bytes(16);

/** The leaves, by the names that `frames.cddl` gives them. */
export const leaf = {
  u8: short(0xff),
  u16: short(0xffff),
  u32: short(0xffff_ffff),
  u64: long(0n, (1n << 64n) - 1n),
  i64: long(-(1n << 63n), (1n << 63n) - 1n),
  milliseconds: long(-(1n << 63n), (1n << 63n) - 1n),
  id: { read: (value: Cbor) => uuidText(sixteen.read(value)), write: uuidBytes } satisfies Shape<string>,
  bool: {
    read(value: Cbor): boolean {
      if (typeof value !== "boolean") throw malformed("not a boolean");
      return value;
    },
    write: (value: boolean) => value,
  } satisfies Shape<boolean>,
  tstr: text,
  word: text,
  bytes: bytes(),
  deflated: bytes(),
  change: bytes(),
  hash: bytes(32),
  tag16: sixteen,
  nonce: sixteen,
  signature: bytes(64),
};

export const list = <T>(shape: Shape<T>): Shape<readonly T[]> => ({
  read(value) {
    if (!isArray(value)) throw malformed("not an array");
    return value.map((element) => shape.read(element));
  },
  write: (value) => value.map((element) => shape.write(element)),
});

export const optional = <T>(shape: Shape<T>): Shape<T | null> => ({
  isOptional: true,
  read: (value) => (value === null ? null : shape.read(value)),
  write: (value) => (value === null ? null : shape.write(value)),
});

/** An array by position. */
export function struct<T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const shapes = Object.entries(fields) as [keyof T, Shape<T[keyof T]>][];
  return {
    read(value) {
      if (!isArray(value)) throw malformed("not an array");
      const read: Partial<T> = {};
      for (const [n, [name, shape]] of shapes.entries()) {
        const element = value[n];
        if (element === undefined && shape.isOptional !== true) throw malformed(`${String(name)} is missing`);
        read[name] = shape.read(element ?? null);
      }
      return read as T;
    },
    write(value) {
      const elements = shapes.map(([name, shape]) => shape.write(value[name]));
      while (elements.at(-1) === null) elements.pop();
      return elements;
    },
  };
}

/** A shape of whatever a variant holds: which, is in the type of the choice. */
interface Variant {
  read(value: Cbor): unknown;
  write(value: never): Cbor;
}

/** Variants by number: each a word and the shape of its fields, or null without any. */
export function choice<T extends string | object>(variants: readonly (readonly [string, Variant | null])[]): Shape<T> {
  const shapes = variants as readonly (readonly [string, Shape<unknown> | null])[];
  return {
    read(value) {
      if (!isArray(value) || value.length !== 2) throw malformed("a variant is a number and its fields");
      const [number = null, fields = null] = value;
      const variant = typeof number === "number" ? shapes[number] : undefined;
      if (variant === undefined) throw malformed("a variant is unknown");
      if (!isArray(fields)) throw malformed("a variant's fields are an array");
      const [word, shape] = variant;
      return (shape === null ? word : { [word]: shape.read(fields) }) as T;
    },
    write(value) {
      const word = typeof value === "string" ? value : Object.keys(value)[0];
      const number = shapes.findIndex(([known]) => known === word);
      const variant = shapes[number];
      if (variant === undefined || word === undefined) throw new TypeError("no variant of this name");
      const shape = variant[1];
      return [number, shape === null ? [] : shape.write((value as Record<string, unknown>)[word])];
    },
  };
}

/** The usual variant: one field without a name. */
export const of = <T>(shape: Shape<T>): Shape<T> => ({
  read(fields) {
    const first = isArray(fields) ? fields[0] : undefined;
    if (first === undefined) throw malformed("a variant's field is missing");
    return shape.read(first);
  },
  write: (value) => [shape.write(value)],
});

const isArray = (value: Cbor): value is readonly Cbor[] => Array.isArray(value);
