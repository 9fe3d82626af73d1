/** Visits as pins of a map: one for each account, whose state is that of its latest visit. */
import type { Schema } from "$api/client";
import type { Pin } from "$map/map";
import { COLOURS } from "$map/marks";

import { href } from "../../state/address.ts";

type Visit = Schema["VisitRow"];

/** How far a visit is, and its mark: colour and shape. */
export const MARKS = { checked_out: 0, checked_in: 2 * COLOURS + 2, planned: COLOURS + 1 } as const;
export type State = keyof typeof MARKS;
export const STATES = Object.keys(MARKS) as State[];

export interface VisitPin extends Pin {
  readonly visits: number;
}

/** Visits come latest first; what has no position is left out. */
export function pinsOf(visits: readonly Visit[]): VisitPin[] {
  const pins = new Map<string, VisitPin>();
  for (const visit of visits) {
    const { latitude_microdeg: latitude, longitude_microdeg: longitude } = visit;
    if (typeof latitude !== "number" || typeof longitude !== "number") continue;
    const known = pins.get(visit.account_id);
    const count = (known?.visits ?? 0) + 1;
    const name = visit.account_name ?? "";
    pins.set(visit.account_id, {
      key: visit.account_id,
      latitude,
      longitude,
      mark: known?.mark ?? MARKS[STATES.find((state) => state === visit.state) ?? "planned"],
      visits: count,
      title: count === 1 ? name : `${name} (${count})`,
      href: count === 1 ? href(`records/${visit.id}`) : href(`accounts/${visit.account_id}`),
    });
  }
  return [...pins.values()];
}
