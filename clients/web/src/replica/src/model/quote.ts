/** The number of a quote, which nobody gives one: the same wherever it is asked for. As `RecordId::quote_number`. */

/** The day in UTC on which its id was made, and the last eight digits of the id. */
export function quoteNumber(record: string): string {
  const digits = record.replaceAll("-", "");
  return `Q${digits.charAt(12) === "7" ? dayOf(Number.parseInt(digits.slice(0, 12), 16)) : ""}-${digits.slice(-8).toUpperCase()}`;
}

function dayOf(ms: number): string {
  const made = new Date(ms);
  const parts = [made.getUTCFullYear() % 100, made.getUTCMonth() + 1, made.getUTCDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("");
}
