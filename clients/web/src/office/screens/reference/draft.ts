/** A value of reference data while somebody writes it: as text by field, and back. What it may be, the server judges. */
import { minorDigits } from "$texts/format";

import { PERCENT_DECIMALS } from "../../../kinds/units.ts";
import { decimal, whole } from "../record/form.ts";
import { type FieldOfSet, fieldsOf, isAsked } from "./sets.ts";

export type Form = Record<string, string>;
export type Value = Readonly<{ [name: string]: unknown }>;
type Row = Readonly<{ [name: string]: unknown }>;

/** Decimals of a field's number, where the form's currency or measure says so. */
function decimals(field: FieldOfSet, form: Form, currency: string): number {
  if (field.input === "percent") return PERCENT_DECIMALS;
  if (field.name === "target" && form["measure"] !== "order_amount") return 0;
  return minorDigits(form["currency"]?.trim().toUpperCase() || currency);
}

function rowsText(value: unknown, first: string, second: string, digits: number): string {
  if (!Array.isArray(value)) return "";
  return (value as readonly Row[])
    .map((row) => {
      const number = Number(row[second]);
      return `${String(row[first])} ${decimal(number, digits)}`;
    })
    .join("\n");
}

/** How a form shows a value. `currency` is that of what it belongs to, where it has none of its own. */
export function formOf(set: string, value: Value, currency: string): Form {
  const fields = fieldsOf(set);
  const words = { currency: value["currency"], measure: value["measure"] };
  const known: Form = Object.fromEntries(
    Object.entries(words).flatMap(([name, word]) => (typeof word === "string" ? [[name, word]] : [])),
  );
  return Object.fromEntries(fields.map((field) => [field.name, shown(field, value[field.name], known, currency)]));
}

function shown(field: FieldOfSet, value: unknown, form: Form, currency: string): string {
  if (value === null || value === undefined) return "";
  const digits = decimals(field, form, currency);
  if (field.input === "breaks") return rowsText(value, "from", "unit_price_minor", digits);
  if (field.input === "bundle") return rowsText(value, "sku", "quantity", 0);
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value === "number")
    return field.input === "amount" || field.input === "percent" ? decimal(value, digits) : String(value);
  return typeof value === "string" || typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

/** What was typed, as it is published. What is no number stays the text it is, for the server to say so at its field; what the
 * form does not know stays as it was. */
export function valueOf(set: string, form: Form, before: Value, currency: string): Value {
  const value: { [name: string]: unknown } = { ...before };
  for (const field of fieldsOf(set)) {
    const text = (form[field.name] ?? "").trim();
    const said = text === "" || !isAsked(set, field.name, form) ? undefined : read(field, text, form, currency);
    if (said === undefined) Reflect.deleteProperty(value, field.name);
    else value[field.name] = said;
  }
  return value;
}

function read(field: FieldOfSet, text: string, form: Form, currency: string): unknown {
  const digits = decimals(field, form, currency);
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  switch (field.input) {
    case "number":
      return whole(text, 0) ?? text;
    case "amount":
    case "percent":
      return whole(text, digits) ?? text;
    case "yes":
      return text === "true" ? true : undefined;
    case "words":
      return lines;
    case "breaks":
      return lines.map((line) => {
        const [from, price] = halves(line);
        return { from: whole(from, 0) ?? from, unit_price_minor: whole(price, digits) ?? price };
      });
    case "bundle":
      return lines.map((line) => {
        const [sku, quantity] = halves(line);
        return { sku, quantity: whole(quantity, 0) ?? quantity };
      });
    case "word":
      return field.name === "currency" ? text.toUpperCase() : text;
    default:
      return text;
  }
}

/** A line's last word, and what stands before it. */
function halves(line: string): readonly [string, string] {
  const at = line.search(/\s\S*$/);
  return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at).trim()];
}
