/** Carrying work over from a store that was set aside: what the server lacks is captured again in the fresh store. */

import { ReplicaError } from "../client.ts";
import * as document from "../model/document.ts";
import { rebase } from "../model/rebase.ts";
import type { Request } from "../wire/frames.gen.ts";
import * as capture from "./capture.ts";
import * as content from "./content.ts";
import * as refusal from "./error.ts";
import { tell } from "./overruled.ts";
import type { ItemRow, RecordRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** Work that cannot be captured here any more, with the code that says why. It stays in the old store. */
export interface Left {
  readonly record: string;
  readonly code: string;
}

/** Carries one record over. `old` reads the store set aside, `tx` writes the fresh, filled one. */
export async function carry(old: Tx, tx: Tx, nowMs: number, record: string): Promise<Left[]> {
  const row = await old.record(record);
  if (row === undefined) return [];
  const items = old.itemsOf(record);
  const fresh = await tx.record(record);
  // The same heads, and nothing on top of them: the server has all of it.
  if (items.length === 0 && fresh?.digest === row.digest) return [];
  const left: Left[] = [];
  const isWaiting = items.some((item) => !item.tray);
  const failure = await attempt(() => carryContent(old, tx, nowMs, row, fresh));
  if (failure !== null && (isWaiting || failure === "unreadable_record")) left.push({ record, code: failure });
  const asked = unanswered(items);
  const last = asked.at(-1);
  // What was granted last came after all that was asked for before.
  const isDone = last !== undefined && isKnown(tx, fresh, last);
  for (const request of isDone ? [] : asked) {
    if (isKnown(tx, fresh, request)) continue;
    const code = await attempt(() => capture.request(tx, nowMs, request.verb, record));
    if (code !== null) left.push({ record, code });
  }
  // Built on something that was held, and never sent: nobody but the old store has it.
  if (items.some((item) => item.tray && item.receipt === null)) left.push({ record, code: "built_on_held_work" });
  return left;
}

/**
 * Whether the server granted a request whose answer was not heard, its person asked for the same elsewhere, or it was asked
 * again already, before a crash.
 */
function isKnown(tx: Tx, fresh: RecordRow | undefined, { id, verb, record }: Request): boolean {
  const waiting = tx.itemsOf(record).filter((item) => item.receipt === null && !item.tray);
  const verbs = waiting.map((item) => content.requestOf(item)?.verb);
  const decision = fresh?.decision;
  const isGranted = decision?.request === id || (decision?.by === tx.device.person && decision.verb === verb);
  // What was granted before is taken back.
  return verbs.includes(verb) || (isGranted && !verbs.includes("reopen"));
}

/** Does what may be refused; the code of the refusal. A store that fails is none. */
async function attempt(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof document.Unreadable) return "unreadable_record";
    if (!(error instanceof ReplicaError) || error.code === "storage_full") throw error;
    return error.code === "nothing_changed" ? null : error.code;
  }
}

async function carryContent(
  old: Tx,
  tx: Tx,
  nowMs: number,
  row: RecordRow,
  fresh: RecordRow | undefined,
): Promise<void> {
  await content.using(content.current(old, row), async (held) => {
    if (document.isEmpty(held)) {
      // What was written on something damaged that has not come anew cannot be carried over, and is not nothing.
      const waits = old.itemsOf(row.id).some((item) => !item.tray && content.changesOf(item) !== null);
      if (waits) throw refusal.unreadable();
      return;
    }
    if (fresh !== undefined) {
      await carryEdits(old, tx, nowMs, row, held, fresh);
      return;
    }
    // An account that was accepted once and is not here now was handed over.
    if (row.kind === "account" && row.accepted.length > 0) throw refusal.outOfScope();
    const fields = document.hydrate(content.specOf(row), held);
    await capture.create(tx, nowMs, { kind: row.kind, account: row.account, id: row.id, fields });
  });
}

/** What requests asked for that were not answered, in their order. */
const unanswered = (items: readonly ItemRow[]): Request[] =>
  items
    .filter(({ receipt }) => receipt === null)
    .map(content.requestOf)
    .filter((request) => request !== null);

/** A correction begins with taking the order back (rule Q10): without that, what was changed could not be captured again. */
async function takeBack(old: Tx, tx: Tx, nowMs: number, fresh: RecordRow): Promise<void> {
  const asked = unanswered(old.itemsOf(fresh.id)).find(({ verb }) => verb === "reopen");
  if (asked === undefined || isKnown(tx, fresh, asked)) return;
  // What cannot be taken back says so of what was changed in it.
  await attempt(() => capture.request(tx, nowMs, "reopen", fresh.id));
}

async function carryEdits(
  old: Tx,
  tx: Tx,
  nowMs: number,
  row: RecordRow,
  held: document.Doc,
  fresh: RecordRow,
): Promise<void> {
  const spec = content.specOf(row);
  const { steps, conflicts } = await content.using(content.current(tx, fresh), (accepted) => {
    if (document.isEmpty(accepted)) throw refusal.notTaken();
    const known = new Set(document.changesOf(accepted).map(({ hash }) => hash));
    const changes = document.changesOf(held);
    const shared = changes.filter(({ hash }) => known.has(hash));
    const base = document.hydrateAt(spec, held, document.headsAmong(shared));
    const rebased = rebase(spec, base, document.hydrate(spec, held), document.hydrate(spec, accepted));
    // What was not sent and lost against what came meanwhile shows in no field: its person is told of it all the same.
    const unshared = changes.filter(({ hash }) => !known.has(hash));
    const lost = document.lost(spec, held, unshared).map(({ path, value }) => ({ path, held: value }));
    return { steps: rebased.steps, conflicts: [...lost, ...rebased.conflicts] };
  });
  if (conflicts.length > 0) {
    // The same work in the same state says the same again, not more, when it is carried over a second time.
    const key = ["overruled", row.id, ...document.headsOf(held)].join("/");
    const last = old.itemsOf(row.id).findLast((item) => item.receipt === null);
    await tell(tx, nowMs, { key, row, item: last, overruled: conflicts });
  }
  if (steps.length === 0) return;
  await takeBack(old, tx, nowMs, fresh);
  await capture.write(tx, nowMs, row.id, steps);
}
