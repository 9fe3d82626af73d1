/** What the server's word on an item does on the device. */

import type { Receipt, Receipts } from "../wire/frames.gen.ts";
import { sha256 } from "../wire/proofs.ts";
import { settle } from "./apply.ts";
import * as content from "./content.ts";
import type { ItemRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/**
 * Stores the answers. Work that is in the record and already passed by the cursor becomes part of the accepted base; work
 * that was not taken goes to the tray together with what builds on it.
 */
export async function handle(tx: Tx, frame: Receipts): Promise<void> {
  for (const receipt of frame.receipts) {
    const item = tx.item(Number(receipt.number));
    if (item !== undefined && item.receipt === null) await answer(tx, item, receipt);
  }
  if (frame.mark.position > tx.device.receipt.position) tx.putDevice({ receipt: frame.mark });
  await settle(tx, tx.device.cursor.position);
}

async function answer(tx: Tx, item: ItemRow, receipt: Receipt): Promise<void> {
  const isTaken = "in_record" in receipt.outcome;
  tx.putItem({ ...item, receipt, tray: item.tray || !isTaken });
  await follow(tx, item, isTaken);
}

/** A fate that comes before its item's receipt says what the receipt would have said: the item was not taken. */
export async function notTaken(tx: Tx, item: ItemRow): Promise<void> {
  if (item.receipt === null) await follow(tx, item, false);
}

/** What follows from the server's word on an item. */
async function follow(tx: Tx, item: ItemRow, isTaken: boolean): Promise<void> {
  const answered = tx.device.answered;
  if (answered === null || answered.number < BigInt(item.number)) {
    tx.putDevice({ answered: { number: BigInt(item.number), item: sha256(item.bytes).slice(0, 16) } });
  }
  const changes = content.changesOf(item);
  if (changes === null) {
    if (item.record !== null) await content.refresh(tx, item.record);
    return;
  }
  const opens = changes.new?.opens ?? null;
  const lease = opens === null ? undefined : tx.lease(opens);
  // A new account's lease opens with its creation, or never does.
  if (lease?.state === "proposed") tx.putLease({ ...lease, state: isTaken ? "open" : "closed" });
  if (!isTaken) await retire(tx, changes.record, changes.branch);
}

/**
 * Retires a branch: all its unaccepted work goes to the tray, and the record goes on from the accepted base (rule B2). A
 * branch that was retired before has nothing more to take along: what was captured since lies on a later one.
 */
async function retire(tx: Tx, record: string, branch: number): Promise<void> {
  const row = await tx.record(record);
  if (row === undefined) return;
  if (row.branch > branch) {
    await content.refresh(tx, record);
    return;
  }
  for (const item of tx.itemsOf(record)) {
    const isTaken = item.receipt !== null && "in_record" in item.receipt.outcome;
    if (!item.tray && !isTaken) tx.putItem({ ...item, tray: true });
  }
  tx.putRecord({ ...row, branch: branch + 1 });
  await content.refresh(tx, record);
}
