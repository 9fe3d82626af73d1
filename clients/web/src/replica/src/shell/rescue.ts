/** Everything on the device that the server has not got, for the rescue file. */

import * as content from "../engine/content.ts";
import type { ItemRow } from "../engine/rows.ts";
import { Memory, Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { hex } from "../wire/bytes.ts";
import type { Keeper } from "./keeper.ts";
import { seal } from "./rescue-format.ts";

export const rescueFile = async (keeper: Keeper, passphrase: string): Promise<Blob> =>
  await seal(await contentOf(keeper), passphrase);

async function contentOf(keeper: Keeper): Promise<object> {
  await keeper.ready;
  const { server, enrolment, asides } = keeper.enrolled;
  const { device, person, person_name } = enrolment;
  const items = await itemsOf(keeper.look());
  for (const { name } of asides.filter(({ carried, left }) => !carried || left.length > 0)) {
    const memory = await Memory.read(await keeper.platform.openStore(Number(name)));
    items.push(...(await itemsOf(new Tx(memory))));
    memory.store.close();
  }
  const generation = keeper.look().device.store_generation;
  const made = keeper.platform.now();
  return { device, person, person_name, server, store_generation: generation, made_ms: made, items };
}

async function itemsOf(tx: Tx): Promise<object[]> {
  const items: object[] = [];
  for (const item of tx.waiting().filter(({ record }) => record !== null)) {
    const row = item.record === null ? undefined : await tx.record(item.record);
    items.push({
      number: item.number,
      kind: row?.kind ?? null,
      record: item.record,
      account: item.account,
      captured_ms: item.captured_ms,
      bytes: hex(item.bytes),
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
