/** What a page does on the device, all in one transaction with the cursor. */

import { Unreadable } from "../model/document.ts";
import { wordsOf } from "../model/shown.ts";
import { isSame } from "../wire/bytes.ts";
import { timeOf, whole } from "../wire/chunk.ts";
import { readEntry, readItem, readPageBody } from "../wire/codec.ts";
import { inflate } from "../wire/deflate.ts";
import type * as wire from "../wire/frames.gen.ts";
import { publicKey, verify } from "../wire/keys.ts";
import { sha256, statementText } from "../wire/proofs.ts";
import * as content from "./content.ts";
import { describe } from "./describe.ts";
import { purge } from "./drain.ts";
import * as refusal from "./error.ts";
import * as leave from "./leave.ts";
import * as merge from "./merge.ts";
import * as receipts from "./receipts.ts";
import type { DeviceRow, ItemRow, LeaseRow, RecordRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** They lie in the row about the device, which each capture writes. */
const ARRIVED_KEPT = 20;

/** A page that was looked into: its signature holds, and it leaves no gap. */
export interface Opened {
  readonly page: wire.Page;
  readonly body: wire.PageBody;
  readonly entries: readonly { readonly entry: wire.Entry; readonly position: bigint; readonly atMs: number }[];
}

/** Looks into a page: nothing is applied before the server's signature holds (rule P2). */
export async function open(device: DeviceRow, page: wire.Page): Promise<Opened> {
  const bytes = inflate(page.body);
  const body = readPageBody(bytes);
  const key = await publicKey(device.server_key);
  const statement = statementText(device.epoch, page.upto, body.entries, bytes);
  if (!(await verify(key, page.signature, statement))) throw refusal.forged();
  if (page.from > device.cursor.position) throw refusal.gap();
  // A store that is wiped stays empty.
  const news = device.leaving === "wiped" ? [] : body.entries.filter((row) => row.position > device.cursor.position);
  const entries = news.map(({ position, at_ms, payload }) => ({
    entry: readEntry(payload),
    position,
    atMs: Number(at_ms),
  }));
  return { page, body, entries };
}

/**
 * Applies a page. One that was applied before changes nothing. Records of a heal count only while one is going on. Says
 * whether the page ended it.
 */
export async function handle(tx: Tx, { page, body, entries }: Opened, isHealing: boolean): Promise<boolean> {
  const fills = tx.device.leaving === "wiped" ? [] : body.fills;
  await tx.fetch([...recordsOf(entries), ...fills.flatMap(({ records }) => records.map(({ record }) => record))]);
  for (const { entry, position, atMs } of entries) await applyEntry(tx, entry, position, atMs);
  for (const part of fills) {
    if (part.mark.grant === 0n ? isHealing : isNews(tx, part)) await applyFill(tx, part);
  }
  if (page.upto.position > tx.device.cursor.position) tx.putDevice({ cursor: page.upto });
  await settle(tx, tx.device.cursor.position);
  return body.fills.some((part) => part.mark.grant === 0n && part.done);
}

const recordsOf = (entries: Opened["entries"]): string[] =>
  entries.flatMap(({ entry }) =>
    "changes" in entry ? [entry.changes.record] : "decision" in entry ? [entry.decision.record] : [],
  );

async function applyEntry(tx: Tx, entry: wire.Entry, position: bigint, atMs: number): Promise<void> {
  if ("changes" in entry) await applyChanges(tx, entry.changes, atMs);
  else if ("decision" in entry) await applyDecision(tx, entry.decision, atMs);
  else if ("granted" in entry) await applyGranted(tx, entry.granted, position, atMs);
  else if ("withdrawn" in entry) await applyWithdrawn(tx, entry.withdrawn, atMs);
  else if ("closed" in entry) await applyClosed(tx, entry.closed);
  else if ("reference" in entry) applyReference(tx, entry.reference);
  else if ("fate" in entry) await applyFate(tx, entry.fate, atMs);
  else if ("alias" in entry) await merge.merge(tx, entry.alias.account, entry.alias.root);
  else if ("placed" in entry) applyPlaced(tx, entry.placed);
  else if ("revoked" in entry && !entry.revoked.blocked) leave.order(tx);
  // Answers to this device's own items come as receipts; the rest is for the office.
}

async function applyChanges(tx: Tx, entry: wire.Taken, atMs: number): Promise<void> {
  const known = await tx.record(entry.record);
  // A record that a heal will bring.
  if (known === undefined && entry.creates === null) return;
  // Rule D4: the next generation begins the record anew; what is of another changes nothing.
  const isAnew = known !== undefined && entry.generation > known.generation && entry.creates !== null;
  if (known !== undefined && !isAnew && entry.generation !== known.generation) return;
  // Of a kind that this version does not know, it is kept all the same (rule V4).
  const begun = isAnew ? anew(known, entry.generation) : known && madeBy(known, entry);
  const row = begun ?? fresh(entry.record, entry.creates ?? "", entry.account, entry.author.person, entry.generation);
  content.putChanges(tx, row, entry.changes, atMs);
}

const fresh = (id: string, kind: string, account: string, creator: string, generation: number): RecordRow => ({
  id,
  kind,
  account,
  creator,
  generation,
  accepted: new Uint8Array(),
  branch: 0,
  digest: 0n,
  decision: null,
  changed_ms: 0,
});

/** Rule B8: who made a record is what the server says; what was captured here and not taken made none. */
const madeBy = (row: RecordRow, { creates, author }: wire.Taken): RecordRow =>
  creates === null ? row : { ...row, creator: author.person };

/** A record of which nothing of a later generation is accepted yet. */
const anew = (row: RecordRow, generation: number): RecordRow => ({ ...row, generation, accepted: new Uint8Array() });

async function applyDecision(tx: Tx, decision: wire.Decision, atMs: number): Promise<void> {
  const row = await tx.record(decision.record);
  if (row === undefined) return;
  tx.putRecord({ ...row, decision, changed_ms: Math.max(row.changed_ms, atMs) });
  await content.refresh(tx, decision.record);
}

async function applyGranted(tx: Tx, entry: wire.Granted, position: bigint, atMs: number): Promise<void> {
  for (const { lease, subject, root } of entry.grants) {
    const { note } = entry;
    tx.putLease({ lease, subject, state: "open", late: null, note, root });
    if ("account" in subject && isSaid(note))
      tx.putHandover({ lease, account: subject.account, title: null, gained: true, note, at_ms: atMs });
    // Other leases on it may be here still, with records under them.
    if (root !== null && "account" in subject) await merge.learn(tx, subject.account, root);
  }
  if (entry.grants.some(({ subject }) => "account" in subject)) {
    tx.putFill({ grant: Number(position), mark: { grant: position, token: null } });
  }
}

/** Rule P10: what was said last of where an account lies holds for all leases on it. */
function liesIn(tx: Tx, account: string, territory: string): void {
  for (const lease of tx.leasesOn({ account }))
    if (lease.lies_in !== territory) tx.putLease({ ...lease, lies_in: territory });
}

function applyPlaced(tx: Tx, { accounts, territory }: wire.Placed): void {
  for (const { account } of accounts) liesIn(tx, account, territory);
}

/** Whether a note says something. */
const isSaid = (note: string | null): note is string => note !== null && note.trim() !== "";

async function applyWithdrawn(tx: Tx, entry: wire.Withdrawn, atMs: number): Promise<void> {
  for (const id of entry.leases) {
    const lease = tx.lease(id);
    if (lease?.state !== "open" && lease?.state !== "proposed") continue;
    const late = { policy: entry.policy, grace_until_ms: Number(entry.grace_until_ms) };
    tx.putLease({ ...lease, state: "frozen", late, note: entry.note });
    await tellWithdrawn(tx, lease, entry.note, atMs);
  }
}

/** Rule L12. What was said when it came here is of no use any more, read or not. */
async function tellWithdrawn(tx: Tx, { lease, subject }: LeaseRow, note: string | null, atMs: number): Promise<void> {
  if (!("account" in subject)) return;
  const { account } = subject;
  if (!isSaid(note)) {
    tx.deleteHandover(lease);
    return;
  }
  const title = (await tx.memory.store.get("view", account))?.title ?? null;
  tx.putHandover({ lease, account, title, gained: false, note, at_ms: atMs });
}

async function applyClosed(tx: Tx, entry: wire.Closed): Promise<void> {
  const lease = tx.lease(entry.lease);
  if (lease === undefined) return;
  tx.putLease({ ...lease, state: "closed" });
  await purge(tx, lease.subject);
}

function applyReference(tx: Tx, { set, items }: wire.Reference): void {
  for (const { key, json } of items) {
    if (json === null) tx.deleteReference(set, key);
    else tx.putReference({ set, key, json, words: referenceWords(set, key, json) });
  }
}

/** The words of a key and of the texts in its value, each behind its set. */
function referenceWords(set: string, key: string, json: string): string[] {
  let texts: string[] = [];
  try {
    const value: unknown = JSON.parse(json);
    const parts = typeof value === "object" && value !== null ? Object.values(value) : [];
    texts = parts.filter((part) => typeof part === "string");
  } catch {
    // What is no JSON is kept as it came, and found by its key.
  }
  return wordsOf([key, ...texts].join("\n")).map((word) => `${set} ${word}`);
}

/**
 * A held item that got its fate leaves the tray: released work becomes part of the record, and of what somebody else gave
 * up or took over its person reads why.
 */
async function applyFate(tx: Tx, entry: wire.Fate, atMs: number): Promise<void> {
  if (entry.author.store_generation !== tx.device.store_generation) return;
  const item = tx.item(Number(entry.author.number));
  // The number alone does not say it: a store restored from a backup gives the same one to other work.
  if (item === undefined || !isSame(sha256(item.bytes), entry.item)) return;
  await receipts.notTaken(tx, item);
  // The entry that took it in does not come to the store that made it (rule P6).
  if (item.record !== null && entry.fate === "released") {
    await settleChanges(tx, item, item.record);
    return;
  }
  if (entry.by !== tx.device.person) await tell(tx, item, entry, atMs);
  await forget(tx, item);
}

/** Keeps what somebody else decided, with what had been written, until the person has read it. */
async function tell(tx: Tx, item: ItemRow, { fate, text }: wire.Fate, atMs: number): Promise<void> {
  const [shown] = await describe(tx, [{ ...item, tray: true }]);
  if (shown === undefined) return;
  const { number } = item;
  const { device, store_generation: generation } = tx.device;
  const key = `${device}/${generation}/${number}`;
  tx.putNotice({ key, number, fate, text, at_ms: atMs, item: { ...shown, sync: "held", reapply: null } });
}

/** Takes an item out of the tray, and the record with it if nothing else of it is here. */
export async function forget(tx: Tx, item: ItemRow): Promise<void> {
  handDown(tx, item);
  tx.deleteItem(item.number);
  await finishRecord(tx, item);
}

/** What was written next on the same branch builds on the item that leaves: its changes stay beneath that. */
function handDown(tx: Tx, item: ItemRow): void {
  const body = content.changesOf(item);
  if (body === null) return;
  const next = tx
    .itemsOf(body.record)
    .find((other) => other.tray && other.number > item.number && content.changesOf(other)?.branch === body.branch);
  if (next === undefined) return;
  tx.putItem({ ...next, beneath: [...(item.beneath ?? []), ...body.changes, ...(next.beneath ?? [])] });
}

async function finishRecord(tx: Tx, item: ItemRow): Promise<void> {
  if (item.record !== null) {
    const row = await tx.record(item.record);
    const isEmpty = row !== undefined && !content.isCounted(row) && tx.itemsOf(item.record).length === 0;
    if (isEmpty) await content.remove(tx, item.record);
    else await content.refresh(tx, item.record);
  }
  const subject = tx.lease(item.lease)?.subject;
  if (subject !== undefined && "territory" in subject) await purge(tx, subject);
  if (item.account !== null) await purge(tx, { account: item.account });
}

/** Whether a part brings its fill forward, which was neither applied before nor is over (rule P1). */
function isNews(tx: Tx, part: wire.FillPart): boolean {
  const open = tx.fills().find(({ mark }) => mark.grant === part.mark.grant);
  if (open === undefined) return false;
  const order = compare(reached(part.mark), reached(open.mark));
  return order > 0 || (order === 0 && part.done);
}

type Reached = readonly (string | number)[];

const reached = ({ token }: wire.FillMark): Reached =>
  token === null ? [] : [token.account, token.order, token.record, token.partial ?? Number.MAX_SAFE_INTEGER];

function compare(a: Reached, b: Reached): number {
  for (const [n, part] of a.entries()) {
    const other = b[n];
    if (other === undefined) return 1;
    if (part !== other) return part < other ? -1 : 1;
  }
  return a.length - b.length;
}

async function applyFill(tx: Tx, part: wire.FillPart): Promise<void> {
  const isHeal = part.mark.grant === 0n;
  const before: Before = { kind: null, account: null, creator: null, territory: null, hand: null };
  for (const record of part.records) await applyFillRecord(tx, record, before, isHeal);
  if (isHeal) {
    for (const record of part.gone ?? []) await content.release(tx, record);
    return;
  }
  const grant = Number(part.mark.grant);
  if (part.done) tx.deleteFill(grant);
  else tx.putFill({ grant, mark: part.mark });
}

/** What the record before in the same part had: absent means the same (rule P8). */
interface Before {
  kind: string | null;
  account: string | null;
  creator: string | null;
  territory: string | null;
  hand: wire.Hand | null;
}

async function applyFillRecord(tx: Tx, part: wire.FillRecord, before: Before, isHeal: boolean): Promise<void> {
  before.kind = part.kind ?? before.kind;
  before.account = part.account ?? before.account;
  before.creator = part.creator ?? before.creator;
  before.territory = part.territory ?? before.territory;
  const isSaid = part.account !== null || part.territory !== null;
  if (isSaid && before.account !== null && before.territory !== null) liesIn(tx, before.account, before.territory);
  const changes = part.changes.map(({ chunk, hand }) => {
    before.hand = hand ?? before.hand;
    if (before.hand === null) throw new Unreadable("a change by nobody");
    return whole(tx.device.epoch, part.record, before.hand, chunk);
  });
  const { kind, account, creator } = before;
  if (kind === null || account === null || creator === null) throw new Unreadable("a record without an envelope");
  const generation = part.generation ?? 0;
  const known = (await tx.record(part.record)) ?? fresh(part.record, kind, account, creator, generation);
  if (generation < known.generation) return;
  // A heal replaces what the digests showed to be wrong, and so does a later generation (rule D4); a fill adds to what is there.
  const isReplaced = (isHeal && part.skipped === null) || generation > known.generation;
  const row = {
    ...(isReplaced ? anew(known, generation) : known),
    creator,
    decision: part.decision ?? known.decision,
  };
  content.putChanges(tx, row, changes, Math.max(0, ...changes.map(timeOf)));
}

/** Makes what is in the record, and passed by the cursor, part of the accepted base. */
export async function settle(tx: Tx, position: bigint): Promise<void> {
  const settled = tx.settled(position);
  await noteArrived(tx, settled);
  for (const item of settled) {
    const { body } = readItem(item.bytes);
    if (body === "wiped") continue;
    if (body === "close") {
      tx.deleteItem(item.number);
      const lease = tx.lease(item.lease);
      if (lease !== undefined) tx.putLease({ ...lease, state: "closed" });
      if (lease !== undefined) await purge(tx, lease.subject);
    } else if ("changes" in body) {
      await settleChanges(tx, item, body.changes.record);
    } else if ("request" in body) {
      tx.deleteItem(item.number);
      await content.refresh(tx, body.request.record);
    } else {
      // What it gave up leaves with its fate.
      tx.deleteItem(item.number);
      const lease = tx.lease(item.lease);
      if (lease !== undefined) await purge(tx, lease.subject);
    }
  }
}

/** Its person can still read of it that it came, and whether it came late. */
async function noteArrived(tx: Tx, settled: readonly ItemRow[]): Promise<void> {
  const captured = settled.filter(({ record }) => record !== null).slice(-ARRIVED_KEPT);
  if (captured.length === 0) return;
  const arrived = await describe(tx, captured);
  tx.putDevice({ arrived: [...(tx.device.arrived ?? []), ...arrived].slice(-ARRIVED_KEPT) });
}

async function settleChanges(tx: Tx, item: ItemRow, record: string): Promise<void> {
  const row = await tx.record(record);
  tx.deleteItem(item.number);
  if (row !== undefined) content.putChanges(tx, row, content.changesOf(item)?.changes ?? [], row.changed_ms);
  await finishRecord(tx, item);
}
