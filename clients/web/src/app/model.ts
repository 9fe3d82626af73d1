/** The model's rules as the screens need them: limits and words of fields, from the data that the Rust model emits. */
import {
  fieldOf,
  type FieldRule,
  isDocumentOpen,
  itemsOf,
  kindNamed,
  mayCreate,
  MODEL,
  transitionOf,
} from "@roadbook/replica/model";

export type { FieldRule } from "@roadbook/replica/model";

/** Every kind, in the model's order. */
export const KIND_NAMES: readonly string[] = MODEL.kinds.map(({ name }) => name);

/** The fields of a kind. */
export function rulesOf(kind: string): readonly FieldRule[] {
  return kindNamed(kind)?.fields ?? [];
}

export function fieldRule(kind: string, field: string): FieldRule {
  const rule = fieldOf(rulesOf(kind), field);
  // A name that the model lacks is a mistake in a screen: the first test that opens it shows it.
  if (rule === undefined) throw new Error(`no field ${kind}.${field}`);
  return rule;
}

/** The fields of an item of a collection; none of what is no collection. */
export const itemRules = (rule: FieldRule): readonly FieldRule[] => itemsOf(rule) ?? [];

/** What one chooses from; nothing where one types. */
export const wordsOf = ({ type }: FieldRule): readonly string[] => (type.is === "enum" ? type.words : []);

/** How many characters a text may have. */
export const charsMax = ({ type }: FieldRule): number => ("chars_max" in type ? type.chars_max : 0);

/** Whether someone of that role may make such a record, or write to one that is theirs to write. */
export function mayWrite(kind: string, role: string): boolean {
  const rules = kindNamed(kind);
  return rules !== undefined && mayCreate(role, rules);
}

/** Most lines of an order. */
export const ITEMS_MAX = MODEL.limits.items_max;
/** How many days a quote holds, if nobody says otherwise. */
export const QUOTE_DAYS = MODEL.orders.quote_days;

/** Whether an order's document may still be written to in that state: `null` is one that nothing was decided about. */
export const orderIsOpen = (state: string | null): boolean => isDocumentOpen(MODEL.orders.kind, state);

/** Whether the maker of an order may ask for this from that state. */
export function mayAsk(verb: string, state: string | null): boolean {
  const transition = transitionOf(verb);
  return transition !== undefined && transition.creator && transition.from.includes(state);
}
