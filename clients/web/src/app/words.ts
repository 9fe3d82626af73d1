/** How records and fields are said on screen: labels of fields, words of values. */
import { type Due, quoteNumber, type Summary } from "@roadbook/replica";

import type { Formats } from "$texts/format.ts";
import type { Texts } from "$texts/app/en.ts";
import type { Telling } from "$texts/told.ts";

import { hasOwnScreens } from "../kinds/plain.ts";
import { fieldRule, wordsOf } from "./model.ts";
import { isPlain } from "./plain.ts";
import type { Route } from "./route.ts";

type Labels = Readonly<Record<string, string>>;

export function kindLabel(t: Texts, kind: string): string {
  return isPlain(kind) ? t.plain[kind].edit : ((t.kinds as Labels)[kind] ?? kind);
}

/** What a code says in the reader's language; one that this app does not know is said in the words that came with it. */
export function codeText(t: Texts, code: string, text: string): string {
  return (t.codes as Labels)[code] ?? text;
}

/** A field's label, and of an item of a collection its own; one that this app does not know is shown by its own name, not hidden. */
export function fieldLabel(t: Texts, kind: string, [field = "", , inner]: readonly string[]): string {
  const label = labelsOf(t, kind)[field] ?? t.values.fields[field] ?? bare(field);
  return inner === undefined ? label : `${label}: ${innerLabel(t, inner)}`;
}

/** The label of a field of an item. */
export function innerLabel(t: Texts, field: string): string {
  return (t.items.fields as Labels)[field] ?? t.values.fields[field] ?? bare(field);
}

/** What a collection is called, and adding to it. */
export function collectionLabels(
  t: Texts,
  kind: string,
  name: string,
): { readonly title: string; readonly add: string } {
  const { titles, add }: { readonly titles: Labels; readonly add: Labels } = t.items;
  return { title: titles[name] ?? fieldLabel(t, kind, [name]), add: add[name] ?? t.items.addOne };
}

const bare = (name: string): string => name.replaceAll("_", " ");

function labelsOf(t: Texts, kind: string): Labels {
  if (isPlain(kind)) return t.plain[kind].fields;
  const labels: Readonly<Record<string, Labels>> = {
    account: t.account.fields,
    contact: t.contact.fields,
    task: t.tasks.fields,
    visit: {
      outcome: t.visit.outcome,
      notes: t.visit.notes,
      next_step: t.visit.nextStep,
      next_step_due: t.visit.due,
      purpose: t.visit.purpose,
      subject: t.visit.subject,
      contact_id: t.visit.met,
    },
    order: {
      reference: t.order.reference,
      delivery_date: t.order.delivery,
      notes: t.order.notes,
      freight_minor: t.order.freight,
    },
  };
  return labels[kind] ?? {};
}

/** How values of a kind's fields are told; `names` says what ids stand for, as far as that is known here. */
export function telling(
  t: Texts,
  formats: Formats,
  now: number,
  kind: string,
  names: ReadonlyMap<string, string> = new Map(),
): Telling {
  return {
    formats,
    now,
    empty: t.conflicts.cleared,
    yes: t.values.yes,
    no: t.values.no,
    word: (field, value) => enumWords(t, kind, field)[value] ?? itemWord(t, field, value),
    name: (id) => names.get(id) ?? t.values.another,
  };
}

function itemWord(t: Texts, field: string, value: string): string | null {
  const words: Readonly<Record<string, Labels>> = t.items.words;
  const found = Object.entries(words).find(([name, of]) => name.endsWith(`.${field}`) && Object.hasOwn(of, value));
  return found?.[1][value] ?? null;
}

/** Where a record is shown. */
export function routeOfRecord(summary: {
  readonly kind: string;
  readonly record: string;
  readonly account: string;
}): Route {
  const { kind, record, account } = summary;
  if (isPlain(kind)) return { at: "plain", kind, id: record };
  // A kind that this app does not know yet has no screen here.
  return hasOwnScreens(kind) ? { at: kind, id: record } : { at: "account", id: account };
}

/** The second line of a row: words of the record's state in the reader's language. */
export function stateWord(t: Texts, kind: string, state: string | null): string | null {
  if (state === null) return null;
  const words: Readonly<Record<string, Labels>> = {
    visit: t.visit.states,
    order: t.order.states,
    task: t.tasks.states,
    contact: { left: t.contact.left },
    account: { closed: t.account.closed },
  };
  return (isPlain(kind) ? t.plain[kind].words["state"] : words[kind])?.[state] ?? null;
}

/** An order as it is called by its number; a quote has one of its own until it becomes an order. Null while it has none. */
export function orderName(t: Texts, record: string, state: string | null, number: string | null): string | null {
  if (number !== null) return t.order.number(number);
  return state === "quote" ? t.order.quoteNumber(quoteNumber(record)) : null;
}

/** The title of a row. A kind's bare word stands for what has no title of its own, and is said in the reader's language. */
export function titleOf(t: Texts, { kind, title, record, state, number = null }: TitledRow): string {
  const isBare = title === "" || title === number || title === kind.charAt(0).toUpperCase() + kind.slice(1);
  const name = kind === "order" && record !== undefined ? orderName(t, record, state ?? null, number) : null;
  if (name !== null) return isBare ? name : `${name}, ${title}`;
  if (isBare) return kindLabel(t, kind);
  // A number alone says little in a list of everything.
  return kind === "order" ? `${kindLabel(t, "order")} ${title}` : title;
}

/** What is looked for, without the word that stands before a number on the screen: "Order 1001" is found as 1001 is. */
export function soughtOf(t: Texts, text: string): string {
  const [first = "", ...rest] = text.trim().split(/\s+/);
  const names = [t.order.number(""), t.order.quoteNumber("")].map((name) => name.trim().toLowerCase());
  return names.includes(first.toLowerCase()) && /\d/.test(rest.join("")) ? rest.join(" ") : text;
}

/** What waits on a phone is told by its kind and title alone. */
type TitledRow = Pick<Summary, "kind" | "title"> & Partial<Pick<Summary, "record" | "state" | "number">>;

/** A replica's subtitle holds words of the model between dots: those that are enums are said as such. */
export function subtitleOf(t: Texts, formats: Formats, summary: Summary, now: number): string {
  // An order's second line repeats its date and currency, which stand beside it.
  if (summary.kind === "order") return "";
  const words: Labels = isPlain(summary.kind)
    ? Object.fromEntries(Object.values(t.plain[summary.kind].words).flatMap((words) => Object.entries(words)))
    : { ...t.tasks.priorities, ...t.visit.purposes, ...t.visit.outcomes };
  const parts = summary.subtitle.split(" · ").filter((part) => part !== "");
  return parts
    .map((part) => (Object.hasOwn(words, part) ? (words[part] ?? part) : formats.isoDay(part, now)))
    .join(" · ");
}

/** Words of an enum's values. */
export function enumWords(t: Texts, kind: string, field: string): Labels {
  const words: Readonly<Record<string, Labels>> = {
    "account.account_type": t.account.types,
    "account.source": t.account.sources,
    "contact.influence": t.contact.influences,
    "contact.preferred_channel": t.contact.channels,
    "contact.status": t.contact.statuses,
    "task.priority": t.tasks.priorities,
    "task.state": t.tasks.states,
    "visit.purpose": t.visit.purposes,
    "visit.outcome": t.visit.outcomes,
    "visit.state": t.visit.states,
    "order.state": t.order.states,
    "run.state": t.process.states,
    ...t.values.words,
  };
  return (isPlain(kind) ? t.plain[kind].words[field] : words[`${kind}.${field}`]) ?? {};
}

/** Choices of an enum, in the model's order. */
export function enumOptions(
  t: Texts,
  kind: string,
  field: string,
): { readonly value: string; readonly label: string }[] {
  const words = enumWords(t, kind, field);
  return wordsOf(fieldRule(kind, field)).map((value) => ({ value, label: words[value] ?? value }));
}

/** Why somebody should go there, in a few words; empty if nothing says so. */
export function whyOf(t: Texts, due: Due | null): string {
  return due === null ? "" : t.plan.standing[due.standing](Math.abs(due.days_over ?? 0));
}
