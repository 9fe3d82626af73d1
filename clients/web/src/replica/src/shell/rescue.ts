/**
 * Everything on the device that the server has not got, for the rescue file: signed as it is pushed, so that the office can
 * bring it in the device's place, and as its writer saw it, so that people can read it.
 */

import * as content from "../engine/content.ts";
import type { ItemRow } from "../engine/rows.ts";
import { batch } from "../engine/session.ts";
import { Memory, Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { hex } from "../wire/bytes.ts";
import { LIMITS, writeItems } from "../wire/codec.ts";
import { sign } from "../wire/keys.ts";
import { pushText } from "../wire/proofs.ts";
import type { Keeper } from "./keeper.ts";
import { checkPassphrase, type RescueContent, type RescueItem, type RescuePush, seal } from "./rescue-format.ts";

export async function rescueFile(keeper: Keeper, passphrase: string): Promise<Blob> {
  checkPassphrase(passphrase);
  return await seal(await contentOf(keeper), passphrase);
}

async function contentOf(keeper: Keeper): Promise<RescueContent> {
  await keeper.ready;
  const pushes = await pushesOf(keeper);
  const { server, enrolment, asides } = keeper.enrolled;
  const { device, person, person_name } = enrolment;
  const live = keeper.look();
  const generation = live.device.store_generation;
  const items = await itemsOf(live, generation);
  for (const { name } of asides.filter(({ carried, left }) => !carried || left.length > 0)) {
    items.push(...(await itemsAside(keeper, Number(name))));
  }
  return {
    device,
    person,
    person_name,
    server,
    store_generation: generation,
    made_ms: keeper.platform.now(),
    pushes,
    items,
  };
}

/** What a store set aside has. One that cannot be read keeps the file from nothing else. */
async function itemsAside(keeper: Keeper, number: number): Promise<RescueItem[]> {
  let memory: Memory;
  try {
    memory = await Memory.read(await keeper.platform.openStore(number));
  } catch {
    return [];
  }
  try {
    return memory.device === undefined ? [] : await itemsOf(new Tx(memory), memory.device.store_generation);
  } finally {
    memory.store.close();
  }
}

/**
 * What waits in the live store, as signed pushes. A store set aside has none: what only it holds is captured anew in the
 * live one. From here on all of it may have left the device, so that nothing of it can be taken back (rule I3).
 */
async function pushesOf(keeper: Keeper): Promise<RescuePush[]> {
  return await keeper.transaction(async (tx) => {
    let rest = tx.waiting();
    const { device } = tx;
    const last = rest.at(-1)?.number ?? 0;
    if (last > device.sent_number) tx.putDevice({ sent_number: last });
    const pushes: RescuePush[] = [];
    while (rest.length > 0) {
      const items = batch(rest.slice(0, LIMITS.PUSH_ITEMS_MAX));
      rest = rest.slice(items.length);
      const deflated = writeItems(items.map(({ bytes }) => bytes));
      const signature = await sign(keeper.keys, pushText(device.device, device.store_generation, deflated));
      pushes.push({ store_generation: device.store_generation, items: hex(deflated), signature: hex(signature) });
    }
    return pushes;
  });
}

async function itemsOf(tx: Tx, generation: number): Promise<RescueItem[]> {
  const items: RescueItem[] = [];
  for (const item of tx.waiting().filter(({ record }) => record !== null)) {
    const row = item.record === null ? undefined : await tx.record(item.record);
    items.push({
      number: item.number,
      store_generation: generation,
      kind: row?.kind ?? null,
      record: item.record,
      account: item.account,
      captured_ms: item.captured_ms,
      wrote: row === undefined ? null : await wroteOf(tx, item, row.kind),
    });
  }
  return items;
}

async function wroteOf(tx: Tx, item: ItemRow, kind: string): Promise<object | null> {
  const spec = kindNamed(kind);
  const row = item.record === null ? undefined : await tx.record(item.record);
  if (spec === undefined || row === undefined) return null;
  try {
    return await content.using(content.asWritten(tx, row, item.number), (doc) => document.hydrate(spec, doc));
  } catch (error) {
    if (error instanceof document.Unreadable) return null;
    throw error;
  }
}
