/** What happens round a capture: it is saved, said, and can be taken back. */
import type { Json, ReplicaClient, Saved } from "@roadbook/replica";

import { toasts } from "$design/toasts.svelte.ts";

import { draftPlace } from "../drafts.ts";
import { pathOf } from "../route.ts";
import type { Draft } from "./draft.svelte.ts";
import { language } from "./language.svelte.ts";
import { place } from "./place.svelte.ts";
import { problemOf } from "./query.svelte.ts";

/** About as long as the replica keeps a capture from being sent; longer would offer what can't be done any more. */
const STAYS_MS = 5_000;

/** Says that it is saved, with a way back; null if it was not, which is said too. */
export async function capture(
  client: ReplicaClient,
  said: string,
  work: () => Promise<readonly Saved[]>,
  whenUndone?: () => Promise<void>,
): Promise<readonly Saved[] | null> {
  try {
    const saved = await work();
    // Nothing had changed: there is nothing to say, and nothing to take back.
    if (saved.length === 0) return saved;
    toasts.show({
      text: said,
      tone: "good",
      stays: STAYS_MS,
      action: { label: language.texts.common.undo, run: () => undo(client, saved, whenUndone) },
    });
    return saved;
  } catch (error) {
    sayProblem(error);
    return null;
  }
}

/** Captures what was typed: its draft, and those that go along, are over until that is taken back. */
export async function captureDraft<Form extends Record<string, Json>>(
  kept: Draft<Form>,
  said: string,
  work: () => Promise<readonly Saved[]>,
  along: readonly Draft<Record<string, string>>[] = [],
): Promise<readonly Saved[] | null> {
  await kept.takeUp();
  const saved = await capture(kept.client, said, work, async () => {
    for (const other of along) await other.restore();
    await reopen(kept);
  });
  if (saved === null) return null;
  for (const other of along) await other.drop();
  await kept.drop();
  return saved;
}

/** Throws away what was typed, with a way back. */
export async function discardDraft<Form extends Record<string, Json>>(kept: Draft<Form>): Promise<void> {
  await kept.drop();
  const action = { label: language.texts.common.undo, run: () => reopen(kept) };
  toasts.show({ text: language.texts.today.draftDropped, tone: "good", action });
}

/** Back to the form, with all that was typed. */
async function reopen<Form extends Record<string, Json>>(kept: Draft<Form>): Promise<void> {
  await kept.restore();
  const form = draftPlace(kept.key)?.route;
  if (form === undefined) return;
  const { route } = place;
  // What was made is taken back: nobody is to come back to its screen.
  const isGone = "id" in route && (await kept.client.record(route.id)) === null;
  if (isGone || pathOf(route) === pathOf(form)) place.replace(form);
  else place.go(form);
}

export function sayProblem(error: unknown): void {
  const { code, text } = problemOf(error);
  toasts.show({ text: `${text} (${code})`, tone: "held", stays: null });
}

/** The last first, as each may build on the one before. What has left the device stays. */
async function undo(
  client: ReplicaClient,
  saved: readonly Saved[],
  whenUndone: (() => Promise<void>) | undefined,
): Promise<void> {
  const { undone, undoTooLate } = language.texts.common;
  try {
    for (const { number } of saved.toReversed()) {
      if (!(await client.undo(number))) {
        toasts.show({ text: undoTooLate, tone: "wait" });
        return;
      }
    }
    await whenUndone?.();
    toasts.show({ text: undone, tone: "good" });
  } catch (error) {
    sayProblem(error);
  }
}
