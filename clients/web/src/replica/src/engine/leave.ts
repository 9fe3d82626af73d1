/**
 * Leaving: a device that was told to hands over everything, then wipes itself, then says so (rules W2, W3). Its key goes
 * last, by the shell, once the server knows.
 */

import { ZERO_ID } from "../wire/bytes.ts";
import { putItem } from "./capture.ts";
import type { Tx } from "./tx.ts";

/** Takes the order. What waits is still pushed. */
export function order(tx: Tx): void {
  if (tx.device.leaving === "no") tx.putDevice({ leaving: "ordered" });
}

/** Wipes the store if the order was given and nothing on it waits for an answer. */
export function wipeWhenEmpty(tx: Tx, nowMs: number): void {
  const isOrdered = tx.device.leaving === "ordered";
  if (!isOrdered || tx.waiting().length > 0 || tx.leasesIn("frozen").length > 0) return;
  tx.wipe();
  tx.putDevice({ leaving: "wiped", digest: 0n });
  putItem(tx, nowMs, ZERO_ID, null, "wiped");
}

/** Whether everything is gone: then the server's word that it knows is believed, though nobody signed it. */
export const isWiped = (tx: Tx): boolean => tx.device.leaving === "wiped";

/** Whether everything is gone and the server has been told. */
export const isOver = (tx: Tx): boolean => isWiped(tx) && tx.waiting().length === 0;
