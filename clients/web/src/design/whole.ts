/** Whole numbers as people type them. */

/** More of one thing than anybody orders at once. */
export const QUANTITY_MAX = 1_000_000;

/** What somebody typed as a whole number; null for what is none, or not between these. */
export function wholeNumber(text: string, min: number, max: number): number | null {
  const digits = text.trim();
  // Nothing but digits: what groups thousands for one reader is a fraction to another.
  if (!/^\d+$/.test(digits)) return null;
  const number = Number(digits);
  return number >= min && number <= max ? number : null;
}
