/**
 * Forms over records: which fields, what is wrong with them, and what they become when saved. A form holds strings, as
 * its inputs do; the model's rules say what each may be.
 */
import type { Edit, Fields, Json } from "@roadbook/replica";

import type { Texts } from "$texts/app/en.ts";
import { decimalText, parseDecimal } from "$texts/format.ts";

import { decimalsOf } from "../kinds/units.ts";
import { fieldRule, type FieldRule } from "./model.ts";

export type Form = Record<string, string>;

/** What a box says that is ticked; one that is not says nothing. */
export const TICKED = "true";

export const ACCOUNT_FIELDS = ["name", "account_type", "phone", "email", "street", "postal_code", "city"] as const;
export const ACCOUNT_MORE = [
  "country",
  "region",
  "website",
  "visit_every_days",
  "tax_id",
  "source",
  "description",
] as const;
/** Another account that an account names, by looking for it. */
export const ACCOUNT_LINKS = ["referred_by_id"] as const;
/** What whoever founds an account says of it, and only the office changes later. */
export const ACCOUNT_FOUNDED = ["currency"] as const;
/** Where an account is: pointed at, not typed. */
export const ACCOUNT_PLACE = ["latitude_microdeg", "longitude_microdeg"] as const;
export const CONTACT_FIELDS = ["name", "title", "mobile", "phone", "email", "preferred_channel"] as const;
export const CONTACT_MORE = ["role", "influence", "salutation", "language", "best_time", "status", "notes"] as const;
export const TASK_FIELDS = ["subject", "due", "priority"] as const;
export const TASK_MORE = ["assignee_id", "department_id", "notes"] as const;

/** Decimals of a field's number: an amount is typed in the currency that the form or record names. */
function digitsOf(name: string, currency: Json | undefined): number {
  if ((ACCOUNT_PLACE as readonly string[]).includes(name)) return 0;
  return decimalsOf(name, typeof currency === "string" ? currency : "");
}

/** How a form shows a record's fields. */
export function formOf(names: readonly string[], fields: Fields): Form {
  return Object.fromEntries(
    names.map((name) => {
      const value = fields[name] ?? null;
      if (typeof value === "number") return [name, decimalText(value, digitsOf(name, fields["currency"]))];
      return [name, value === null || typeof value === "object" ? "" : String(value)];
    }),
  );
}

/** What is wrong, by field; empty if all is well. */
export function mistakes(t: Texts, kind: string, form: Form): Form {
  const found: Form = {};
  for (const [name, text] of Object.entries(form)) {
    const wrong = mistake(t, fieldRule(kind, name), text.trim(), form["currency"]);
    if (wrong !== null) found[name] = wrong;
  }
  return found;
}

/** What is wrong with a text that is longer than its field holds. It is never cut: who pastes would not see what is gone. */
export const tooLong = (t: Texts, text: string, most: number): string | undefined =>
  Array.from(text).length > most ? t.common.tooLong(most) : undefined;

function mistake(t: Texts, rule: FieldRule, text: string, currency: string | undefined): string | null {
  if (text === "") return rule.required ? t.common.required : null;
  const { type } = rule;
  if (type.is === "str" || type.is === "text") return tooLong(t, text, type.chars_max) ?? null;
  if (type.is === "code")
    return text.length === type.letters && /^[A-Z]+$/.test(text) ? null : t.common.badCode(type.letters);
  if (type.is !== "int") return null;
  const digits = digitsOf(rule.name, currency);
  const number = digits === 0 ? Number(text) : (parseDecimal(text, digits) ?? Number.NaN);
  const fits = Number.isSafeInteger(number) && number >= type.min && number <= type.max;
  if (fits) return null;
  const [low, high] = [decimalText(type.min, digits), decimalText(type.max, digits)];
  return digits === 0 ? t.common.badNumber(low, high) : t.common.badDecimal(low, high, digits);
}

/** A new record's fields: what was left empty is left out. */
export function fieldsOf(kind: string, form: Form): Fields {
  const filled = Object.entries(form).filter(([, text]) => text.trim() !== "");
  return Object.fromEntries(
    filled.map(([name, text]) => [name, valueOf(fieldRule(kind, name), text, form["currency"])]),
  );
}

/** What a new record's form holds of a collection: its items by their keys. */
export function itemsIn(text: string | undefined): Fields {
  return text === undefined || text === "" ? {} : (JSON.parse(text) as Fields);
}

export function itemsText(items: Fields): string {
  return Object.keys(items).length === 0 ? "" : JSON.stringify(items);
}

/** The form with one item more; an edit that adds none changes nothing. */
export function withItem(form: Form, edit: Edit): Form {
  if (!("addItem" in edit)) return form;
  const { path, item, fields } = edit.addItem;
  const name = String(path[0]);
  return { ...form, [name]: itemsText({ ...itemsIn(form[name]), [item]: fields }) };
}

/** What changed against the record: only that is written, so that others' work on other fields stands. */
export function editsOf(kind: string, before: Fields, form: Form): Edit[] {
  const was = formOf(Object.keys(form), before);
  return Object.entries(form)
    .filter(([name, text]) => text.trim() !== (was[name] ?? "").trim())
    .map(([name, text]) => editOf(fieldRule(kind, name), text, form["currency"]));
}

function editOf(rule: FieldRule, text: string, currency: string | undefined): Edit {
  const path = [rule.name];
  return rule.type.is === "text"
    ? { text: { path, value: text } }
    : { set: { path, value: valueOf(rule, text, currency) } };
}

/** A field is cleared by null. */
function valueOf(rule: FieldRule, text: string, currency: string | undefined): Json {
  const trimmed = text.trim();
  if (rule.type.is === "text") return text;
  if (trimmed === "") return null;
  if (rule.type.is === "items") return itemsIn(trimmed);
  if (rule.type.is === "bool") return trimmed === TICKED;
  if (rule.type.is !== "int") return trimmed;
  const digits = digitsOf(rule.name, currency);
  return digits === 0 ? Number(trimmed) : parseDecimal(trimmed, digits);
}
