/** An account's history as the phone has it: what happened and is due, what was said of it, and who became known when. */
import type { Summary } from "@roadbook/replica";

/** When a record was made: its id says so, on whichever device that was. */
export const bornAt = (record: string): number => Number.parseInt(record.replaceAll("-", "").slice(0, 12), 16);

/**
 * The latest of both together. Of the history only the first `limit` are known: a contact that is older than all of them
 * comes with what follows.
 */
export function storyOf(
  history: readonly Summary[],
  contacts: readonly Summary[],
  limit: number,
): { readonly rows: readonly Summary[]; readonly more: boolean } {
  const more = history.length >= limit;
  const last = more ? (history.at(-1)?.at ?? 0) : Number.NEGATIVE_INFINITY;
  // A contact has no day of its own: it is listed by its last change otherwise, of which a fill says nothing.
  const known = contacts.map((contact) => ({ ...contact, at: bornAt(contact.record) })).filter(({ at }) => at >= last);
  const rows = [...history, ...known].toSorted((one, other) => other.at - one.at);
  return { rows, more };
}
