/** For tests: pages as a server would send them, applied as if their signature had been checked. */

import { handle, type Opened } from "../engine/apply.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import type { Fields } from "../model/value.ts";
import type { Keeper } from "../shell/keeper.ts";
import type * as wire from "../wire/frames.gen.ts";
import { ACCOUNT } from "./offline.ts";

export const RECORD = "01a1f7f9-1a60-7abc-8abc-abcabcabcabc";
export const PERSON = "01a1c478-9800-7ebe-bebe-bebebebebebe";

/** Whatever lets transactions into a store: a device, or its keeper. */
type Storing = Pick<Keeper, "transaction">;

/** The first change of a record of this kind; of one that nobody knows, a visit's. */
export function firstChange(fields: Fields, kind = "visit"): Uint8Array {
  const spec = kindNamed(kind) ?? kindNamed("visit");
  if (spec === undefined) throw new Error("there is no visit");
  return document.create(spec, "a1".repeat(16), 0, fields);
}

/** What somebody at the office wrote into a field of a visit that was created with this content, one value after the other. */
export function changesOnVisit(visit: Fields, field: string, values: readonly string[]): Uint8Array[] {
  const spec = kindNamed("visit");
  if (spec === undefined) throw new Error("there is no visit");
  const chunks = [firstChange(visit)];
  for (const value of values) {
    const doc = document.merge(document.open(new Uint8Array(), "0f".repeat(16)), chunks);
    const chunk = document.edit(spec, doc, 0, [{ put: { path: [field], value } }]);
    if (chunk !== null) chunks.push(chunk);
  }
  return chunks.slice(1);
}

/** Applies a page that holds one entry, or one part of a fill or heal. */
export async function applyPage(
  device: Storing,
  { entry, part }: { readonly entry?: wire.Entry; readonly part?: wire.FillPart },
): Promise<void> {
  await device.transaction(async (tx) => {
    const { cursor } = tx.device;
    const upto = { position: cursor.position + 1n, chain: new Uint8Array(16) };
    const bytes = new Uint8Array();
    const opened: Opened = {
      page: { from: cursor.position, upto, body: bytes, signature: new Uint8Array(64), more: false },
      body: { entries: [], fills: part === undefined ? [] : [part] },
      entries: entry === undefined ? [] : [{ entry, position: upto.position, atMs: 1 }],
    };
    await handle(tx, opened, true);
  });
}

/** Applies a change that creates the record, of this kind and generation. */
export async function applyCreation(device: Storing, kind: string, fields: Fields, generation = 0): Promise<void> {
  await applyPage(device, { entry: { changes: taken([firstChange(fields, kind)], kind, generation) } });
}

/** Applies a change by which somebody else creates a record. */
export async function applyCreationBy(
  device: Storing,
  person: string,
  [record, kind, fields]: readonly [string, string, Fields],
): Promise<void> {
  const creation = taken([firstChange(fields, kind)], kind, 0);
  await applyPage(device, { entry: { changes: { ...creation, record, author: { ...creation.author, person } } } });
}

/** Applies changes to the record that somebody else made. */
export async function applyChanges(device: Storing, changes: readonly Uint8Array[]): Promise<void> {
  await applyPage(device, { entry: { changes: taken(changes, null, 0) } });
}

const taken = (changes: readonly Uint8Array[], creates: string | null, generation: number): wire.Taken => ({
  record: RECORD,
  account: ACCOUNT,
  generation,
  kind_version: 1,
  author: { person: PERSON, device: null, store_generation: 0, number: 0n },
  captured_ms: 0n,
  late: false,
  changes: [...changes],
  creates,
  opens: null,
});

/** A stretch of a heal: a visit of this content and generation, and what is gone. */
export function healPart(
  fields: Fields | null,
  generation: number,
  gone: readonly string[] | null,
  territory: string | null = null,
): wire.FillPart {
  const record = (content: Fields): wire.FillRecord => ({
    record: RECORD,
    changes: [{ chunk: firstChange(content), hand: "whole" }],
    kind: "visit",
    account: ACCOUNT,
    creator: PERSON,
    decision: null,
    generation,
    skipped: null,
    more: null,
    territory,
  });
  return { mark: { grant: 0n, token: null }, done: true, records: fields === null ? [] : [record(fields)], gone };
}

/** The word that an account comes to lie in a territory. */
export const placed = (account: string, territory: string): wire.Entry => ({
  placed: { territory, accounts: [{ account, previous: null }], by: PERSON },
});

/** What the centre said of the record. */
export const decided = (verb: string, state: string, more: Partial<wire.Decision> = {}): wire.Decision => ({
  record: RECORD,
  account: ACCOUNT,
  verb,
  state,
  by: PERSON,
  request: null,
  number: null,
  total_minor: 0n,
  currency: "EUR",
  heads: [],
  effective_ms: null,
  review: null,
  text: null,
  ...more,
});
