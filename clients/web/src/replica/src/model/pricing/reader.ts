/**
 * Reads one value of reference data, by the rules of `pricing/reference/reader.rs`. The server said what is wrong when it
 * was published; here it only counts whether this version can read it.
 */

import { isMap, type Fields, type Value } from "../value.ts";

/** A value that this version cannot read. */
export class Unreadable extends Error {}

const KEY_CHARS_MAX = 100;
const LIST_MAX = 1_000;
const CONTROL = /\p{Cc}/u;
const CODE = /^[A-Z]{3}$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

function fail(why: string): never {
  throw new Unreadable(why);
}

export class Reader {
  readonly #members: Fields;

  /** With `fields`, a member that none of them names makes the value unreadable. */
  constructor(key: string, value: Value, fields?: readonly string[]) {
    if (!isMap(value)) fail("not an object");
    const isKey = key !== "" && key.trim() === key && !CONTROL.test(key) && Array.from(key).length <= KEY_CHARS_MAX;
    if (!isKey) fail("key");
    if (fields && Object.keys(value).some((name) => !fields.includes(name))) fail("unknown field");
    this.#members = value;
  }

  has(name: string): boolean {
    return this.#member(name) !== null;
  }

  #member(name: string): Value {
    return Object.hasOwn(this.#members, name) ? (this.#members[name] ?? null) : null;
  }

  word(name: string, charsMax: number): string | null {
    const value = this.#member(name);
    return value === null ? null : checked(value, charsMax);
  }

  requiredWord(name: string, charsMax: number): string {
    return this.word(name, charsMax) ?? fail(name);
  }

  int(name: string, min: number, max: number): number | null {
    const value = this.#member(name);
    if (value === null) return null;
    const isWhole = typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
    return isWhole ? value : fail(name);
  }

  requiredInt(name: string, min: number, max: number): number {
    return this.int(name, min, max) ?? fail(name);
  }

  flag(name: string): boolean {
    const value = this.#member(name);
    return value === null ? false : typeof value === "boolean" ? value : fail(name);
  }

  date(name: string): string | null {
    const word = this.word(name, 10);
    if (word === null) return null;
    const [, year, month, day] = DATE.exec(word)?.map(Number) ?? fail(name);
    const last = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
    const isDay =
      (year ?? 0) >= 1900 && (month ?? 0) >= 1 && (month ?? 0) <= 12 && (day ?? 0) >= 1 && (day ?? 0) <= last;
    return isDay ? word : fail(name);
  }

  currency(name: string): string {
    const code = this.requiredWord(name, 3);
    return CODE.test(code) ? code : fail(name);
  }

  words(name: string): string[] {
    return this.list(name).map((value) => checked(value, KEY_CHARS_MAX));
  }

  list(name: string): readonly Value[] {
    const value = this.#member(name);
    if (value === null) return [];
    if (!Array.isArray(value) || value.length > LIST_MAX) fail(name);
    return value as readonly Value[];
  }

  objects<T>(name: string, fields: readonly string[], read: (reader: Reader) => T): T[] {
    return this.list(name).map((value) => read(new Reader("item", value, fields)));
  }
}

function checked(value: Value, charsMax: number): string {
  const isWord = typeof value === "string" && value.trim() !== "" && !CONTROL.test(value);
  return isWord && Array.from(value).length <= charsMax ? value : fail("text");
}

/** Refuses a value for a reason of its own set. */
export function demand(holds: boolean, why: string): void {
  if (!holds) fail(why);
}
