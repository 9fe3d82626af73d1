/** A record's whole form: what it begins with, what of it is written, and how it goes on once others wrote, too. It shows nothing. */
import type { Schema } from "$api/client";
import { follow } from "$design/follow.ts";
import { minorDigits } from "$texts/format";

import { changedItems, collectionsOf, type ItemTyped, itemsOf } from "./collections.ts";
import { currencyOf, fieldsOf, linesOf } from "./document.ts";
import { changes, type Typed, typedAll } from "./form.ts";
import { changedLines, changedTags, type LineTyped, tagsOf, typedLine } from "./lines.ts";

type Record = Schema["Record"];

export interface RecordForm {
  fields: Typed;
  /** With commas between them. */
  tags: string;
  lines: LineTyped[];
  collections: { [name: string]: ItemTyped[] };
}

export const emptyForm = (): RecordForm => ({ fields: {}, tags: "", lines: [], collections: {} });

export function formOf(record: Record): RecordForm {
  const [fields, currency] = [fieldsOf(record), currencyOf(record)];
  return {
    fields: typedAll(record.kind, fields, currency),
    tags: joined(tagsOf(fields).map(({ tag }) => tag)),
    lines: linesOf(record).map((line) => typedLine(line, minorDigits(currency))),
    collections: Object.fromEntries(collectionsOf(record.kind).map((one) => [one.rule.name, itemsOf(one, fields)])),
  };
}

const joined = (tags: readonly string[]): string => tags.join(", ");
const tagsIn = (typed: string): string[] =>
  typed
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/** What is written of the form, as the API takes it; null while something typed is no value. */
export function writtenOf(record: Record, form: RecordForm): { readonly [name: string]: unknown } | null {
  const [fields, currency] = [fieldsOf(record), currencyOf(record)];
  const before = formOf(record);
  const plain = changes(record.kind, before.fields, form.fields, currency);
  const collections = collectionsOf(record.kind).map((one) => {
    const { name } = one.rule;
    return [name, changedItems(one, before.collections[name] ?? [], form.collections[name] ?? [])] as const;
  });
  const items = [
    ["lines", changedLines(linesOf(record), form.lines, minorDigits(currency))] as const,
    ["tags", record.kind === "account" ? changedTags(tagsOf(fields), form.tags) : {}] as const,
    ...collections,
  ];
  if (plain === null || items.some(([, changed]) => changed === null)) return null;
  const written = items.filter(([, changed]) => changed !== null && Object.keys(changed).length > 0);
  return { ...plain, ...Object.fromEntries<unknown>(written) };
}

/** What others wrote since the form was filled. */
export interface Other {
  /** The field, or the collection that it is an item of. */
  readonly name: string;
  /** As one types it, by field; null where there was or is none. */
  readonly before: Typed | null;
  readonly now: Typed | null;
  /** Whether one typed something else there. */
  readonly isContested: boolean;
}

/** The form once the record says `now`: what was typed stays, what was left alone follows the record. */
export function goneOn(seen: Record, form: RecordForm, now: Record): { form: RecordForm; others: Other[] } {
  const [base, is] = [plainOf(formOf(seen)), plainOf(formOf(now))];
  const followed = follow(base as never, plainOf(form) as never, is as never);
  return {
    form: formFrom(followed.form as unknown as Plain, now),
    others: othersOf(base, is, followed.contested),
  };
}

/** An item of a list, told from the others by its id. */
type Item = { readonly item: string } & Typed;
/** A form as [`follow`] takes it. */
interface Plain {
  readonly fields: Typed;
  readonly tags: readonly Item[];
  readonly lines: readonly Item[];
  readonly collections: Readonly<{ [name: string]: readonly Item[] }>;
}

function plainOf({ fields, tags, lines, collections }: RecordForm): Plain {
  return {
    fields: { ...fields },
    tags: tagsIn(tags).map((tag) => ({ item: tag })),
    lines: lines.map(({ id, sku, quantity, price, discount }) => ({ item: id, sku, quantity, price, discount })),
    collections: Object.fromEntries(
      Object.entries(collections).map(([name, items]) => [
        name,
        items.map(({ id, typed }) => ({ ...typed, item: id })),
      ]),
    ),
  };
}

/** An item of the record as it is now is changed; any other is new. */
function formFrom(plain: Plain, now: Record): RecordForm {
  const is = formOf(now);
  const lines = plain.lines.map(({ item, ...typed }): LineTyped => {
    const was = is.lines.find(({ id }) => id === item);
    const written = typed as Omit<LineTyped, "id" | "of" | "product">;
    return { id: item, product: was?.product ?? "", ...(was?.of === undefined ? {} : { of: was.of }), ...written };
  });
  const collections = Object.entries(plain.collections).map(([name, items]) => [
    name,
    items.map(({ item, ...typed }): ItemTyped => {
      const of = is.collections[name]?.find(({ id }) => id === item)?.of;
      return { id: item, ...(of === undefined ? {} : { of }), typed };
    }),
  ]);
  return {
    fields: { ...plain.fields },
    tags: joined(plain.tags.map(({ item }) => item)),
    lines,
    collections: Object.fromEntries(collections) as RecordForm["collections"],
  };
}

function othersOf(base: Plain, is: Plain, contested: readonly (readonly string[])[]): Other[] {
  const isContested = (...path: string[]): boolean =>
    contested.some((one) => path.every((step, depth) => one[depth] === step));
  const single = Object.keys(is.fields)
    .filter((name) => is.fields[name] !== base.fields[name])
    .map((name) => ({
      name,
      before: { [name]: base.fields[name] ?? "" },
      now: { [name]: is.fields[name] ?? "" },
      isContested: isContested("fields", name),
    }));
  const [had, has] = [base.tags, is.tags].map((tags) => joined(tags.map(({ item }) => item))) as [string, string];
  const tags = had === has ? [] : [{ name: "tags", before: { tags: had }, now: { tags: has }, isContested: false }];
  return [
    ...single,
    ...tags,
    ...changedIn("lines", base.lines, is.lines, (id) => isContested("lines", id)),
    ...Object.keys(is.collections).flatMap((name) => {
      const lists = [base.collections[name] ?? [], is.collections[name] ?? []] as const;
      return changedIn(name, ...lists, (id) => isContested("collections", name, id));
    }),
  ];
}

function changedIn(
  name: string,
  before: readonly Item[],
  now: readonly Item[],
  isContested: (id: string) => boolean,
): Other[] {
  const ids = [...new Set([...before, ...now].map(({ item }) => item))];
  return ids.flatMap((id) => {
    const [was, is] = [before, now].map((items) => items.find(({ item }) => item === id));
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [{ name, before: typedOf(was), now: typedOf(is), isContested: isContested(id) }];
  });
}

function typedOf(entry: Item | undefined): Typed | null {
  if (entry === undefined) return null;
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== "item"));
}
