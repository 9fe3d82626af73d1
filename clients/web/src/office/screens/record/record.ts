/** A record's document, as people read it. */
import { MODEL, quoteNumber } from "@roadbook/replica/model";

import type { Schema } from "$api/client";
import { t } from "$texts/office";

import { capital, fieldName, kindName } from "../../state/words.ts";
import { collectionsOf } from "./collections.ts";
import { currencyOf, type Fields, fieldsOf } from "./document.ts";

type Record = Schema["Record"];

/** How an order stands: what was decided, else what its document says. */
export function standingOf(record: Record): { state: string | null; until: string | null } {
  const { state, valid_until } = fieldsOf(record);
  const word = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  return { state: record.decision?.state ?? word(state), until: word(valid_until) };
}

/** Whether it is an order that was handed in and may be taken back, to correct it. */
export function isHandedIn(record: Record | null): boolean {
  const state = record?.decision?.state ?? null;
  const reopen = MODEL.orders.transitions.find(({ verb }) => verb === "reopen");
  return record?.kind === "order" && state !== "rejected" && reopen?.from.includes(state) === true;
}

/** A quote's own number, until it has one as an order. */
export function quoteOf(record: Record): string | null {
  return standingOf(record).state === "quote" && !record.decision?.number ? quoteNumber(record.id) : null;
}

/** What it is called, in a line. */
export function titleOf(record: Record): string {
  const fields = fieldsOf(record);
  if (record.kind === "order") {
    const quote = quoteOf(record);
    return quote === null ? t.record.page.order(record.decision?.number ?? null) : t.record.page.quote(quote);
  }
  const named = fields["name"] ?? fields["subject"];
  return typeof named === "string" && named !== "" ? named : capital(kindName(record.kind));
}

type Told = (name: string, value: unknown, currency: string) => string;

/** The fields that have a value, with their names, and the collections that a form writes; others have panels of their own. */
export function facts(record: Record, told: Told): { label: string; text: string }[] {
  const currency = currencyOf(record);
  const listed = collectionsOf(record.kind).map(({ rule }) => rule.name);
  return Object.entries(fieldsOf(record)).flatMap(([name, value]) => {
    // What was decided says more than the document's own state, and what it comes to stands below the lines.
    if (record.kind === "order" && (name === "state" || /_(minor|bp)$/.test(name))) return [];
    if (Array.isArray(value) && listed.includes(name)) {
      // An item's own id says nothing to people.
      const items = (value as Fields[]).map((item) =>
        Object.fromEntries(Object.entries(item).filter(([inner]) => inner !== "id")),
      );
      return items.length === 0 ? [] : [{ label: fieldName(name), text: told(name, items, currency) }];
    }
    if (value === null || value === undefined || value === "" || typeof value === "object") return [];
    return [{ label: fieldName(name), text: told(name, value, currency) }];
  });
}
