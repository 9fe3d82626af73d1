/** A field as a text or a number; what is missing or of another shape counts as none. */
import type { Fields, RecordView } from "@roadbook/replica";

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === "number" ? value : 0;
}

/** Why a planned visit has no day any more, as whoever called it off said it last; null for what was not called off. */
export function whyCalledOff({ kind, state, fields }: Pick<RecordView, "kind" | "state" | "fields">): string | null {
  if (kind !== "visit" || state !== "planned" || numberOf(fields, "planned_start") !== 0) return null;
  return textOf(fields, "notes").trimEnd().split("\n").at(-1) ?? "";
}
