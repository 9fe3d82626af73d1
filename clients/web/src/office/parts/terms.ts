import type { Schema } from "$api/client";
import { isoMoment } from "$texts/format";
import { t } from "$texts/office";

/** On what terms people lose accounts, while one types. */
export interface TermsDraft {
  policy: Schema["LatePolicy"];
  grace: string;
  note: string;
}

export function newTerms(): TermsDraft {
  return { policy: "accept", grace: "30", note: "" };
}

/** Terms as the API takes them. */
export function termsOf(draft: TermsDraft): Schema["Terms"] {
  const note = draft.note.trim();
  return { policy: draft.policy, grace_days: Number(draft.grace), note: note === "" ? null : note };
}

/** A local time as one types it, as the API takes it; null if there is none, undefined if what is typed is no moment. */
export function asked(local: string): string | null | undefined {
  return local === "" ? null : (isoMoment(local) ?? undefined);
}

/** What to say of a local time that is no moment. */
export function wrong(local: string): string | undefined {
  return asked(local) === undefined ? t.desk.noMoment : undefined;
}

/** A moment as a form's local time. */
export function local(time: string | null | undefined): string {
  const ms = Date.parse(time ?? "");
  if (Number.isNaN(ms)) return "";
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
