/** Who may write what, and which decision may be asked for: one place, as in `model.json`. */

import { type FieldRule, type KindRules, MODEL, type Transition } from "./model.ts";

/** Who writes, and on what terms. */
export interface Writer {
  readonly role: string;
  /** Whether the record is the writer's own. */
  readonly isCreator: boolean;
}

/** Whether a role is one of those; a device is told its role in plain words. */
export const isAmong = (role: string, roles: readonly string[]): boolean => roles.includes(role);

const isOffice = (role: string): boolean => role === "office" || role === "admin";

export const mayCreate = (role: string, spec: KindRules): boolean => isAmong(role, spec.roles);

/** Whether whoever makes a record says this field: all of them, but what is the office's. */
export const maySay = (role: string, { write }: FieldRule): boolean => write !== "office" || isOffice(role);

/** Whether this writer may write this field of an existing record. For an item's field, ask for the collection too. */
export function mayWrite({ role, isCreator }: Writer, spec: KindRules, field: FieldRule): boolean {
  if (!isAmong(role, spec.roles)) return false;
  switch (field.write) {
    case "holder":
    case "added":
      return true;
    case "creator":
      return isCreator || isOffice(role);
    case "founder":
    case "office":
      return isOffice(role);
    case "once":
      return false;
  }
}

export const transitionOf = (verb: string): Transition | undefined =>
  MODEL.orders.transitions.find((row) => row.verb === verb);

export const mayRequest = ({ role, isCreator }: Writer, row: Transition): boolean =>
  isAmong(role, row.roles) || (row.creator && isCreator);

/** Whether a record's document may be written, given its latest decision. Only an order's ever closes. */
export const isDocumentOpen = (kind: string, state: string | null): boolean =>
  kind !== MODEL.orders.kind || MODEL.orders.document_open.includes(state);

/** Whether an order in this state was handed in and is not through. */
export const isHandedIn = (state: string | null): boolean => state !== null && MODEL.orders.handed_in.includes(state);

const DAY_MS = 86_400_000;
const BEHIND_UTC_MS = DAY_MS / 2;

/** As far as it matters to whether a quote is over. */
interface Quote {
  readonly state?: unknown;
  readonly valid_until?: unknown;
}

/** Whether a document is a quote whose last day is over everywhere: twelve hours after that day's end in UTC (rule Q9). */
export function isQuoteExpired({ state, valid_until: until }: Quote, nowMs: number): boolean {
  if (state !== "quote" || typeof until !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(until)) return false;
  const last = Date.parse(`${until}T00:00:00Z`);
  return !Number.isNaN(last) && nowMs >= last + DAY_MS + BEHIND_UTC_MS;
}
