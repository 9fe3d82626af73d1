/** What waits in the inboxes: shown beside their names, and kept right by the log. */
import { read } from "$api/client";

import { clock } from "./clock.svelte.ts";
import { desk } from "./desk.svelte.ts";
import type { EntryType } from "./entry.ts";
import { Load, type Page, whenever } from "./load.svelte.ts";
import { piecesOf } from "./pieces.ts";

/** Counted no further than this. */
const MOST = 100;

export interface Counts {
  readonly held: string;
  readonly conflicts: string;
  readonly unassigned: string;
  readonly duplicates: string;
  /** Reassignments that could not take effect. */
  readonly failed: string;
}

function said(page: Page<unknown>): string {
  if (typeof page.next === "string") return `${MOST}+`;
  return page.items.length === 0 ? "" : String(page.items.length);
}

async function count(): Promise<Counts> {
  const limit = MOST;
  const [held, conflicts, unassigned, duplicates, failed] = await Promise.all([
    read(desk.api.GET("/v1/held", { params: { query: { state: "held", limit } } })),
    read(desk.api.GET("/v1/conflicts", { params: { query: { limit } } })),
    read(desk.api.GET("/v1/accounts", { params: { query: { unassigned: true, limit } } })),
    read(desk.api.GET("/v1/duplicates", { params: { query: { limit } } })),
    read(desk.api.GET("/v1/reassignments", { params: { query: { failed: true, limit } } })),
  ]);
  return {
    held: said({ ...held, items: piecesOf(held.items) }),
    conflicts: said(conflicts),
    unassigned: said(unassigned),
    duplicates: said(duplicates),
    failed: said(failed),
  };
}

const BY: readonly EntryType[] = ["held", "fate", "conflict", "changes", "placed"];

/** What fails by itself makes no entry in the log. */
const ANEW_MS = 5 * 60_000;

class Answered {
  times = $state(0);
}
const answered = new Answered();

/** Something was answered that no entry tells of. */
export function countAnew(): void {
  answered.times += 1;
}

/** The counts, for the component that shows them. */
export function counts(): Load<Counts> {
  const own = new Load(count);
  const turn = $derived(Math.floor(clock.now / ANEW_MS) + answered.times);
  $effect(() => {
    // Anew with every turn.
    if (Number.isFinite(turn)) void own.run();
  });
  whenever(
    (entry) => BY.includes(entry.type),
    () => void own.run(),
  );
  return own;
}
