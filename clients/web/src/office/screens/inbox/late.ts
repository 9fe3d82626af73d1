/** Late work, gathered by what made it late. */
import type { Schema } from "$api/client";

type Row = Schema["LateRow"];

export interface Batch {
  /** The reassignment; null for what had another cause. */
  readonly by: Row["reassignment"];
  readonly rows: readonly Row[];
}

/** Batches in the order in which the newest work of each came. */
export function batchesOf(rows: readonly Row[]): Batch[] {
  const batches = new Map<string, Row[]>();
  for (const row of rows) {
    const by = row.reassignment?.id ?? "";
    batches.set(by, [...(batches.get(by) ?? []), row]);
  }
  return [...batches.values()].map((own) => ({ by: own[0]?.reassignment ?? null, rows: own }));
}
