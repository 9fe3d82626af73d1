/** Reads an account's records for a brief: accepted work, and what waits on top of it. */

import * as content from "../engine/content.ts";
import type { ViewRow } from "../engine/rows.ts";
import type { Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { decidedOf } from "../model/shown.ts";
import { type Dossier, type Part, peopleIn } from "./dossier.ts";

/** The reference set that holds the names of people, by id. */
const PEOPLE = "people";
const LAST = "\uffff";

/** Null for an account that is not on this device. */
export async function dossierOf(tx: Tx, account: string, nowMs: number): Promise<Dossier | null> {
  const { store } = tx.memory;
  const range = { from: [account, -Number.MAX_VALUE], to: [account, Number.MAX_VALUE, LAST] };
  const views: ViewRow[] = await store.along("view", "account_at", range);
  // What was merged into the account stands beside its own, but for the old profile.
  const ids = views.filter(({ merged }) => merged !== true).map(({ record }) => record);
  await tx.fetch(ids);
  const parts: Part[] = [];
  for (const id of ids) parts.push(...(await partOf(tx, id)));
  if (!parts.some(({ id }) => id === account)) return null;
  const people = new Map<string, string>();
  for (const row of await store.many(
    "reference",
    [...peopleIn(parts)].map((id) => [PEOPLE, id]),
  )) {
    const name = row === undefined ? null : nameIn(row.json);
    if (row !== undefined && name !== null) people.set(row.key, name);
  }
  return { account, parts, people, nowMs };
}

async function partOf(tx: Tx, id: string): Promise<Part[]> {
  const row = await tx.record(id);
  const spec = row === undefined ? undefined : kindNamed(row.kind);
  if (row === undefined || spec === undefined) return [];
  try {
    const { fields, conflicts } = await content.using(content.current(tx, row), (doc) => ({
      fields: document.hydrate(spec, doc),
      conflicts: document.conflicts(spec, doc).map(({ path }) => path),
    }));
    const { decision, kind, creator } = row;
    // A request that waits is told by what it asks for, as everywhere on the device.
    const standing = decidedOf(row, content.stateOf(tx, row));
    const decided = standing && {
      state: standing.state,
      number: decision?.number ?? null,
      total_minor: standing.totalMinor,
      currency: decision?.currency ?? null,
      effective_ms: standing.effectiveMs,
    };
    return [{ id, kind, creator, fields, conflicts, decision: decided }];
  } catch (error) {
    if (error instanceof document.Unreadable) return [];
    throw error;
  }
}

function nameIn(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json);
    const name = typeof value === "object" && value !== null && "name" in value ? value.name : null;
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}
