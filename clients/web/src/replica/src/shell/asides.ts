/**
 * Stores that were set aside: what only they hold is captured again once the fresh store is filled. They are never deleted
 * while the device lives. Carrying over twice changes nothing, so a crash in between is no matter.
 */

import { ReplicaError } from "../client.ts";
import { carry, type Left } from "../engine/recover.ts";
import { Memory, Tx } from "../engine/tx.ts";
import type { Keeper } from "./keeper.ts";

/** Records read at once. */
const AT_ONCE = 200;

/** Whether something is on this device that cannot be sent: it is not wiped then. */
export const holdsUnsentWork = (keeper: Keeper): boolean =>
  keeper.enrolled.asides.some(({ carried, left }) => !carried || left.length > 0);

/** Carries over what stores set aside hold. Says whether anything was captured, so that it is to be sent. */
export async function carryOver(keeper: Keeper): Promise<boolean> {
  const before = keeper.look().device.last_number;
  for (const { name } of keeper.enrolled.asides.filter(({ carried }) => !carried)) {
    const number = Number(name);
    await keeper.settleAside(number, await carryStore(keeper, number));
  }
  return keeper.look().device.last_number > before;
}

async function carryStore(keeper: Keeper, number: number): Promise<{ record: string | null; code: string }[]> {
  let memory: Memory;
  try {
    memory = await Memory.read(await keeper.platform.openStore(number));
  } catch (error) {
    return [{ record: null, code: error instanceof ReplicaError ? error.code : "store_damaged" }];
  }
  const left: Left[] = [];
  try {
    const old = new Tx(memory);
    await keeper.transaction((tx) => {
      for (const notice of old.notices()) tx.putNotice(notice);
      for (const handover of old.handovers()) tx.putHandover(handover);
      return Promise.resolve();
    });
    // A record belongs to an account: accounts come first.
    for (const isAccount of [true, false]) {
      for await (const record of recordsOf(memory, isAccount)) {
        left.push(...(await keeper.transaction((tx) => carry(old, tx, keeper.platform.now(), record))));
      }
    }
  } finally {
    memory.store.close();
  }
  return left;
}

async function* recordsOf(memory: Memory, isAccount: boolean): AsyncGenerator<string> {
  for (let from = ""; ;) {
    const rows = await memory.store.alongKey("record", { from, isAfter: true, limit: AT_ONCE });
    for (const row of rows) if ((row.kind === "account") === isAccount) yield row.id;
    const last = rows.at(-1);
    if (last === undefined) return;
    from = last.id;
  }
}
