/**
 * The sets of reference data that a form may write, and how each field of theirs is typed. Which sets and fields there are is
 * the model's data; the units stand in the fields' names, as everywhere in the model.
 */
import { MODEL } from "@roadbook/replica/model";

export type Input =
  | "word"
  | "number"
  | "amount"
  | "percent"
  | "day"
  | "yes"
  | "words"
  | "breaks"
  | "bundle"
  | "person"
  | "territory"
  | "choice";

export interface FieldOfSet {
  readonly name: string;
  readonly input: Input;
  /** The words of a choice. */
  readonly words: readonly string[];
}

const FIELDS: Readonly<Record<string, readonly string[]>> = { ...MODEL.pricing.fields, ...MODEL.plan.fields };

/** In the order in which they are published: what others name comes first. */
export const SETS: readonly string[] = [...MODEL.plan.sets, ...MODEL.pricing.sets];

/** What a promotion may be, and the fields of each. */
const OFFERS = MODEL.pricing.offers.map(([kind, fields]) => ({ kind, fields }));

const LISTS: readonly string[] = [...MODEL.pricing.audience, ...MODEL.pricing.goods, "countries"];
const NUMBERS = ["priority", "buy", "get", "every_days", "grace_days", "units_in_stock"];
const DAYS = ["valid_from", "valid_until", "stock_as_of"];
const YES = ["gross", "exclusive", "discontinued"];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  kind: OFFERS.map(({ kind }) => kind),
  role: MODEL.roles,
  measure: MODEL.plan.measures,
};

function inputOf(name: string): Input {
  if (CHOICES[name] !== undefined) return "choice";
  if (LISTS.includes(name)) return "words";
  if (NUMBERS.includes(name)) return "number";
  if (DAYS.includes(name)) return "day";
  if (YES.includes(name)) return "yes";
  if (name === "person" || name === "territory" || name === "breaks") return name;
  if (name === "items") return "bundle";
  // A goal's target is an amount where its measure is one.
  if (/_minor(_max)?$/.test(name) || name === "target") return "amount";
  if (/_bp(_max)?$/.test(name)) return "percent";
  return "word";
}

/** The fields of a set, in the model's order. */
export function fieldsOf(set: string): readonly FieldOfSet[] {
  return (FIELDS[set] ?? []).map((name) => ({ name, input: inputOf(name), words: CHOICES[name] ?? [] }));
}

const OFFERED = new Set(OFFERS.flatMap(({ fields }) => fields));

/** Whether a field stands in a form now: a promotion has those of its kind only. */
export function isAsked(set: string, name: string, form: Readonly<Record<string, string>>): boolean {
  if (set === "goals" && name === "currency") return form["measure"] === "order_amount";
  if (set !== "promotions" || !OFFERED.has(name)) return true;
  return OFFERS.find(({ kind }) => kind === form["kind"])?.fields.includes(name) ?? false;
}

/** Whether a set may have many thousand keys, so that one searches in it. */
export function isLarge(set: string): boolean {
  return set === "products" || set === "prices";
}
