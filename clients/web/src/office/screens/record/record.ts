/** A record's document, as people read it. */
import type { Schema } from "$api/client";
import { t } from "$texts/office";

import { capital, fieldName, formats, kindName } from "../../state/words.ts";
import { currencyOf, fieldsOf } from "./document.ts";

type Record = Schema["Record"];
export function totalOf(record: Record): string {
  return record.decision === null || record.decision === undefined
    ? ""
    : formats.money(record.decision.total_minor, currencyOf(record));
}

/** How an order stands: what was decided, else what its document says. */
export function standingOf(record: Record): { state: string | null; until: string | null } {
  const { state, valid_until } = fieldsOf(record);
  const word = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  return { state: record.decision?.state ?? word(state), until: word(valid_until) };
}

/** What it is called, in a line. */
export function titleOf(record: Record): string {
  const fields = fieldsOf(record);
  if (record.kind === "order") return t.record.page.order(record.decision?.number ?? null);
  const named = fields["name"] ?? fields["subject"];
  return typeof named === "string" && named !== "" ? named : capital(kindName(record.kind));
}

type Told = (name: string, value: unknown, currency: string) => string;

/** The fields that have a value, with their names; collections are left to others. */
export function facts(record: Record, told: Told): { label: string; text: string }[] {
  const currency = currencyOf(record);
  return Object.entries(fieldsOf(record)).flatMap(([name, value]) => {
    // What was decided says more than the document's own state, and the total stands below the lines.
    if (record.kind === "order" && ["state", "total_minor"].includes(name)) return [];
    if (value === null || value === undefined || value === "" || typeof value === "object") return [];
    return [{ label: fieldName(name), text: told(name, value, currency) }];
  });
}
