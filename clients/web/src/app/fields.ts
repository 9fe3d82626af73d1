/** A field as a text or a number; what is missing or of another shape counts as none. */
import type { Fields } from "@roadbook/replica";

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === "number" ? value : 0;
}
