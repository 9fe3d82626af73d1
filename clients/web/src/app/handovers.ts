/** What the office says of accounts that came or left, as people read it: each note once, with the accounts that it is about. */
import type { Handover } from "@roadbook/replica";

import { grouped } from "$design/grouped.ts";

/** Named one by one; of more, how many. */
const NAMED_MAX = 3;

/** One note on accounts that came, or on accounts that left; never empty. */
export interface HandoverNote {
  readonly gained: boolean;
  readonly note: string;
  /** The last of when it was said. */
  readonly at: number;
  readonly all: readonly Handover[];
}

/** Of one account, or of all; the latest first, as the replica gives them. */
export function notesOf(handovers: readonly Handover[], account?: string): HandoverNote[] {
  const concerned = handovers.filter((one) => account === undefined || (one.account === account && one.gained));
  const groups = grouped(concerned, ({ gained, note }) => JSON.stringify([gained, note]));
  return [...groups.values()].flatMap((all) => {
    const [first] = all;
    return first === undefined ? [] : [{ gained: first.gained, note: first.note, at: first.at, all }];
  });
}

/** The accounts by name, and how many more there are. */
export function namesOf({ all }: HandoverNote, arriving: string): { readonly names: string; readonly more: number } {
  const named = all.slice(0, NAMED_MAX).map(({ title }) => title ?? arriving);
  return { names: named.join(", "), more: all.length - named.length };
}
