/** What is still shown once a sign-in is due: what capture needs, and no more (rule H7). */

import type * as client from "../client.ts";
import type { ViewRow } from "../engine/rows.ts";
import type { Tx } from "../engine/tx.ts";

/** Whoever captures chooses among them by their names. */
const NAMED: readonly string[] = ["account", "contact"];

export const isNamed = (kind: string | undefined): boolean => kind !== undefined && NAMED.includes(kind);

/** Work of the person's own that is not over: a visit that runs, and what has not left the device. */
export function isUnderway(tx: Tx, { plan, state, record }: ViewRow): boolean {
  const runs = plan?.is === "visit" && plan.visit.person === tx.device.person && state === "checked_in";
  return runs || tx.itemsOf(record).some(({ tray, receipt }) => !tray && receipt === null);
}

/** Whether something half written is about a record: its form shows what it began with. */
export const isDrafted = (drafts: readonly { readonly key: string }[], record: string): boolean =>
  drafts.some(({ key }) => key.split(":")[0] !== "comment" && key.split(":")[1] === record);

/** By its name alone. */
export const bare = <Shown extends client.Summary>(shown: Shown): Shown => ({ ...shown, subtitle: "" });

/** A record by its name alone: nothing to read in it, and nothing that a form could take for its content. */
export const bareRecord = (view: client.RecordView): client.RecordView => ({
  ...bare(view),
  fields: Object.fromEntries(["name", "currency"].flatMap((name) => entryOf(view.fields, name))),
  derived: {},
  decision: null,
  conflicts: [],
  items: [],
  writable: false,
});

const entryOf = (fields: client.Fields, name: string): [string, client.Json][] =>
  fields[name] === undefined ? [] : [[name, fields[name]]];
