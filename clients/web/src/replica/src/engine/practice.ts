/**
 * What was practised on a device: a number for each version of a process, told to the office with the facts of the hello
 * (rule H9). It is no work: there is no item, no record and no lease for it.
 */

import { LIMITS } from "../wire/codec.ts";
import type * as wire from "../wire/frames.gen.ts";
import type { DeviceRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

const U32_MAX = 4_294_967_295;

/** Notes that a version of a process was practised to the end. The next hello says so. */
export function note(tx: Tx, process: string, version: number, nowMs: number): void {
  const known = practisedOn(tx.device);
  const isIt = (one: wire.Practised): boolean => one.process === process && one.version === version;
  const before = known.find(isIt);
  const last = BigInt(nowMs);
  const now: wire.Practised = {
    process,
    version,
    times: Math.min((before?.times ?? 0) + 1, U32_MAX),
    last_ms: before !== undefined && before.last_ms > last ? before.last_ms : last,
  };
  tx.putDevice({ practised: [now, ...known.filter((one) => !isIt(one))].slice(0, LIMITS.PRACTISED_MAX) });
}

/** What was practised, the latest first. */
export const practisedOn = (device: DeviceRow): readonly wire.Practised[] => device.practised ?? [];

/** Whether the office knows of all of it, as far as it was told in a hello. */
export function isTold(practised: readonly wire.Practised[], told: wire.Facts | null): boolean {
  const known = told?.practised ?? [];
  return (
    practised.length === known.length &&
    practised.every((one, n) => {
      const other = known[n];
      return (
        other?.process === one.process &&
        other.version === one.version &&
        other.times === one.times &&
        other.last_ms === one.last_ms
      );
    })
  );
}
