/** A record's content on the device: the accepted document, and pending work on top of it, kept apart. */

import * as document from "../model/document.ts";
import { kindNamed, type KindRules } from "../model/model.ts";
import { isDocumentOpen } from "../model/right.ts";
import { shown } from "../model/shown.ts";
import { hex } from "../wire/bytes.ts";
import { readItem } from "../wire/codec.ts";
import type { Changes, Item, Request } from "../wire/frames.gen.ts";
import { adjusted, deviceActorText, digestText, firstEight, tag16 } from "../wire/proofs.ts";
import * as refusal from "./error.ts";
import type { DeviceRow, ItemRow, RecordRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** An item as it was pushed; null for bytes that cannot be read. */
export function itemOf(row: ItemRow): Item | null {
  try {
    return readItem(row.bytes);
  } catch {
    return null;
  }
}

export function changesOf(row: ItemRow): Changes | null {
  const body = itemOf(row)?.body;
  return typeof body === "object" && "changes" in body ? body.changes : null;
}

export function requestOf(row: ItemRow): Request | null {
  const body = itemOf(row)?.body;
  return typeof body === "object" && "request" in body ? body.request : null;
}

/** The number of the held item that this one captured anew or gives up. */
export function settles(row: ItemRow): number | null {
  const item = itemOf(row);
  if (item === null) return null;
  const number = typeof item.body === "object" && "discard" in item.body ? item.body.discard.number : item.reapplies;
  return number === null ? null : Number(number);
}

/** What items of the tray were written on and no item holds any more comes with them. */
const chunksBeneath = (items: readonly ItemRow[]): Uint8Array[] => items.flatMap(({ beneath }) => beneath ?? []);

const chunksOf = (items: readonly ItemRow[]): Uint8Array[] =>
  items.flatMap((row) => [...(changesOf(row)?.changes ?? [])]);

/** The rules of a record's kind, if this version knows it. */
export const specOf = (row: RecordRow): KindRules => {
  const spec = kindNamed(row.kind);
  if (spec === undefined) throw refusal.unknownKind(row.kind);
  return spec;
};

/** The actor that writes on a record's branch (rule G2). */
export const actorOf = (device: DeviceRow, record: string, branch: number): string =>
  hex(tag16(deviceActorText(device.device, device.store_generation, record, branch)));

/** Those that this store has written on a record as, branch by branch. */
export const actorsOf = (device: DeviceRow, { id, branch }: RecordRow): string[] =>
  Array.from({ length: branch + 1 }, (_, n) => actorOf(device, id, n));

/** Works with a document and frees it. */
export async function using<T>(doc: document.Doc, work: (doc: document.Doc) => T | Promise<T>): Promise<T> {
  try {
    return await work(doc);
  } finally {
    document.free(doc);
  }
}

/** The record as its person sees it: accepted, with pending work on top. The caller frees it. */
export function current(tx: Tx, row: RecordRow, actor?: string): document.Doc {
  const pending = chunksOf(tx.itemsOf(row.id).filter((item) => !item.tray));
  return document.merge(document.open(row.accepted, actor), pending);
}

/** The accepted document with all work on the record up to an item, tray and all. The caller frees it. */
export function asWritten(tx: Tx, row: RecordRow, upto: number): document.Doc {
  const items = tx.itemsOf(row.id).filter((item) => item.number <= upto);
  return document.merge(document.open(row.accepted), [...chunksBeneath(items), ...chunksOf(items)]);
}

/** Merges accepted changes, keeps the digests, and renews what lists and search show. */
export function putChanges(tx: Tx, row: RecordRow, changes: readonly Uint8Array[], atMs: number): void {
  const doc = document.merge(document.open(row.accepted), changes);
  try {
    const { device } = tx;
    const digest = firstEight(digestText(device.digest_key, row.id, row.generation, document.headsOf(doc)));
    const accepted = document.save(doc);
    const next = { ...row, digest, accepted, changed_ms: Math.max(row.changed_ms, atMs) };
    tx.putRecord(next);
    tx.putDevice({ digest: adjusted(device.digest, row.digest, digest) });
    if (tx.itemsOf(row.id).some((item) => !item.tray)) refreshRow(tx, next);
    else show(tx, next, doc);
  } finally {
    document.free(doc);
  }
}

/** Renews what lists and search show of a record: nothing, if this version does not know its kind (rule V4). */
export async function refresh(tx: Tx, record: string): Promise<void> {
  const row = await tx.record(record);
  if (row !== undefined) refreshRow(tx, row);
}

function refreshRow(tx: Tx, row: RecordRow): void {
  let doc: document.Doc;
  try {
    doc = current(tx, row);
  } catch (error) {
    if (!(error instanceof document.Unreadable)) throw error;
    tx.deleteView(row.id);
    return;
  }
  try {
    show(tx, row, doc);
  } finally {
    document.free(doc);
  }
}

function show(tx: Tx, row: RecordRow, doc: document.Doc): void {
  const spec = kindNamed(row.kind);
  if (spec === undefined || document.isEmpty(doc)) {
    tx.deleteView(row.id);
    return;
  }
  const view = shown(row, rootOf(tx, row.account), spec, document.hydrate(spec, doc), stateOf(tx, row));
  const contested = document.countContested(spec, doc);
  tx.putView(contested === 0 ? view : { ...view, contested });
}

/** The account that an account is part of, as far as the device knows; of most, itself. */
export function rootOf(tx: Tx, account: string): string {
  return tx.leasesOn({ account }).find(({ root }) => root != null)?.root ?? account;
}

/** The territory in which an account lies, by any lease on it (rule P10). */
export function liesIn(tx: Tx, account: string): string | null {
  return tx.leasesOn({ account }).find(({ lies_in }) => lies_in != null)?.lies_in ?? null;
}

/** The decided state; while a request waits, what it asks for. */
export function stateOf(tx: Tx, row: RecordRow): string | null {
  const asked = askedOf(tx, row);
  return asked === null ? (row.decision?.state ?? null) : `${asked} asked`;
}

/** The verb of the last request that waits; null if none does. */
export function askedOf(tx: Tx, row: RecordRow): string | null {
  const requests = tx.itemsOf(row.id).filter((item) => !item.tray);
  return requests.map((item) => requestOf(item)?.verb).findLast((verb) => verb !== undefined) ?? null;
}

/** Why a record's document may not be written, decided and asked-for states considered; null if it may. */
export function whyClosed(tx: Tx, row: RecordRow): string | null {
  const asked = askedOf(tx, row);
  // Rule Q10.
  if (asked === "reopen") return null;
  if (asked === "submit") return "handed in";
  const decided = row.decision?.state ?? null;
  return isDocumentOpen(row.kind, decided) ? null : (decided ?? "");
}

/** Whether a record is of the scope. One that is not is here for what waits in it alone, or is the device's own and new. */
export const isCounted = (row: RecordRow): boolean => row.digest !== 0n;

/** Lets go of a record that is not in the scope: it goes, or is kept uncounted while work waits in it (rule D3). */
export async function release(tx: Tx, record: string): Promise<void> {
  const row = await tx.record(record);
  if (row === undefined) return;
  if (tx.itemsOf(record).length === 0) {
    await remove(tx, record);
    return;
  }
  tx.putDevice({ digest: adjusted(tx.device.digest, row.digest, 0n) });
  tx.putRecord({ ...row, digest: 0n });
}

/** Removes a record and its share of the digests. */
export async function remove(tx: Tx, record: string): Promise<void> {
  const row = await tx.record(record);
  if (row !== undefined) tx.putDevice({ digest: adjusted(tx.device.digest, row.digest, 0n) });
  if (row?.kind === ACCOUNT) await keepName(tx, record);
  tx.deleteRecord(record);
}

const ACCOUNT = "account";

/** What waits in the tray is told by its account's name, also once that is somebody else's. */
async function keepName(tx: Tx, account: string): Promise<void> {
  const view = await tx.memory.store.get("view", account);
  if (view === undefined) return;
  for (const item of tx.tray().filter((one) => one.account === account)) {
    tx.putItem({ ...item, account_title: view.title });
  }
}
