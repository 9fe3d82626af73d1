/** How people type a number of the model: the unit stands at the end of its field's name. It parses nothing and shows nothing. */
import { minorDigits } from "$texts/format.ts";

/** Of a percentage of basis points. */
export const PERCENT_DECIMALS = 2;
/** Of a degree of millionths. */
const DEGREE_DECIMALS = 6;

/** Decimals of a field's number as one types it. `currency` is that of its record. */
export function decimalsOf(name: string, currency: string): number {
  if (name.endsWith("_minor")) return minorDigits(currency.trim());
  if (name.endsWith("_bp")) return PERCENT_DECIMALS;
  return name.endsWith("_microdeg") ? DEGREE_DECIMALS : 0;
}

/** A field's label above what one types: a number without its unit says too little. */
export function typedLabel(name: string, label: string): string {
  return name.endsWith("_bp") ? `${label}, %` : label;
}
