/** Kinds that are shown by their fields alone, in one form: which fields, and what a new one begins with. */
import type { Fields } from "@roadbook/replica";

import type { IconName } from "$design/icons.ts";

export type PlainKind = "opportunity" | "case" | "call";

export interface PlainForm {
  readonly icon: IconName;
  /** Shown at once, and shown on demand. */
  readonly names: readonly string[];
  readonly more: readonly string[];
  /** Collections below the form, each saved by itself. */
  readonly items?: readonly "lines"[];
  readonly start: Readonly<Record<string, string>>;
  /** What is known of a new one without asking. */
  readonly given: (person: string | null, now: number) => Fields;
}

const owned = (person: string | null): Fields => (person === null ? {} : { owner_id: person });

export const PLAIN_FORMS: Readonly<Record<PlainKind, PlainForm>> = {
  opportunity: {
    icon: "star",
    names: ["subject", "stage", "amount_minor", "currency", "expected_close", "next_step", "next_step_due"],
    more: ["contact_id", "order_id", "referred_by_id", "owner_id", "source", "competitor", "close_reason", "notes"],
    start: { stage: "identified" },
    given: owned,
  },
  case: {
    icon: "warn",
    names: ["case_type", "subject", "state", "priority", "due", "description"],
    more: ["order_id", "contact_id", "owner_id", "department_id", "cause", "remedy", "resolution"],
    items: ["lines"],
    start: { state: "open", priority: "normal" },
    given: (person, now) => ({ ...owned(person), opened_at: now }),
  },
  call: {
    icon: "phone",
    names: ["direction", "outcome", "subject", "notes", "next_step", "next_step_due"],
    more: ["contact_id", "channel", "minutes"],
    start: { direction: "outgoing", channel: "phone" },
    given: (person, now) => ({ ...(person === null ? {} : { rep_id: person }), started_at: now }),
  },
};

export const PLAIN_KINDS = Object.keys(PLAIN_FORMS) as readonly PlainKind[];

export function isPlain(kind: string): kind is PlainKind {
  return Object.hasOwn(PLAIN_FORMS, kind);
}
