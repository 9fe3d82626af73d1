/** Draining: a withdrawn lease is closed once everything under it has its answer; then what it covered is purged. */

import type { Subject } from "../wire/frames.gen.ts";
import { putItem } from "./capture.ts";
import * as content from "./content.ts";
import type { Tx } from "./tx.ts";

/** Puts a close into the outbox for each frozen lease that is drained (rule L10). */
export function closeDrained(tx: Tx, nowMs: number): void {
  for (const lease of tx.leasesIn("frozen")) {
    if (tx.itemsUnder(lease.lease).some((item) => item.receipt === null)) continue;
    putItem(tx, nowMs, lease.lease, null, "close");
    tx.putLease({ ...lease, state: "closing" });
  }
}

/** Removes what no lease covers any more and nothing waits in, and then the leases themselves. */
export async function purge(tx: Tx, subject: Subject): Promise<void> {
  const leases = tx.leasesOn(subject);
  const closed = leases.filter(({ state }) => state === "closed");
  if ("account" in subject) {
    // While one lease is not closed, every record stays.
    if (closed.length === leases.length) await purgeRecords(tx, subject.account);
    if (closed.length === 0 || (await tx.recordsOf(subject.account)).length > 0) return;
  }
  forgetArrived(tx, subject);
  for (const { lease } of closed) {
    if (tx.itemsUnder(lease).length === 0) tx.deleteLease(lease);
  }
}

/** Of an account that is gone nothing is told any more but what came late: that is read after it has gone. */
function forgetArrived(tx: Tx, subject: Subject): void {
  const { arrived = [] } = tx.device;
  if (!("account" in subject) || !arrived.some(({ account }) => account === subject.account)) return;
  tx.putDevice({ arrived: arrived.filter(({ account, sync }) => account !== subject.account || sync === "late") });
}

async function purgeRecords(tx: Tx, account: string): Promise<void> {
  for (const record of await tx.recordsOf(account)) {
    if (tx.itemsOf(record).length === 0) await content.remove(tx, record);
    else await content.refresh(tx, record);
  }
}
