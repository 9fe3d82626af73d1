/**
 * What a form of a kind is made of where nobody wrote one: its fields, and what a new record begins with, from the model's
 * description alone. So a new kind can be captured and edited before it has a line of its own here.
 */
import { linkOf } from "./links.ts";

/** What of a field's rule decides that. */
export interface FormRule {
  readonly name: string;
  readonly required: boolean;
  readonly write: string;
  readonly type: { readonly is: string; readonly words?: readonly string[] };
}

export interface KindForm {
  /** Shown at once, and shown on demand. */
  readonly names: readonly string[];
  readonly more: readonly string[];
  /** Collections below the form, each saved by itself. */
  readonly items: readonly string[];
}

/** As many fields as a small screen shows without scrolling far. */
const AT_ONCE = 6;

/** A moment is noted, not typed; what the office alone writes, and what never changes, no form asks for. */
const isTyped = ({ type, write }: FormRule): boolean =>
  !["id", "items", "timestamp"].includes(type.is) && !["founder", "office", "once"].includes(write);

/** What is needed comes first, then the rest as the model has it, then what the record names. */
export function formOf(rules: readonly FormRule[]): KindForm {
  const typed = rules.filter(isTyped);
  const inOrder = [...typed.filter(({ required }) => required), ...typed.filter(({ required }) => !required)];
  const names = inOrder.map(({ name }) => name);
  const links = rules.filter(({ name, type }) => type.is === "id" && linkOf(name) !== null).map(({ name }) => name);
  return {
    names: names.slice(0, AT_ONCE),
    more: [...names.slice(AT_ONCE), ...links],
    items: rules.filter(({ type }) => type.is === "items").map(({ name }) => name),
  };
}

/** A new record is in the first of its states and of the first of its types, where it has to be in one. */
export function startOf(rules: readonly FormRule[]): Readonly<Record<string, string>> {
  const begun = rules.flatMap(({ name, required, type: { words } }) =>
    required && words?.[0] !== undefined ? [[name, words[0]] as const] : [],
  );
  return Object.fromEntries(begun);
}

const WHOSE = ["owner_id", "rep_id"];
const BEGAN = ["opened_at", "started_at"];

/** What is known of a new record without asking: it is its maker's, and begins now. */
export function givenOf(
  rules: readonly FormRule[],
  person: string | null,
  now: number,
): Record<string, string | number> {
  const given: Record<string, string | number> = {};
  for (const { name } of rules) {
    if (person !== null && WHOSE.includes(name)) given[name] = person;
    if (BEGAN.includes(name)) given[name] = now;
  }
  return given;
}
