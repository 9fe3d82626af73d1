/** The model's rules as the screens need them: limits and words of fields, from the data that the Rust model emits. */
import model from "../../../../protocol/model.json";

interface FieldType {
  readonly is: string;
  readonly chars_max?: number;
  readonly words?: readonly string[];
  readonly letters?: number;
  readonly min?: number;
  readonly max?: number;
  /** Of a collection: the fields of an item. */
  readonly fields?: readonly FieldRule[];
}

export interface FieldRule {
  readonly name: string;
  readonly required: boolean;
  readonly write: string;
  readonly type: FieldType;
}

const kinds = new Map(
  model.kinds.map((kind) => [
    kind.name,
    new Map((kind.fields as readonly FieldRule[]).map((rule) => [rule.name, rule])),
  ]),
);

/** Every kind, in the model's order. */
export const KIND_NAMES: readonly string[] = [...kinds.keys()];

/** The fields of a kind. */
export function rulesOf(kind: string): readonly FieldRule[] {
  return [...(kinds.get(kind)?.values() ?? [])];
}

export function fieldRule(kind: string, field: string): FieldRule {
  const rule = kinds.get(kind)?.get(field);
  // A name that the model lacks is a mistake in a screen: the first test that opens it shows it.
  if (rule === undefined) throw new Error(`no field ${kind}.${field}`);
  return rule;
}

/** Whether someone of that role may make such a record, or write to one that is theirs to write. */
export function mayWrite(kind: string, role: string): boolean {
  return model.kinds.some((known) => known.name === kind && known.roles.includes(role));
}

/** Most lines of an order. */
export const ITEMS_MAX = model.limits.items_max;
/** How many days a quote holds, if nobody says otherwise. */
export const QUOTE_DAYS = model.orders.quote_days;

/** States in which an order's document may still be written to: `null` is one that nothing was decided about. */
export function orderIsOpen(state: string | null): boolean {
  return (model.orders.document_open as readonly (string | null)[]).includes(state);
}

/** Whether the maker of an order may ask for this from that state. */
export function mayAsk(verb: string, state: string | null): boolean {
  return model.orders.transitions.some(
    (transition) =>
      transition.verb === verb && transition.creator && (transition.from as readonly (string | null)[]).includes(state),
  );
}
