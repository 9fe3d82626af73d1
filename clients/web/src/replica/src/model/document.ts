/**
 * A record's content in an Automerge document: made and edited here, one change at a time, on the current heads. What the
 * server's gate demands of a change (section 12) is kept here: derived actors, scalar strings, texts by splice, no empty
 * change, no message.
 */

import * as A from "@automerge/automerge/slim";

import { plainChunk } from "../wire/chunk.ts";
import { type FieldRule, fieldOf, itemsOf, type KindRules, MODEL } from "./model.ts";
import { checkAfter, checkFields, notAnItemKey, touchedBy, unknownField, violation, wrongType } from "./rule.ts";
import { spliceBetween } from "./text.ts";
import { type Fields, isEqual, isId, isMap, label, type Path, type Step, type Value } from "./value.ts";

/** What a document holds, as Automerge shows it. */
type Node = null | boolean | number | string | Date | A.ImmutableString | Content;
interface Content {
  [name: string]: Node;
}
export type Doc = A.Doc<Content>;

/** A document that does not load: a damaged store, or a page that the gate never saw. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

/** Runs what may fail on bytes that Automerge does not take. */
function trusted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Unreadable(error instanceof Error ? error.message : "a document cannot be read", { cause: error });
  }
}

/** The document of saved bytes; an empty one of none. */
export const open = (saved: Uint8Array, actor?: string): Doc =>
  trusted(() => {
    const options = actor === undefined ? {} : { actor };
    return saved.length === 0 ? A.init<Content>(options) : A.load<Content>(saved, options);
  });

/** Merges chunks that a gate has let through. Known ones are passed over. */
export const merge = (doc: Doc, chunks: readonly Uint8Array[]): Doc =>
  chunks.length === 0 ? doc : trusted(() => A.applyChanges(doc, [...chunks])[0]);

export const save = (doc: Doc): Uint8Array => A.save(doc);
export const headsOf = (doc: Doc): string[] => [...A.getHeads(doc)];
export const isEmpty = (doc: Doc): boolean => A.getHeads(doc).length === 0;
/** Documents lie outside of the collector's reach until they are freed. */
export const free = (doc: Doc): void => {
  A.free(doc);
};

/** A change's name, those that it builds on, and which operations are its own. */
export interface Meta {
  readonly hash: string;
  readonly deps: readonly string[];
  readonly actor: string;
  readonly startOp: number;
  readonly maxOp: number;
  /** In seconds, by the clock of whoever wrote it. */
  readonly time: number;
}

export const changesOf = (doc: Doc): readonly Meta[] => A.getChangesMetaSince(doc, []);

/** The changes that no other of them builds on. */
export function headsAmong(changes: readonly Meta[]): string[] {
  const inner = new Set(changes.flatMap(({ deps }) => deps));
  return changes.map(({ hash }) => hash).filter((hash) => !inner.has(hash));
}

/** The content as it was at these heads; nothing at none. */
export const hydrateAt = (spec: KindRules, doc: Doc, heads: readonly string[]): Fields =>
  heads.length === 0 ? {} : hydrate(spec, A.view(doc, [...heads]));

/**
 * The document as it was at the heads that were seen, with all that its actor wrote since, as an actor goes on from its own
 * last change; the document itself at none, or at heads that it does not have. The document given is used up.
 */
export function asSeen(doc: Doc, actor: string, seen: readonly string[] = []): Doc {
  const changes = changesOf(doc);
  const known = new Set(changes.map(({ hash }) => hash));
  if (seen.length === 0 || !seen.every((hash) => known.has(hash))) return doc;
  const own = changes.findLast((change) => change.actor === actor)?.hash;
  try {
    return A.clone(A.view(doc, [...seen, ...(own === undefined ? [] : [own])]), { actor });
  } finally {
    A.free(doc);
  }
}

/** A new record's one change, with each text and collection of the kind, even if empty. */
export function create(spec: KindRules, actor: string, timeS: number, fields: Fields): Uint8Array {
  checkFields(spec, fields);
  const doc = A.change(A.init<Content>({ actor }), { time: timeS }, (draft) => {
    fill(draft, spec.fields, fields, []);
  });
  try {
    return lastChange(doc);
  } finally {
    A.free(doc);
  }
}

/** These steps as one change by the document's actor; null when they change nothing. The document given is used up. */
export function edit(spec: KindRules, doc: Doc, timeS: number, steps: readonly Step[]): Uint8Array | null {
  const before = hydrate(spec, doc);
  const after = A.change(doc, { time: timeS }, (draft) => {
    for (const step of steps) apply(draft, spec, step);
  });
  if (after === doc) return null;
  checkAfter(spec, before, hydrate(spec, after), touchedBy(steps));
  const { numOps, numChanges } = A.stats(after);
  if (numOps > MODEL.limits.record_ops_max || numChanges > MODEL.limits.record_changes_max) {
    throw violation(
      "record_full",
      [],
      "This record has been changed too often to take more; synchronise, so that it is cut over.",
    );
  }
  return lastChange(after);
}

function lastChange(doc: Doc): Uint8Array {
  const bytes = A.getLastLocalChange(doc);
  if (bytes === undefined) throw new Unreadable("the change just made is not there");
  const chunk = plainChunk(bytes);
  const isLarge = chunk.length > MODEL.limits.change_bytes_max;
  if (isLarge || A.decodeChange(chunk).ops.length > MODEL.limits.change_ops_max) {
    throw violation("change_too_large", [], "This is more than can be saved at once; save it in smaller parts.");
  }
  return chunk;
}

function fill(target: Content, known: readonly FieldRule[], fields: Fields, path: Path): void {
  for (const field of known) {
    const value = fields[field.name];
    const items = itemsOf(field);
    const below = [...path, field.name];
    if (items !== undefined) {
      const given = Object.entries(isMap(value) ? value : {});
      // Made when it is first needed if that may be later: an empty one would be sent with every record.
      if (!field.made_at_creation && given.length === 0) continue;
      target[field.name] = {};
      for (const [key, item] of given) {
        makeItem(target[field.name] as Content, key, items, item, [...below, key]);
      }
    } else if (field.type.is === "text") {
      target[field.name] = typeof value === "string" ? value : "";
    } else if (value !== undefined && value !== null) {
      target[field.name] = scalar(field, value, below);
    }
  }
}

function makeItem(collection: Content, key: string, inner: readonly FieldRule[], item: Value, path: Path): void {
  if (!isMap(item)) throw violation("wrong_type", path, "An item is an object of its fields.");
  collection[key] = {};
  fill(collection[key], inner, item, path);
}

function scalar(field: FieldRule, value: Value, path: Path): Node {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return field.type.is === "timestamp" ? new Date(value) : value;
  if (typeof value === "string") return new A.ImmutableString(value);
  throw wrongType(field, path);
}

function apply(draft: Content, spec: KindRules, step: Step): void {
  if ("remove" in step) {
    removeItem(draft, spec, step.remove.path);
    return;
  }
  const { path, value } = step.put;
  const [name = "", key, innerName] = path;
  const field = fieldOf(spec.fields, name);
  if (field === undefined) throw unknownField(spec.name, name, path);
  if (key === undefined) {
    putField(draft, draft, field, value, path);
    return;
  }
  const { collection, inner } = collectionOf(draft, field, key, path);
  const item = collection[key];
  if (innerName === undefined) {
    if (!isMap(value)) throw wrongType(field, path);
    if (isMap(item as Value)) {
      for (const part of inner.filter((part) => part.name in value)) {
        putField(draft, item as Content, part, value[part.name] ?? null, [...path, part.name]);
      }
    } else makeItem(collection, key, inner, value, path);
    return;
  }
  const part = fieldOf(inner, innerName);
  if (part === undefined) throw unknownField(spec.name, innerName, path);
  if (!isMap(item as Value)) {
    throw violation("no_such_item", path, `${label(name)} has no item ${key}; it may have been removed.`);
  }
  putField(draft, item as Content, part, value, path);
}

function removeItem(draft: Content, spec: KindRules, path: Path): void {
  const [name = "", key, ...rest] = path;
  const field = fieldOf(spec.fields, name);
  if (field === undefined) throw unknownField(spec.name, name, path);
  if (key === undefined || rest.length > 0) {
    throw violation(
      "not_an_item",
      path,
      "Only an item of a collection can be removed; to clear a field, set it to null.",
    );
  }
  const { collection } = collectionOf(draft, field, key, path);
  if (key in collection) Reflect.deleteProperty(collection, key);
}

function collectionOf(
  draft: Content,
  field: FieldRule,
  key: string,
  path: Path,
): { collection: Content; inner: readonly FieldRule[] } {
  const inner = itemsOf(field);
  if (inner === undefined) throw violation("too_deep", path, `${label(field.name)} holds one value, nothing below it.`);
  if (!isId(key)) throw notAnItemKey(field.name, key, path);
  const known = draft[field.name];
  if (known === undefined) {
    if (field.made_at_creation) throw notMade(field);
    draft[field.name] = {};
  }
  return { collection: draft[field.name] as Content, inner };
}

function putField(draft: Content, target: Content, field: FieldRule, value: Value, path: Path): void {
  if (field.type.is === "items") throw wrongType(field, path);
  if (field.type.is === "text") {
    if (value !== null && typeof value !== "string") throw wrongType(field, path);
    putText(draft, target, field, value ?? "", path);
    return;
  }
  if (value === null && target[field.name] === undefined) return;
  // Automerge leaves out a put of the value that stands there alone, and writes one that settles a conflict.
  target[field.name] = scalar(field, value, path);
}

/** Brings a text to new content with the least splice. */
function putText(draft: Content, target: Content, field: FieldRule, text: string, path: Path): void {
  const before = target[field.name];
  if (typeof before !== "string") {
    if (text === "") return;
    if (path.length === 1 && field.made_at_creation) throw notMade(field);
    target[field.name] = text;
    return;
  }
  const step = spliceBetween(before, text);
  if (step === null) return;
  // Automerge counts UTF-16 units here; whole characters go and come, so that no pair is torn.
  const letters = Array.from(before);
  const at = letters.slice(0, step.at).join("").length;
  const remove = letters.slice(step.at, step.at + step.remove).join("").length;
  A.splice(draft, [...path], at, remove, step.insert);
}

const notMade = (field: FieldRule): Error =>
  violation(
    "made_at_creation",
    [field.name],
    `${label(field.name)} was not made with the record, so it cannot be written.`,
  );

/** The content of a document. */
export function hydrate(spec: KindRules, doc: Doc): Fields {
  const fields: Record<string, Value> = {};
  for (const [name, node] of Object.entries(doc)) fields[name] = plain(node, MODEL.limits.depth - 1);
  for (const field of spec.fields.filter((field) => itemsOf(field) !== undefined)) {
    const several = conflictsAt(doc, field.name).filter((node) => isMap(plain(node, 1)));
    // Made apart, after the record: together they are the collection.
    if (several.length > 1) {
      fields[field.name] = Object.assign({}, ...several.map((node) => plain(node, MODEL.limits.depth - 1))) as Fields;
    }
  }
  return fields;
}

function plain(node: Node, levels: number): Value {
  if (node === null || typeof node !== "object") return node;
  if (node instanceof Date) return node.getTime();
  if (A.isImmutableString(node)) return node.val;
  if (levels === 0) return null;
  return Object.fromEntries(Object.entries(node).map(([name, below]) => [name, plain(below, levels - 1)]));
}

/** A field that several people wrote at once, differently: what they wrote, the winner last. */
export interface Conflict {
  readonly path: Path;
  readonly values: readonly {
    readonly value: Value;
    readonly stands: boolean;
    readonly at: number | null;
    readonly here: boolean;
  }[];
}

/** `own`: the actors of this device. */
export function conflicts(spec: KindRules, doc: Doc, own: readonly string[] = []): Conflict[] {
  const found = contested(spec, doc);
  const changes = found.length === 0 ? [] : changesOf(doc);
  return found.map(({ path, sides }) => {
    const values = sides.map(({ op, value }, n) => {
      const change = changes.find((one) => wrote(one, op));
      const at = change === undefined ? null : change.time * 1_000;
      return { value, stands: n === sides.length - 1, at, here: own.includes(change?.actor ?? "") };
    });
    return { path, values };
  });
}

/** In how many fields several values stand. In what one alone wrote, which is most of what a device holds, in none. */
export const countContested = (spec: KindRules, doc: Doc): number =>
  A.stats(doc).numActors < 2 ? 0 : contested(spec, doc).length;

/** Whether an operation, such as `12@0f0f`, is one of this change. */
function wrote({ actor, startOp, maxOp }: Meta, op: string): boolean {
  const [count, by] = op.split("@");
  return actor === by && startOp <= Number(count) && Number(count) <= maxOp;
}

/** A value that was written at the same time as the one that stands. */
export interface Lost {
  readonly path: Path;
  readonly value: Value;
  readonly stands: Value;
}

/** What these changes wrote that shows in no field, because what others wrote at the same time stands. */
export function lost(spec: KindRules, doc: Doc, changes: readonly Meta[]): Lost[] {
  const isOfThese = ({ op }: Side): boolean => changes.some((change) => wrote(change, op));
  return contested(spec, doc).flatMap(({ path, sides }): Lost[] => {
    const stands = sides.at(-1)?.value ?? null;
    const side = sides.find((side) => isOfThese(side) && !isEqual(side.value, stands));
    return side === undefined ? [] : [{ path, value: side.value, stands }];
  });
}

/** One of several values at a place, and the operation that put it there. */
interface Side {
  readonly op: string;
  readonly value: Value;
}

/** A place with several values, the winner last. */
interface Contested {
  readonly path: Path;
  readonly sides: readonly Side[];
}

function contested(spec: KindRules, doc: Doc): Contested[] {
  const found = contestedIn(doc, []).filter(({ path }) => {
    const field = fieldOf(spec.fields, path[0] ?? "");
    return field === undefined || itemsOf(field) === undefined;
  });
  for (const field of spec.fields.filter((field) => itemsOf(field) !== undefined)) {
    const collection = doc[field.name];
    if (collection === undefined || !isMap(plain(collection, 1))) continue;
    for (const [key, item] of Object.entries(collection as Content)) {
      if (isMap(plain(item, 1))) found.push(...contestedIn(item as Content, [field.name, key]));
    }
  }
  return found;
}

function contestedIn(object: Content, path: Path): Contested[] {
  return Object.keys(object).flatMap((name) => {
    const sides = nodesAt(object, name).map(([op, node]) => ({ op, value: plain(node, 1) }));
    const winner = sides.at(-1);
    if (winner === undefined || sides.every(({ value }) => isEqual(value, winner.value))) return [];
    return [{ path: [...path, name], sides }];
  });
}

/** What stands at a place, by its operation, the winner last; nothing if there is no more than one value. */
const nodesAt = (object: Content, name: string): [string, Node][] =>
  Object.entries((A.getConflicts(object as Doc, name) ?? {}) as Record<string, Node>);

const conflictsAt = (object: Content, name: string): Node[] => nodesAt(object, name).map(([, node]) => node);
