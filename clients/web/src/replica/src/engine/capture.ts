/**
 * Capture: how work gets into the outbox. It never waits for the network; once the transaction is committed, the work is
 * saved.
 */

import * as document from "../model/document.ts";
import { kindNamed, MODEL, type Transition } from "../model/model.ts";
import { checkFounding, checkStep, violation } from "../model/rule.ts";
import { isQuoteExpired, mayCreate, mayRequest, transitionOf } from "../model/right.ts";
import type { Fields, Step } from "../model/value.ts";
import { fromHex, newId } from "../wire/bytes.ts";
import { writeItem } from "../wire/codec.ts";
import type { ItemBody, NewRecord } from "../wire/frames.gen.ts";
import * as content from "./content.ts";
import * as refusal from "./error.ts";
import type { DeviceRow, LeaseRow, RecordRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** A record to create. */
export interface NewCapture {
  readonly kind: string;
  /** The account it belongs to; null for a new account. */
  readonly account: string | null;
  /** For a new account: the territory, if the person holds several. */
  readonly territory?: string | undefined;
  /** Its id, if it must have a certain one (recovery); else a fresh one. */
  readonly id?: string;
  readonly fields: Fields;
}

/** What was captured: the record, and the item's push number. */
export interface Captured {
  readonly record: string;
  readonly number: number;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

export function mustStay(device: DeviceRow): void {
  if (device.leaving !== "no") throw refusal.leaving();
}

/** Creates a record. */
export async function create(tx: Tx, nowMs: number, capture: NewCapture): Promise<Captured> {
  const { device } = tx;
  mustStay(device);
  const spec = kindNamed(capture.kind);
  if (spec === undefined) throw violation("unknown_kind", [], `there is no kind called ${capture.kind}`);
  if (!mayCreate(device.role, spec)) throw violation("not_permitted", [], `your role may not create a ${spec.name}`);
  checkFounding(spec, device.role, capture.fields);
  const id = capture.id ?? newId(nowMs);
  const isAccount = spec.name === "account";
  if (!isAccount && capture.account === null) throw refusal.outOfScope();
  const known = await tx.record(id);
  // A record that is made again keeps the account that it has here.
  const account = isAccount ? id : (known?.account ?? content.rootOf(tx, capture.account ?? id));
  const lease = isAccount ? territoryLease(tx, capture.territory) : accountLease(tx, capture.account ?? id);
  // A record whose creation was not taken is made again under its next branch.
  const branch = known?.branch ?? 0;
  const chunk = document.create(spec, content.actorOf(device, id, branch), seconds(nowMs), capture.fields);
  const row: RecordRow = {
    id,
    kind: spec.name,
    account,
    creator: device.person,
    generation: 0,
    accepted: new Uint8Array(),
    branch,
    digest: 0n,
    decision: null,
    changed_ms: nowMs,
  };
  tx.putRecord(row);
  const opens = isAccount ? newId(nowMs) : null;
  if (opens !== null) {
    const territory = tx.lease(lease)?.subject;
    const lies_in = territory !== undefined && "territory" in territory ? territory.territory : null;
    tx.putLease({ lease: opens, subject: { account }, state: "proposed", late: null, note: null, lies_in });
  }
  const number = putChange(tx, nowMs, row, lease, chunk, { kind: spec.name, account, opens });
  await content.refresh(tx, id);
  return { record: id, number };
}

/**
 * Edits a record, in one change, on the state of it that was seen; not an account that was merged into another (rule M5).
 */
export async function edit(
  tx: Tx,
  nowMs: number,
  record: string,
  steps: readonly Step[],
  seen?: readonly string[],
): Promise<Captured> {
  const row = await tx.record(record);
  const root = row?.kind === "account" ? content.rootOf(tx, row.account) : undefined;
  if (row !== undefined && root !== undefined && root !== row.account) throw refusal.merged(root);
  return await write(tx, nowMs, record, steps, seen);
}

/** The same for what was captured before the device knew of a merge, and is captured anew. */
export async function write(
  tx: Tx,
  nowMs: number,
  record: string,
  steps: readonly Step[],
  seen?: readonly string[],
): Promise<Captured> {
  const { device } = tx;
  mustStay(device);
  const row = await openRecord(tx, record);
  const lease = accountLease(tx, row.account);
  const closed = content.whyClosed(tx, row);
  if (closed !== null) throw refusal.closed(closed);
  const spec = content.specOf(row);
  const writer = { role: device.role, isCreator: row.creator === device.person };
  const actor = content.actorOf(device, record, row.branch);
  const doc = readable(() => document.asSeen(content.current(tx, row, actor), actor, seen));
  const chunk = await content.using(doc, (open) => {
    const before = document.hydrate(spec, open);
    for (const step of steps) checkStep(spec, writer, before, step);
    return document.edit(spec, open, seconds(nowMs), steps);
  });
  if (chunk === null) throw refusal.nothing();
  const changed = { ...row, changed_ms: Math.max(row.changed_ms, nowMs) };
  tx.putRecord(changed);
  const number = putChange(tx, nowMs, changed, lease, chunk, null);
  await content.refresh(tx, record);
  return { record, number };
}

/** Asks for a decision on a record. */
export async function request(tx: Tx, nowMs: number, verb: string, record: string): Promise<Captured> {
  const { device } = tx;
  mustStay(device);
  const row = await openRecord(tx, record);
  const lease = accountLease(tx, row.account);
  const transition = transitionOf(verb);
  const writer = { role: device.role, isCreator: row.creator === device.person };
  if (transition === undefined) throw violation("unknown_verb", [], `no request is called ${verb}`);
  if (row.kind !== MODEL.orders.kind || !mayRequest(writer, transition)) {
    throw violation("not_permitted", [], `you may not ${verb} this ${row.kind}`);
  }
  const state = expectedState(tx, row, transition);
  if (!transition.from.includes(state)) {
    const wanted = [...new Set(transition.from.map((from) => from ?? "draft"))].join(" or ");
    const text = `An order that is ${state ?? "draft"} cannot be asked to ${verb}; it would have to be ${wanted}.`;
    throw violation("wrong_state", [], text);
  }
  const heads = await content.using(content.current(tx, row), (doc) => {
    if (verb === "submit") checkComplete(document.hydrate(content.specOf(row), doc), nowMs);
    return document.headsOf(doc).map(fromHex);
  });
  const body: ItemBody = { request: { id: newId(nowMs), verb, record, heads } };
  const number = putItem(tx, nowMs, lease, { record, account: row.account }, body);
  await content.refresh(tx, record);
  return { record, number };
}

/** Rules Q9 and Q11: whether an order may be handed in as it is. */
function checkComplete(order: Fields, nowMs: number): void {
  if (isQuoteExpired(order, nowMs)) {
    const text = "This quote is over: give it another last day, and look at its prices, before it becomes an order.";
    throw violation("quote_expired", ["valid_until"], text);
  }
  if (Object.keys(order["lines"] ?? {}).length === 0) {
    throw violation("no_lines", ["lines"], "This order has no lines: say what is ordered before it is handed in.");
  }
}

/** The state from which it is asked: the decided one, or what follows from the request behind which it may stand (rule Q10). */
function expectedState(tx: Tx, row: RecordRow, { behind }: Transition): string | null {
  const asked = content.askedOf(tx, row);
  if (asked === null) return row.decision?.state ?? null;
  if (asked !== behind) throw refusal.closed("waiting for an answer");
  return transitionOf(asked)?.to ?? null;
}

/**
 * Corrects an order that was handed in and is not accepted: takes it back, changes it and hands it in again. It stays the
 * same record, with its number. One that is open is changed and handed in.
 */
export async function correct(tx: Tx, nowMs: number, record: string, steps: readonly Step[]): Promise<Captured[]> {
  const row = await openRecord(tx, record);
  const isOpen = content.whyClosed(tx, row) === null;
  const reopened = isOpen ? [] : [await request(tx, nowMs, "reopen", record)];
  const edited = await edit(tx, nowMs, record, steps);
  return [...reopened, edited, await request(tx, nowMs, "submit", record)];
}

/** Puts an item at the end of the outbox; its push number. */
export function putItem(
  tx: Tx,
  nowMs: number,
  lease: string,
  about: { readonly record: string; readonly account: string } | null,
  body: ItemBody,
): number {
  const number = tx.device.last_number + 1;
  const bytes = writeItem({ number: BigInt(number), lease, captured_ms: BigInt(nowMs), body, reapplies: null });
  const { record, account } = about ?? { record: null, account: null };
  tx.putItem({ number, lease, record, account, captured_ms: nowMs, bytes, tray: false, receipt: null });
  tx.putDevice({ last_number: number });
  return number;
}

function putChange(
  tx: Tx,
  nowMs: number,
  row: RecordRow,
  lease: string,
  chunk: Uint8Array,
  creates: NewRecord | null,
): number {
  const changes = {
    record: row.id,
    generation: row.generation,
    branch: row.branch,
    kind_version: content.specOf(row).version,
    changes: [chunk],
    new: creates,
  };
  return putItem(tx, nowMs, lease, { record: row.id, account: row.account }, { changes });
}

function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // What is damaged in the store is let go of by whoever holds it.
    const isOurs = error instanceof document.Unreadable && !(error instanceof content.Damaged);
    throw isOurs ? refusal.unreadable() : error;
  }
}

/** A record that has content here. */
export async function openRecord(tx: Tx, record: string): Promise<RecordRow> {
  const row = await tx.record(record);
  if (row === undefined) throw refusal.unknownRecord();
  content.specOf(row);
  const isEmpty = await content.using(
    readable(() => content.current(tx, row)),
    document.isEmpty,
  );
  // What was damaged and let go of is to come anew; what the office did not take is in the tray.
  if (isEmpty) {
    const isRefused = tx.itemsOf(record).some((item) => item.tray && content.changesOf(item)?.new != null);
    throw isRefused ? refusal.notTaken() : refusal.unreadable();
  }
  return row;
}

/**
 * The lease under which new work on an account is captured: one on its root, or on the account itself while there is no
 * other (rule M4).
 */
export function accountLease(tx: Tx, account: string): string {
  const root = content.rootOf(tx, account);
  const leases = [...tx.leasesOn({ account: root }), ...(root === account ? [] : tx.leasesOn({ account }))];
  const usable = leases.find(({ state }) => state === "open" || state === "proposed");
  if (usable !== undefined) return usable.lease;
  const left = leases.find(({ state }) => state !== "closed");
  throw left === undefined ? refusal.outOfScope() : refusal.frozen(left.note);
}

/** The lease under which an account is created in a territory, or in whichever the person holds. */
export function territoryLease(tx: Tx, territory?: string): string {
  const found = territoryLeases(tx).find(
    ({ subject }) => "territory" in subject && (territory === undefined || subject.territory === territory),
  );
  if (found === undefined) throw refusal.noTerritory();
  return found.lease;
}

export const territoryLeases = (tx: Tx): LeaseRow[] =>
  tx
    .leasesIn("open")
    .filter(({ subject }) => "territory" in subject)
    .sort((a, b) => (a.lease < b.lease ? -1 : 1));

/**
 * Takes back what was captured last, as long as it cannot have left the device and nothing builds on it. Says whether it
 * could.
 */
export async function undo(tx: Tx, number: number): Promise<boolean> {
  const item = tx.item(number);
  const { device } = tx;
  const isLast = number === device.last_number && number > device.sent_number;
  if (item?.record == null || !isLast || item.receipt !== null) return false;
  tx.deleteItem(number);
  tx.putDevice({ last_number: number - 1 });
  const opens = content.changesOf(item)?.new?.opens ?? null;
  if (opens !== null) tx.deleteLease(opens);
  const row = await tx.record(item.record);
  if (row !== undefined && !content.isCounted(row) && tx.itemsOf(item.record).length === 0) {
    await content.remove(tx, item.record);
  } else {
    await content.refresh(tx, item.record);
  }
  return true;
}
