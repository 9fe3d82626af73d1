/** What happens round a capture: it is saved, said, and can be taken back. */
import type { ReplicaClient, Saved } from "@roadbook/replica";

import { toasts } from "$design/toasts.svelte.ts";

import { language } from "./language.svelte.ts";
import { problemOf } from "./query.svelte.ts";

/** About as long as the replica keeps a capture from being sent; longer would offer what can't be done any more. */
const STAYS_MS = 5_000;

/** Says that it is saved, with a way back; null if it was not, which is said too. */
export async function capture(
  client: ReplicaClient,
  said: string,
  work: () => Promise<readonly Saved[]>,
): Promise<readonly Saved[] | null> {
  try {
    const saved = await work();
    toasts.show({
      text: said,
      tone: "good",
      stays: STAYS_MS,
      action: { label: language.texts.common.undo, run: () => undo(client, saved) },
    });
    return saved;
  } catch (error) {
    sayProblem(error);
    return null;
  }
}

export function sayProblem(error: unknown): void {
  const { code, text } = problemOf(error);
  toasts.show({ text: `${text} (${code})`, tone: "held", stays: null });
}

/** The last first, as each may build on the one before. What has left the device stays. */
async function undo(client: ReplicaClient, saved: readonly Saved[]): Promise<void> {
  const { undone, undoTooLate } = language.texts.common;
  try {
    for (const { number } of saved.toReversed()) {
      if (!(await client.undo(number))) {
        toasts.show({ text: undoTooLate, tone: "wait" });
        return;
      }
    }
    toasts.show({ text: undone, tone: "good" });
  } catch (error) {
    sayProblem(error);
  }
}
