/** Kinds that are shown by their fields alone, in one form: which fields it has, where the model's order will not do. */
import type { Fields } from "@roadbook/replica";

import { formOf, givenOf, type KindForm, startOf } from "../kinds/form.ts";
import { hasOwnScreens, type PlainKind } from "../kinds/plain.ts";
import { KIND_NAMES, rulesOf } from "./model.ts";

export type { PlainKind } from "../kinds/plain.ts";

interface PlainForm extends KindForm {
  /** What a new one begins with. */
  readonly start: Readonly<Record<string, string>>;
}

/** What is chosen otherwise than the model's description would have it. */
const CHOSEN: Partial<Readonly<Record<PlainKind, Partial<PlainForm>>>> = {
  opportunity: {
    names: ["subject", "stage", "amount_minor", "currency", "expected_close", "next_step", "next_step_due"],
    more: [
      "contact_id",
      "order_id",
      "referred_by_id",
      "owner_id",
      "probability_bp",
      "source",
      "competitor",
      "close_reason",
      "notes",
    ],
  },
  case: {
    names: ["case_type", "subject", "state", "priority", "due", "description"],
    more: ["order_id", "contact_id", "owner_id", "department_id", "cause", "remedy", "resolution"],
    start: { state: "open", priority: "normal" },
  },
  call: {
    names: ["direction", "outcome", "subject", "notes", "next_step", "next_step_due"],
    more: ["contact_id", "channel", "minutes"],
    start: { direction: "outgoing", channel: "phone" },
  },
};

export function plainForm(kind: PlainKind): PlainForm {
  const rules = rulesOf(kind);
  return { ...formOf(rules), start: startOf(rules), ...CHOSEN[kind] };
}

/** What is known of a new one without asking. */
export function given(kind: PlainKind, person: string | null, now: number): Fields {
  return givenOf(rulesOf(kind), person, now);
}

export const PLAIN_KINDS = KIND_NAMES.filter(isPlain);

export function isPlain(kind: string): kind is PlainKind {
  return KIND_NAMES.includes(kind) && !hasOwnScreens(kind);
}
