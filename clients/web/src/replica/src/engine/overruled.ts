/** What a device tells of work that others overruled: what they wrote stands, and what does not is kept until it was read. */

import type { RebaseConflict } from "../model/rebase.ts";
import { entries, type Fields, type Path, type Value } from "../model/value.ts";
import type { ItemRow, RecordRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** What does not stand of a record: where it was written, and what. */
export interface Overruled {
  /** No other notice of this device has it, unless it says the same. */
  readonly key: string;
  readonly row: RecordRow;
  /** The item that wrote it, or the last of several; absent where it is in none any more. */
  readonly item: ItemRow | undefined;
  readonly overruled: readonly Pick<RebaseConflict, "path" | "held">[];
}

const OVERRULED =
  "Others changed the same meanwhile, and what they wrote stands. What you wrote is kept here until you have read this.";

/** Keeps what does not stand until its person has read it. */
export async function tell(tx: Tx, nowMs: number, { key, row, item, overruled }: Overruled): Promise<void> {
  const view = await tx.memory.store.get("view", row.id);
  const account = await tx.memory.store.get("view", row.account);
  const number = item?.number ?? 0;
  tx.putNotice({
    key,
    number,
    fate: "overruled",
    text: OVERRULED,
    at_ms: nowMs,
    item: {
      number,
      what: "edit",
      record: row.id,
      kind: row.kind,
      account: row.account,
      accountTitle: account?.title ?? null,
      title: view?.title ?? null,
      captured: item?.captured_ms ?? row.changed_ms,
      sync: "on_this_device",
      tray: false,
      reason: null,
      reapply: null,
      wrote: overruled.reduce<Fields>((wrote, { path, held }) => withValue(wrote, path, held ?? null), {}),
    },
  });
}

/** The fields with a value put at a path. */
function withValue(fields: Fields, [name = "", ...below]: Path, value: Value): Fields {
  return { ...fields, [name]: below.length === 0 ? value : withValue(entries(fields[name]), below, value) };
}
