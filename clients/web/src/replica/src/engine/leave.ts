/**
 * Leaving: a device that was told to hands over everything, then wipes itself, then says so (rules W2, W3). Its key goes
 * last, by the shell, once the server knows. It is told by the office, or because its person signs out on it (rule W7).
 */

import { ZERO_ID } from "../wire/bytes.ts";
import { putItem } from "./capture.ts";
import * as refusal from "./error.ts";
import type { Tx } from "./tx.ts";

/**
 * What held and refused work, and notices that nobody read, do to signing out: they keep its person from it, or were told of
 * and are left to the office. The server has such work; nobody can capture it anew from here any more.
 */
export type Undecided = "stops" | "left";

/** Rule W7: refuses while something would be lost if its person signed out now. */
export function mustLoseNothing(tx: Tx, undecided: Undecided): void {
  if (tx.device.leaving !== "no") throw refusal.leaving();
  const waiting = tx.waiting().length;
  if (waiting > 0) throw refusal.unsent(waiting);
  const open = tx.tray().length + tx.notices().length;
  if (open > 0 && undecided === "stops") throw refusal.undecided(open);
}

/** Takes the order. What waits is still pushed. */
export function order(tx: Tx): void {
  if (tx.device.leaving === "no") tx.putDevice({ leaving: "ordered" });
}

/** Wipes the store if the order was given and nothing on it waits for an answer. */
export function wipeWhenEmpty(tx: Tx, nowMs: number): void {
  const isOrdered = tx.device.leaving === "ordered";
  if (!isOrdered || tx.waiting().length > 0 || tx.leasesIn("frozen").length > 0) return;
  tx.wipe();
  tx.putDevice({ leaving: "wiped", digest: 0n, arrived: [] });
  putItem(tx, nowMs, ZERO_ID, null, "wiped");
}

/** Whether everything is gone: then the server's word that it knows is believed, though nobody signed it. */
export const isWiped = (tx: Tx): boolean => tx.device.leaving === "wiped";

/** Whether everything is gone and the server has been told. */
export const isOver = (tx: Tx): boolean => isWiped(tx) && tx.waiting().length === 0;
