/** The held tray as people see it: what becomes of work on one record. */
import type { Item, Notice, ReplicaClient } from "@roadbook/replica";

import { grouped } from "$design/grouped.ts";

import { problemOf } from "./state/query.svelte.ts";
import { type Work, worksOf } from "./work.ts";

/** What became of held work on one record, for one reason; never empty. */
export interface Decided {
  /** The one that shows what had been written. */
  readonly shown: Notice;
  readonly all: readonly Notice[];
}

/** Each reason once, however many items it was given for. */
export function decided(notices: readonly Notice[]): Decided[] {
  const groups = grouped(notices, ({ item, key, fate, text }) => JSON.stringify([item.record ?? key, fate, text]));
  return [...groups.values()].flatMap((all) => {
    const shown = all.findLast(({ item }) => Object.keys(item.wrote ?? {}).length > 0) ?? all.at(-1);
    return shown === undefined ? [] : [{ shown, all }];
  });
}

/** How much there is to decide on, as the tray shows it. */
export const heldCount = async (client: ReplicaClient): Promise<number> => worksOf(await client.heldTray()).length;

/** What the server has answered can be decided on; the rest has its answer on the way. */
const answered = ({ items }: Work): readonly Item[] => items.filter(({ reason }) => reason !== null);

/** Captures all of it anew, each on what the one before made of the record. Whether others' values stand in any of it. */
export async function reapplyAll(client: ReplicaClient, work: Work): Promise<boolean> {
  let isOverruled = false;
  for (const { number } of answered(work)) {
    try {
      const { overruled } = await client.reapply(number);
      isOverruled ||= overruled.length > 0;
    } catch (error) {
      // What it says is in the record by now: nobody needs it any more.
      if (problemOf(error).code !== "nothing_changed") throw error;
      await client.discardHeld(number);
    }
  }
  return isOverruled;
}

/** Gives all of it up, the last first. */
export async function discardAll(client: ReplicaClient, work: Work): Promise<void> {
  for (const { number } of answered(work).toReversed()) await client.discardHeld(number);
}
