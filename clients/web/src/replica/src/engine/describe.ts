/** What is in the outbox and in the held tray, as screens and notices tell it. */

import type * as client from "../client.ts";
import { ReplicaError } from "../client.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { titleOf } from "../model/shown.ts";
import type { Fields } from "../model/value.ts";
import type { Reason } from "../wire/frames.gen.ts";
import * as content from "./content.ts";
import { mayReapply } from "./reapply.ts";
import type { ItemRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

const WORDS: readonly client.SyncWord[] = [
  "in_the_record",
  "late",
  "on_the_server",
  "on_this_device",
  "held",
  "refused",
];

/** How far an item has come: never further than the server has said. */
function wordOf({ receipt }: ItemRow, cursor: bigint): client.SyncWord {
  if (receipt === null) return "on_this_device";
  if ("held" in receipt.outcome) return "held";
  if ("refused" in receipt.outcome) return "refused";
  if (receipt.position > cursor) return "on_the_server";
  return receipt.outcome.in_record.late ? "late" : "in_the_record";
}

/** How far the work in a record has come: what people must know first. */
export function wordOfRecord(tx: Tx, record: string): client.SyncWord {
  const words = tx.itemsOf(record).map((item) => WORDS.indexOf(wordOf(item, tx.device.cursor.position)));
  return WORDS[Math.max(0, ...words)] ?? "in_the_record";
}

/** What is in the outbox or the tray, in the words of screens; the tray as it was written. */
export async function describe(tx: Tx, items: readonly ItemRow[]): Promise<client.Item[]> {
  const views = await tx.memory.store.many(
    "view",
    items.map(({ record }) => record ?? ""),
  );
  const accounts = await tx.memory.store.many(
    "view",
    items.map(({ account }) => account ?? ""),
  );
  const described: client.Item[] = [];
  for (const [n, item] of items.entries()) {
    const wrote = item.tray && item.record !== null ? await wroteOf(tx, item, item.record) : null;
    described.push({
      number: item.number,
      what: whatOf(item),
      record: item.record,
      kind: item.record === null ? null : ((await tx.record(item.record))?.kind ?? null),
      account: item.account,
      accountTitle: accounts[n]?.title ?? item.account_title ?? null,
      title: views[n]?.title ?? wrote?.title ?? null,
      captured: item.captured_ms,
      sync: wordOf(item, tx.device.cursor.position),
      tray: item.tray,
      reason: reasonOf(item),
      reapply: await reapplyOf(tx, item),
      wrote: wrote?.fields ?? null,
    });
  }
  return described;
}

function whatOf(row: ItemRow): string {
  const body = content.itemOf(row)?.body;
  if (body === undefined) return "unreadable";
  if (typeof body === "string") return body;
  if ("changes" in body) return body.changes.new === null ? "edit" : "create";
  return "request" in body ? body.request.verb : "discard";
}

function reasonOf({ receipt }: ItemRow): Reason | null {
  if (receipt === null || "in_record" in receipt.outcome) return null;
  return "held" in receipt.outcome ? receipt.outcome.held : receipt.outcome.refused;
}

/** For what is held: `now`, or the code of what stands in the way of capturing it anew. */
export async function reapplyOf(tx: Tx, item: ItemRow): Promise<string | null> {
  if (!item.tray || item.receipt === null || !("held" in item.receipt.outcome)) return null;
  try {
    await mayReapply(tx, item.number);
    return "now";
  } catch (error) {
    if (error instanceof ReplicaError) return error.code;
    if (error instanceof document.Unreadable) return "unreadable_record";
    throw error;
  }
}

/** The record as it was written up to this item, with the title that it would have had. */
async function wroteOf(
  tx: Tx,
  item: ItemRow,
  record: string,
): Promise<{ title: string | null; fields: Fields } | null> {
  const row = await tx.record(record);
  const spec = row === undefined ? undefined : kindNamed(row.kind);
  if (row === undefined || spec === undefined) return null;
  try {
    return await content.using(content.asWritten(tx, row, item.number), (doc) => {
      const fields = document.hydrate(spec, doc);
      return document.isEmpty(doc) ? null : { title: titleOf(spec, fields), fields };
    });
  } catch (error) {
    if (error instanceof document.Unreadable) return null;
    throw error;
  }
}
