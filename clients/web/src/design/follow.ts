/**
 * A form over a record that others write in: what a person typed stays, and what they left alone follows the record. It
 * knows no fields: a form is any value of JSON, and items of a list are told apart by their `item`.
 */
import type { Json } from "@roadbook/replica";

/** A form beside what it is compared with. */
export interface Followed {
  /** What the record says; of what is contested, what it said when the person changed it. */
  readonly base: Json;
  readonly form: Json;
  /** Paths of what the person changed one way and others another. */
  readonly contested: readonly (readonly string[])[];
}

type Fields = Readonly<Record<string, Json>>;
type Entry = { readonly item: string } & Fields;

/** What becomes of a form, and of its base, once the record says `now`. */
export function follow(base: Json, form: Json, now: Json, path: readonly string[] = []): Followed {
  if (isSame(form, base) || isSame(form, now)) return { base: now, form: now, contested: [] };
  if (isFields(base) && isFields(form) && isFields(now)) return followFields(base, form, now, path);
  if (isList(base) && isList(form) && isList(now)) return followItems(base, form, now, path);
  return { base, form, contested: isSame(base, now) ? [] : [path] };
}

function followFields(base: Fields, form: Fields, now: Fields, path: readonly string[]): Followed {
  const followed = Object.keys(form).map((name): [string, Followed] => {
    const states = [base[name] ?? null, form[name] ?? null, now[name] ?? null] as const;
    return [name, follow(...states, [...path, name])];
  });
  return {
    base: Object.fromEntries(followed.map(([name, part]) => [name, part.base])),
    form: Object.fromEntries(followed.map(([name, part]) => [name, part.form])),
    contested: followed.flatMap(([, { contested }]) => contested),
  };
}

/** What the person added stays, also what others took away after the person changed it; what they took away stays away. */
function followItems(base: readonly Entry[], form: readonly Entry[], now: readonly Entry[], path: readonly string[]) {
  const [was, is] = [byItem(base), byItem(now)];
  const bases: Json[] = now.filter(({ item }) => !form.some((entry) => entry.item === item));
  const contested: (readonly string[])[] = [];
  const kept = form.flatMap((entry): Json[] => {
    const [before, after] = [was.get(entry.item), is.get(entry.item)];
    if (after === undefined) return before !== undefined && isSame(entry, before) ? [] : [entry];
    const followed = follow(before ?? after, entry, after, [...path, entry.item]);
    bases.push(followed.base);
    contested.push(...followed.contested);
    return [followed.form];
  });
  const come = now.filter(({ item }) => !was.has(item) && !form.some((entry) => entry.item === item));
  return { base: bases, form: [...kept, ...come], contested };
}

const byItem = (list: readonly Entry[]): Map<string, Entry> => new Map(list.map((entry) => [entry.item, entry]));

function isFields(value: Json): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is readonly Entry[] {
  return Array.isArray(value) && value.every((entry: Json) => isFields(entry) && typeof entry["item"] === "string");
}

/** Forms are made by one function each, so that the same content has its names in the same order. */
const isSame = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other);
