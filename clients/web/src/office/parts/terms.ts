import type { Schema } from "$api/client";

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

/** A local time as one types it, as the API takes it; null if there is none. */
export function asked(local: string): string | null {
  return local === "" ? null : new Date(local).toISOString();
}

/** A moment as a form's local time. */
export function local(time: string | null | undefined): string {
  const ms = Date.parse(time ?? "");
  if (Number.isNaN(ms)) return "";
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
