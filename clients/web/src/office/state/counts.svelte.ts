/** What waits in the inboxes: shown beside their names, and kept right by the log. */
import { read } from "$api/client";

import { desk } from "./desk.svelte.ts";
import type { EntryType } from "./entry.ts";
import { type Load, load, type Page } from "./load.svelte.ts";
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

/** The counts, for the component that shows them. */
export function counts(): Load<Counts> {
  return load(count, (entry) => BY.includes(entry.type));
}
