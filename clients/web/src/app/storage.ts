/** When a device's storage runs short, before it does, and whether the browser keeps what is in it. */
import type { ReplicaClient, Status, Storage } from "@roadbook/replica";

/** Below this, a day's captures could find no room. */
const LOW_BYTES = 50_000_000;

export function isLow(storage: Storage): boolean {
  // A browser that tells no quota tells nothing.
  return storage.quotaBytes > 0 && storage.quotaBytes - storage.usedBytes < LOW_BYTES;
}

/** Whether work lies here alone, where the browser may clear it. What is sent in a moment says nothing. */
export const isAtRisk = (storage: Storage, status: Status): boolean =>
  !storage.persisted && status.waiting > 0 && status.connection !== "online";

/** What is read of the session, and told that what is shown of storage is read again. */
interface Asks {
  readonly client: Pick<ReplicaClient, "storage" | "persist">;
  changes: number;
}

/** Asks the browser to keep what is stored. One that cannot be asked does not promise it. */
export async function keep(session: Asks): Promise<boolean> {
  const isKept = await session.client.persist().catch(() => false);
  if (isKept) session.changes += 1;
  return isKept;
}

/**
 * The same without anybody having asked for it, at each start: what a browser answers depends on how much the app was used and
 * whether it was installed since. Firefox passes the question on to the person, who is asked by a tap alone.
 */
export async function keepUnasked(session: Asks, browser = navigator.userAgent): Promise<void> {
  if (browser.includes("Firefox/")) return;
  const known = await session.client.storage().catch(() => null);
  if (known !== null && !known.persisted) await keep(session);
}
