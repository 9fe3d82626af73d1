/**
 * Held work, by its person's hand: captured anew on what is accepted now, or given up. Either way the item stays in the
 * tray until the server has written its fate.
 */

import * as document from "../model/document.ts";
import { type RebaseConflict, rebase } from "../model/rebase.ts";
import type { Fields, Path } from "../model/value.ts";
import { writeItem } from "../wire/codec.ts";
import type { Changes } from "../wire/frames.gen.ts";
import { changeHash } from "../wire/chunk.ts";
import { forget } from "./apply.ts";
import * as capture from "./capture.ts";
import * as content from "./content.ts";
import * as refusal from "./error.ts";
import { tell } from "./overruled.ts";
import type { ItemRow, RecordRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** What was captured anew, and the fields that others changed meanwhile: theirs stand, which a notice tells. */
export interface Reapplied extends capture.Captured {
  readonly overruled: readonly Path[];
}

const isHeld = (item: ItemRow): boolean => item.tray && item.receipt !== null && "held" in item.receipt.outcome;

/**
 * Captures a held item anew, under a lease that the device has now (rule B9). What others changed meanwhile stands, and is
 * told; an item of which nothing else is left is given up with that (rule B10).
 */
export async function reapply(tx: Tx, nowMs: number, number: number): Promise<Reapplied> {
  const item = held(tx, number);
  const [changes, request] = [content.changesOf(item), content.requestOf(item)];
  if (changes !== null) return await changesAnew(tx, nowMs, item, changes);
  if (request === null) throw refusal.notHeld(number);
  return inPlaceOf(tx, item, await capture.request(tx, nowMs, request.verb, request.record));
}

/** Gives up on a held or refused item (rule B10). A refused one is gone; for a held one the server is asked. */
export async function discard(tx: Tx, nowMs: number, number: number): Promise<void> {
  const item = tx.item(number);
  if (item?.tray !== true || item.receipt === null) throw refusal.notHeld(number);
  if ("refused" in item.receipt.outcome) {
    await forget(tx, item);
    return;
  }
  if (!isHeld(item)) throw refusal.notHeld(number);
  mustBeIdle(tx, item);
  capture.mustStay(tx.device);
  giveUp(tx, nowMs, item);
}

/** Asks the server to give a held item up; the number of the item that asks. */
const giveUp = (tx: Tx, nowMs: number, { lease, number }: ItemRow): number =>
  capture.putItem(tx, nowMs, lease, null, { discard: { number: BigInt(number) } });

/** Refuses with what stands in the way of capturing a held item anew at this moment. */
export async function mayReapply(tx: Tx, number: number): Promise<void> {
  const item = held(tx, number);
  const outcome = item.receipt?.outcome;
  // What the server does not know yet, it would hold again.
  const code = outcome !== undefined && "held" in outcome ? outcome.held.code : "";
  if (["unknown_kind", "future_kind_version", "not_storable"].includes(code)) throw refusal.notYet();
  const changes = content.changesOf(item);
  const row = item.record === null ? undefined : await tx.record(item.record);
  if (changes?.new != null && (row === undefined || !(await isShown(tx, row)))) {
    if (changes.new.opens === null) capture.accountLease(tx, changes.new.account);
    else territoryFor(tx, item);
    return;
  }
  if (item.record === null) throw refusal.unknownRecord();
  const record = await capture.openRecord(tx, item.record);
  capture.accountLease(tx, record.account);
  const closed = changes === null ? null : content.whyClosed(tx, record);
  if (closed !== null) throw refusal.closed(closed);
}

async function isShown(tx: Tx, row: RecordRow): Promise<boolean> {
  try {
    return await content.using(content.current(tx, row), (doc) => !document.isEmpty(doc));
  } catch (error) {
    if (error instanceof document.Unreadable) return false;
    throw error;
  }
}

/** The item, if it is held and its fate is not asked for yet. */
function held(tx: Tx, number: number): ItemRow {
  capture.mustStay(tx.device);
  const item = tx.item(number);
  if (item === undefined || !isHeld(item)) throw refusal.notHeld(number);
  mustBeIdle(tx, item);
  return item;
}

/** One fate is asked for at a time: by an item that waits for its answer, or was taken and whose fate is on its way. */
function mustBeIdle(tx: Tx, item: ItemRow): void {
  const others = [...tx.itemsUnder(item.lease), ...(item.record === null ? [] : tx.itemsOf(item.record))];
  const asks = (other: ItemRow): boolean => {
    const isOpen = other.receipt === null || "in_record" in other.receipt.outcome;
    return isOpen && !other.tray && content.settles(other) === item.number;
  };
  if (others.some(asks)) throw refusal.underway(item.number);
}

async function changesAnew(tx: Tx, nowMs: number, item: ItemRow, body: Changes): Promise<Reapplied> {
  const row = await tx.record(body.record);
  if (row === undefined) throw refusal.unknownRecord();
  const { before, after } = await asWritten(tx, row, item, body);
  const spec = content.specOf(row);
  const accepted = await content.using(content.current(tx, row), (doc) =>
    document.isEmpty(doc) ? null : document.hydrate(spec, doc),
  );
  if (accepted === null) {
    if (body.new === null) throw refusal.notTaken();
    return inPlaceOf(tx, item, await createAnew(tx, nowMs, row, item, after));
  }
  const { steps, conflicts } = rebase(spec, before, after, accepted);
  if (steps.length + conflicts.length === 0) throw refusal.nothing();
  if (conflicts.length > 0) await tellOf(tx, nowMs, row, item, conflicts);
  const overruled = conflicts.map(({ path }) => path);
  if (steps.length === 0) return { record: row.id, number: giveUp(tx, nowMs, item), overruled };
  return inPlaceOf(tx, item, await capture.write(tx, nowMs, body.record, steps), overruled);
}

/** What does not stand of a held item is kept until its person has read it, and does not go with the item. */
function tellOf(
  tx: Tx,
  nowMs: number,
  row: RecordRow,
  item: ItemRow,
  overruled: readonly RebaseConflict[],
): Promise<void> {
  const { device, store_generation: generation } = tx.device;
  const key = ["overruled", device, generation, item.number].join("/");
  return tell(tx, nowMs, { key, row, item, overruled });
}

function createAnew(tx: Tx, nowMs: number, row: RecordRow, item: ItemRow, fields: Fields): Promise<capture.Captured> {
  const territory = row.kind === "account" ? territoryFor(tx, item) : undefined;
  return capture.create(tx, nowMs, { kind: row.kind, account: row.account, territory, id: row.id, fields });
}

/** The territory in which an account was to be created, if the device still holds it; else any that it holds. */
function territoryFor(tx: Tx, item: ItemRow): string | undefined {
  const subject = tx.lease(item.lease)?.subject;
  const named = subject !== undefined && "territory" in subject ? subject.territory : undefined;
  const holds = capture
    .territoryLeases(tx)
    .some((lease) => "territory" in lease.subject && lease.subject.territory === named);
  if (!holds) capture.territoryLease(tx);
  return holds ? named : undefined;
}

/** The record as the item's writer saw it, before and after. */
async function asWritten(
  tx: Tx,
  row: RecordRow,
  item: ItemRow,
  body: Changes,
): Promise<{ before: Fields; after: Fields }> {
  const spec = content.specOf(row);
  const hashes = body.changes.map(changeHash);
  return await content.using(content.asWritten(tx, row, item.number), (doc) => {
    const first = document.changesOf(doc).find(({ hash }) => hash === hashes[0]);
    const last = hashes.at(-1);
    if (first === undefined || last === undefined) throw refusal.unreadable();
    return { before: document.hydrateAt(spec, doc, first.deps), after: document.hydrateAt(spec, doc, [last]) };
  });
}

/** Lets what was captured name the held item that it stands for. */
function inPlaceOf(tx: Tx, original: ItemRow, captured: capture.Captured, overruled: readonly Path[] = []): Reapplied {
  const row = tx.item(captured.number);
  const item = row === undefined ? null : content.itemOf(row);
  if (row !== undefined && item !== null) {
    tx.putItem({ ...row, bytes: writeItem({ ...item, reapplies: BigInt(original.number) }) });
  }
  return { ...captured, overruled };
}
