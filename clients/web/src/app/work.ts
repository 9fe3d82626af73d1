/** Captured work as people see it: what was saved of one record is one thing, however often it was saved. */
import type { Item, SyncWord } from "@roadbook/replica";

import { grouped } from "$design/grouped.ts";

/** Items of one record, in the order in which they were captured; never empty. */
export interface Work {
  readonly first: Item;
  /** As it was written up to here. */
  readonly last: Item;
  readonly items: readonly Item[];
}

export function worksOf(items: readonly Item[]): Work[] {
  const groups = grouped(items, ({ record, number }) => record ?? number);
  return [...groups.values()].flatMap((own) => {
    const [first, last] = [own[0], own.at(-1)];
    return first === undefined || last === undefined ? [] : [{ first, last, items: own }];
  });
}

/** A lease's close is the device's own affair: people wait for what they captured. */
export const captured = (outbox: readonly Item[]): Item[] => outbox.filter(({ record }) => record !== null);

/** The furthest first. */
const WAY: readonly SyncWord[] = ["in_the_record", "late", "on_the_server", "on_this_device", "held", "refused"];

/** How far all of it has come: as far as its last part. */
export function wordOf({ items }: Work): SyncWord {
  return WAY[Math.max(...items.map(({ sync }) => WAY.indexOf(sync)))] ?? "on_this_device";
}

/** What was done to the record, each once: what made it needs no word on how it was changed since. */
export function whatsOf({ items }: Work): string[] {
  const whats = [...new Set(items.map(({ what }) => what))];
  return whats.includes("create") ? whats.filter((what) => what !== "edit") : whats;
}
