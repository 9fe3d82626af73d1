/** The held tray as people see it: work on one record is one thing, however often it was saved. */
import type { Item, Notice, ReplicaClient } from "@roadbook/replica";

import { problemOf } from "./state/query.svelte.ts";

/** Items of one record, in the order in which they were captured; never empty. */
export interface HeldWork {
  readonly first: Item;
  /** As it was written up to here. */
  readonly last: Item;
  readonly items: readonly Item[];
}

export function heldWork(tray: readonly Item[]): HeldWork[] {
  const groups = new Map<string | number, Item[]>();
  for (const item of tray) {
    const key = item.record ?? item.number;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()].flatMap((items) => {
    const [first, last] = [items[0], items.at(-1)];
    return first === undefined || last === undefined ? [] : [{ first, last, items }];
  });
}

/** What became of held work on one record, for one reason; never empty. */
export interface Decided {
  /** The one that shows what had been written. */
  readonly shown: Notice;
  readonly all: readonly Notice[];
}

/** Each reason once, however many items it was given for. */
export function decided(notices: readonly Notice[]): Decided[] {
  const groups = new Map<string, Notice[]>();
  for (const notice of notices) {
    const key = JSON.stringify([notice.item.record ?? notice.key, notice.fate, notice.text]);
    groups.set(key, [...(groups.get(key) ?? []), notice]);
  }
  return [...groups.values()].flatMap((all) => {
    const shown = all.findLast(({ item }) => Object.keys(item.wrote ?? {}).length > 0) ?? all.at(-1);
    return shown === undefined ? [] : [{ shown, all }];
  });
}

/** How much there is to decide on, as the tray shows it. */
export const heldCount = async (client: ReplicaClient): Promise<number> => heldWork(await client.heldTray()).length;

/** What the server has answered can be decided on; the rest has its answer on the way. */
const answered = ({ items }: HeldWork): readonly Item[] => items.filter(({ reason }) => reason !== null);

/** Captures all of it anew, each on what the one before made of the record. Whether others' values stand in any of it. */
export async function reapplyAll(client: ReplicaClient, work: HeldWork): Promise<boolean> {
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
export async function discardAll(client: ReplicaClient, work: HeldWork): Promise<void> {
  for (const { number } of answered(work).toReversed()) await client.discardHeld(number);
}
