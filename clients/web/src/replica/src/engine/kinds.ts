/**
 * Kinds that this version of the app does not know. Their records are kept as they come, counted in the digests and purged
 * like others, and not shown; a later version that knows the kind shows them from what is kept (rule V4).
 */

import { MODEL } from "../model/model.ts";
import * as content from "./content.ts";
import type { DeviceRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** Stands among the kinds for how a list row is made, whatever its kind; raised when rows get more. No kind is called so. */
const ROWS = "list rows";
const ROWS_VERSION = 5;

/** Each kind's version, by its name, as this version of the app knows it. */
export const KNOWN: NonNullable<DeviceRow["kinds"]> = {
  ...Object.fromEntries(MODEL.kinds.map(({ name, version }) => [name, version])),
  [ROWS]: ROWS_VERSION,
};

/** The kinds that the version which had the store last knew otherwise, or not at all. */
function newsTo({ kinds = {} }: DeviceRow): Set<string> {
  const words = [...Object.keys(kinds), ...Object.keys(KNOWN)];
  return new Set(words.filter((word) => kinds[word] !== KNOWN[word]));
}

/** Whether this version would show something of a store otherwise than the one that had it last. */
export const isNewTo = (device: DeviceRow): boolean => newsTo(device).size > 0;

/** Makes anew, from what is kept, what is shown of records of such kinds: nothing is fetched. */
export async function showAnew(tx: Tx): Promise<void> {
  const words = newsTo(tx.device);
  for await (const row of tx.storedRecords()) {
    if (words.has(ROWS) || words.has(row.kind)) await content.refresh(tx, row.id);
  }
  tx.putDevice({ kinds: KNOWN });
}
