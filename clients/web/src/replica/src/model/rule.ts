/** The rules on content, checked before "saved" and again by the server's gate. Every rule is about one field alone. */

import { ReplicaError } from "../client.ts";
import { type FieldRule, fieldOf, type FieldType, itemsOf, type KindRules, MODEL } from "./model.ts";
import { isAmong, maySay, mayWrite, type Writer } from "./right.ts";
import { at, type Fields, isEqual, isId, isMap, label, lengthOf, type Path, type Step, type Value } from "./value.ts";

/** A rule that is not kept: where, and what to do about it. */
export const violation = (code: string, path: Path, text: string): ReplicaError => new ReplicaError(code, text, path);

/** Every rule that a record of one writer does not keep, in the order of the kind's fields. */
export const violations = (spec: KindRules, fields: Fields): ReplicaError[] =>
  spec.fields.flatMap((field) => ofField(field, fields[field.name], [field.name]));

/** Refuses the first rule that a record does not keep. */
export function checkFields(spec: KindRules, fields: Fields): void {
  const [first] = violations(spec, fields);
  if (first !== undefined) throw first;
}

/** Refuses a founding that says what is the office's. */
export function checkFounding(spec: KindRules, role: string, fields: Fields): void {
  for (const field of spec.fields) {
    if ((fields[field.name] ?? null) === null || maySay(role, field)) continue;
    throw violation("not_permitted", [field.name], `${label(field.name)} may not be changed by you; ask the office.`);
  }
}

/** Whether this writer may take this step on a record that says this. */
export function checkStep(spec: KindRules, writer: Writer, before: Fields, step: Step): void {
  checkAdded(spec, before, step);
  checkWritten(spec, writer, step);
}

/** A collection that only grows keeps what it holds as it is. */
function checkAdded(spec: KindRules, before: Fields, step: Step): void {
  const path = "remove" in step ? step.remove.path : step.put.path;
  const [name = "", key] = path;
  if (key === undefined || fieldOf(spec.fields, name)?.write !== "added") return;
  const items = before[name];
  const there = isMap(items) ? items[key] : undefined;
  if (there === undefined && !("remove" in step)) return;
  const said = "remove" in step || path.length !== 2 ? undefined : step.put.value;
  const isSame = isMap(said) && isMap(there) && Object.entries(said).every(([of, value]) => isEqual(there[of], value));
  if (isSame) return;
  throw violation(
    "not_permitted",
    path,
    `${label(name)} are added, never changed or removed; add one that says what holds now.`,
  );
}

function checkWritten(spec: KindRules, writer: Writer, step: Step): void {
  if ("remove" in step) {
    const place = locate(spec, step.remove.path);
    if (!place.isItem) {
      throw violation(
        "not_an_item",
        step.remove.path,
        `Only an item can be removed; to clear ${label(place.field.name)}, set it to null.`,
      );
    }
    checkRight(spec, writer, place, step.remove.path);
    return;
  }
  const { path, value } = step.put;
  const place = locate(spec, path);
  if (place.isItem) {
    if (!isMap(value)) throw wrongType(place.field, path);
    checkRight(spec, writer, place, path);
    for (const [name, inner] of Object.entries(value)) {
      checkWritten(spec, writer, { put: { path: [...path, name], value: inner } });
    }
    return;
  }
  if (place.field.type.is === "items") throw wrongType(place.field, path);
  if (place.field.type.is !== "text") {
    const found = checkScalar(place.field, value, path);
    if (found !== null) throw found;
  }
  checkRight(spec, writer, place, path);
}

/** Judges the fields that edits touched. What was so before them is let be, and what only a merge could break. */
export function checkAfter(spec: KindRules, before: Fields, after: Fields, touched: ReadonlySet<string>): void {
  for (const field of spec.fields.filter(({ name }) => touched.has(name))) {
    const known = ofField(field, before[field.name], [field.name]);
    const isNew = (found: ReplicaError): boolean => {
      const stayed = isEqual(at(before, found.path), at(after, found.path));
      const mergeable = found.code === "too_long" || found.code === "too_many_items";
      const wasSo = known.some((old) => old.code === found.code && old.path.join("/") === found.path.join("/"));
      return !(stayed || mergeable) || !wasSo;
    };
    const found = ofField(field, after[field.name], [field.name]).find(isNew);
    if (found !== undefined) throw found;
  }
}

interface Place {
  readonly outer: FieldRule;
  readonly field: FieldRule;
  readonly isItem: boolean;
}

function locate(spec: KindRules, path: Path): Place {
  const [name = "", key, innerName, ...rest] = path;
  if (rest.length > 0) throw violation("too_deep", path, "Nothing lies deeper than a field of an item.");
  const outer = fieldOf(spec.fields, name);
  if (outer === undefined) throw unknownField(spec.name, name, path);
  if (key === undefined) return { outer, field: outer, isItem: false };
  const items = itemsOf(outer);
  if (items === undefined) throw violation("too_deep", path, `${label(name)} holds one value, nothing below it.`);
  if (!isId(key)) throw notAnItemKey(name, key, path);
  if (innerName === undefined) return { outer, field: outer, isItem: true };
  const field = fieldOf(items, innerName);
  if (field === undefined) throw unknownField(spec.name, innerName, path);
  return { outer, field, isItem: false };
}

function checkRight(spec: KindRules, writer: Writer, { outer, field }: Place, path: Path): void {
  if (mayWrite(writer, spec, outer) && mayWrite(writer, spec, field)) return;
  const text = isAmong(writer.role, spec.roles)
    ? `${label(field.name)} may not be changed by you; ask the office.`
    : `A ${writer.role} may not write records of kind ${spec.name}; leave a comment or a task.`;
  throw violation("not_permitted", path, text);
}

function ofField(field: FieldRule, value: Value | undefined, path: Path): ReplicaError[] {
  if (value === undefined) return missing(field, path);
  const items = itemsOf(field);
  if (items !== undefined && isMap(value)) return ofItems(field, items, value, path);
  if (field.type.is === "text" && typeof value === "string") return ofText(field, value, field.type.chars_max, path);
  const found = checkScalar(field, value, path);
  return found === null ? [] : [found];
}

function ofItems(field: FieldRule, inner: readonly FieldRule[], items: Fields, path: Path): ReplicaError[] {
  const found: ReplicaError[] = [];
  const count = Object.keys(items).length;
  const max = MODEL.limits.items_max;
  if (count > max) {
    found.push(violation("too_many_items", path, `${label(field.name)} can hold ${max} items; ${count} are too many.`));
  }
  for (const [key, item] of Object.entries(items)) {
    const below = [...path, key];
    if (!isId(key)) found.push(notAnItemKey(field.name, key, below));
    else if (!isMap(item)) found.push(wrongType(field, below));
    else found.push(...inner.flatMap((part) => ofField(part, item[part.name], [...below, part.name])));
  }
  return found;
}

function ofText(field: FieldRule, text: string, max: number, path: Path): ReplicaError[] {
  if (text.includes("\0")) return [badCharacter(path)];
  if (field.required && text.trim() === "") return missing(field, path);
  const over = lengthOf(text) - max;
  if (over <= 0) return [];
  return [violation("too_long", path, `${label(field.name)} can hold ${max} characters; shorten it by ${over}.`)];
}

/** Whether this scalar may stand in this field. */
function checkScalar(field: FieldRule, value: Value, path: Path): ReplicaError | null {
  const { type } = field;
  if (type.is === "text" || type.is === "items" || isMap(value)) return wrongType(field, path);
  if (value === null) return missing(field, path)[0] ?? null;
  if (type.is === "str" && typeof value === "string") return ofText(field, value, type.chars_max, path)[0] ?? null;
  if (type.is === "int" && isWhole(value)) return within(field, value, [type.min, type.max], path);
  if (type.is === "timestamp" && isWhole(value)) {
    const text = `${label(field.name)} must lie between 1970 and 9999; check the device's clock.`;
    return isIn(value, MODEL.limits.timestamp_ms) ? null : violation("out_of_range", path, text);
  }
  if (type.is === "bool" && typeof value === "boolean") return null;
  if (typeof value !== "string" || type.is === "str") return wrongType(field, path);
  const wanted = wordWanted(type, value);
  if (wanted === undefined) return wrongType(field, path);
  return wanted === null ? null : violation("not_a_choice", path, `${label(field.name)} ${wanted}.`);
}

/** What a word of this type must be, if it is not; null if it is; undefined where no word belongs. */
function wordWanted(type: FieldType, word: string): string | null | undefined {
  switch (type.is) {
    case "enum": {
      const short = Array.from(word).slice(0, 40).join("");
      return type.words.includes(word) ? null : `cannot be “${short}”; choose one of ${type.words.join(", ")}`;
    }
    case "code":
      return /^[A-Z]+$/.test(word) && word.length === type.letters
        ? null
        : `must be ${type.letters} capital letters, such as EUR`;
    case "id":
      return isId(word) ? null : "must be a lower-case UUID";
    case "date":
      return isDate(word) ? null : "must be a day from 1900 on as YYYY-MM-DD, such as 2026-11-22";
    default:
      return undefined;
  }
}

const isWhole = (value: Value): value is number => typeof value === "number" && Number.isSafeInteger(value);
const isIn = (number: number, [min = 0, max = 0]: readonly number[]): boolean => number >= min && number <= max;

function within(field: FieldRule, number: number, range: readonly number[], path: Path): ReplicaError | null {
  if (isIn(number, range)) return null;
  return violation("out_of_range", path, `${label(field.name)} must be between ${range.join(" and ")}, not ${number}.`);
}

function isDate(day: string): boolean {
  const found = /^(\d{4})-\d\d-\d\d$/.exec(day);
  if (found === null || !isIn(Number(found[1]), MODEL.limits.date_years)) return false;
  const moment = new Date(`${day}T00:00:00Z`);
  // A day that no month has, such as 31 February, rolls over and reads differently then.
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(day);
}

const missing = (field: FieldRule, path: Path): ReplicaError[] =>
  field.required ? [violation("required", path, `${label(field.name)} is needed; fill it in.`)] : [];

const badCharacter = (path: Path): ReplicaError =>
  violation("bad_character", path, "A text cannot hold the character U+0000; remove it.");

export function unknownField(owner: string, name: string, path: Path): ReplicaError {
  return violation(
    "unknown_field",
    path,
    `${label(owner)} has no field called ${name}; leave it out or update Roadbook.`,
  );
}

export function notAnItemKey(collection: string, key: string, path: Path): ReplicaError {
  const short = Array.from(key).slice(0, 40).join("");
  return violation(
    "not_an_item_key",
    path,
    `An item of ${label(collection)} is kept under a lower-case UUID, not under ${short}.`,
  );
}

const WANTED: Record<FieldType["is"], string> = {
  str: "a scalar string",
  text: "a collaborative text, edited by splices",
  enum: "a scalar string, one of its words",
  code: "a scalar string of capital letters",
  id: "a scalar string holding a UUID",
  date: "a scalar string holding a date as YYYY-MM-DD",
  int: "a whole number stored as an integer",
  bool: "true or false",
  timestamp: "a timestamp",
  items: "a collection of items under UUIDs",
};

export const wrongType = (field: FieldRule, path: Path): ReplicaError =>
  violation("wrong_type", path, `${label(field.name)} must be ${WANTED[field.type.is]}.`);

/** The fields that steps touch. */
export const touchedBy = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(steps.map((step) => ("put" in step ? step.put.path : step.remove.path)[0] ?? ""));
