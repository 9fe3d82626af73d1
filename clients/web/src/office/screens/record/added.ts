/** What the office adds to an account: records of which kinds, and which of their fields one says while they are new. */
import { type Kind, MODEL } from "@roadbook/replica/model";

import { t } from "$texts/office";
import type { KindWords } from "$texts/office/en/kinds.ts";

import { formOf, startOf } from "../../../kinds/form.ts";
import type { Typed } from "./form.ts";

/** An account has a form of its own, and a run begins where its process is offered. */
export type AddedKind = Exclude<Kind, "account" | "run">;

export const ADDED: readonly AddedKind[] = MODEL.kinds
  .map(({ name }) => name)
  .filter((name): name is AddedKind => name !== "account" && name !== "run");

const WORDS: Readonly<Record<AddedKind, KindWords>> = t.kinds;

export function addLabel(kind: AddedKind): string {
  const { add, one } = WORDS[kind];
  return add ?? one;
}

/** Where one says less, or other things, than the model's description would have it; the rest comes later. */
const CHOSEN: Partial<Readonly<Record<AddedKind, readonly string[]>>> = {
  contact: ["name", "title", "role", "phone", "mobile", "email", "preferred_channel", "notes"],
  task: ["subject", "due", "priority", "assignee_id", "department_id", "notes"],
  comment: ["body"],
  visit: ["subject", "purpose", "planned_start", "planned_minutes", "rep_id", "contact_id", "notes"],
  order: ["currency", "order_date", "rep_id", "contact_id", "reference", "delivery_date", "freight_minor", "notes"],
  opportunity: [
    "subject",
    "stage",
    "amount_minor",
    "currency",
    "expected_close",
    "owner_id",
    "contact_id",
    "source",
    "referred_by_id",
    "notes",
  ],
  case: [
    "case_type",
    "subject",
    "priority",
    "due",
    "owner_id",
    "department_id",
    "contact_id",
    "order_id",
    "description",
  ],
  call: ["direction", "started_at", "outcome", "subject", "rep_id", "contact_id", "notes"],
};

const rulesOf = (kind: AddedKind): (typeof MODEL.kinds)[number]["fields"] =>
  MODEL.kinds.find(({ name }) => name === kind)?.fields ?? [];

export function fieldsOf(kind: AddedKind): readonly string[] {
  const { names, more } = formOf(rulesOf(kind));
  return CHOSEN[kind] ?? [...names, ...more];
}

/** What stands there before one types; a call that the office notes came in. */
export function begunOf(kind: AddedKind): Typed {
  return { ...startOf(rulesOf(kind)), ...(kind === "call" ? { direction: "incoming" } : {}) };
}
