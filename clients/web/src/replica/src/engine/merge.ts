/**
 * Accounts that were merged, as the device knows it: each lease on such an account names the root. Records stay under the
 * account that they name; they are shown, and new work is captured, under the root.
 */

import * as content from "./content.ts";
import type { LeaseState } from "./rows.ts";
import type { Tx } from "./tx.ts";

const STATES: readonly LeaseState[] = ["proposed", "open", "frozen", "closing", "closed"];

/** An account was merged, and what was merged into it before with it: their records are shown under the root (rule M3). */
export async function merge(tx: Tx, account: string, root: string): Promise<void> {
  const leases = STATES.flatMap((state) => tx.leasesIn(state)).filter((lease) => lease.root === account);
  const parts = leases.flatMap(({ subject }) => ("account" in subject ? [subject.account] : []));
  for (const part of new Set([account, ...parts])) await learn(tx, part, root);
}

/** Takes a root in for all leases on an account, and shows its records there. */
export async function learn(tx: Tx, account: string, root: string): Promise<void> {
  for (const lease of tx.leasesOn({ account })) tx.putLease({ ...lease, root });
  for (const record of await tx.recordsOf(account)) await content.refresh(tx, record);
}
