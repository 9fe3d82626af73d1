/** A customer's loyalty tier, as the office published it. */
import type { Json } from "@roadbook/replica";

export interface Tier {
  readonly name: string;
  /** Basis points off each line; null for a tier that is not published. */
  readonly discountBp: number | null;
  /** Whether it holds on this day. */
  readonly isValid: boolean;
}

/** `value` is that of the set `tiers` under the key; its days are whole days, both included. */
export function tierOf(key: string, value: Json, nowMs: number): Tier {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { name: key, discountBp: null, isValid: false };
  }
  const fields = value as Readonly<{ [name: string]: Json }>;
  const word = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  const off = fields["discount_bp"];
  const now = new Date(nowMs);
  const today = new Date(nowMs - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  const [from, until] = [word("valid_from"), word("valid_until")];
  return {
    name: word("name") || key,
    discountBp: typeof off === "number" ? off : 0,
    isValid: (from === "" || from <= today) && (until === "" || today <= until),
  };
}
