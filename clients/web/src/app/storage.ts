/** When a device's storage runs short, before it does. */
import type { Storage } from "@roadbook/replica";

/** Below this, a day's captures could find no room. */
const LOW_BYTES = 50_000_000;

export function isLow(storage: Storage): boolean {
  // A browser that tells no quota tells nothing.
  return storage.quotaBytes > 0 && storage.quotaBytes - storage.usedBytes < LOW_BYTES;
}
