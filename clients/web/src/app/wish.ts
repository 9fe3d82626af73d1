/** What the person asked of today's plan, kept on the phone until the day is over. */
import type { Place, ReplicaClient } from "@roadbook/replica";

import { draftKey } from "./drafts.ts";

export interface DayWish {
  readonly start: Place | null;
  readonly add: readonly string[];
  readonly leave_out: readonly string[];
  readonly order: readonly string[];
}

export const NO_WISH: DayWish = { start: null, add: [], leave_out: [], order: [] };

/** What was asked of a day; whatever does not read as a wish asks for nothing. */
export async function wishOf(client: ReplicaClient, day: string): Promise<DayWish> {
  const kept = await client.draft(draftKey.route(day)).catch(() => null);
  if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return NO_WISH;
  const wish = kept as Readonly<Record<string, unknown>>;
  const texts = (name: string): string[] => {
    const list = wish[name];
    return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
  };
  return { start: placeOf(wish["start"]), add: texts("add"), leave_out: texts("leave_out"), order: texts("order") };
}

function placeOf(value: unknown): Place | null {
  const { latitude_microdeg, longitude_microdeg } = (value ?? {}) as Partial<Place>;
  const isPlace = typeof latitude_microdeg === "number" && typeof longitude_microdeg === "number";
  return isPlace ? { latitude_microdeg, longitude_microdeg } : null;
}

/** Keeps it, and drops what was asked of other days. */
export async function keepWish(client: ReplicaClient, day: string, wish: DayWish): Promise<void> {
  const { start, add, leave_out, order } = wish;
  const place = start === null ? null : { ...start };
  await client.keepDraft(draftKey.route(day), {
    start: place,
    add: [...add],
    leave_out: [...leave_out],
    order: [...order],
  });
  const own = draftKey.route(day);
  const old = (await client.drafts()).filter(({ key }) => key.startsWith(draftKey.route("")) && key !== own);
  for (const { key } of old) await client.dropDraft(key);
}
