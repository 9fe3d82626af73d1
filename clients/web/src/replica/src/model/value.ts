/**
 * A record's content as plain values: strings, whole numbers, booleans, null; moments as milliseconds since 1970; a
 * collection as an object by item id. Which of them a value is, its field's type says.
 */

import type { Json } from "../client.ts";

export type Value = Json;
export interface Fields {
  readonly [name: string]: Value;
}
export type Path = readonly string[];

/** One step of an edit: a value or a whole item, a text's new content, or the removal of an item. */
export type Step =
  { readonly put: { readonly path: Path; readonly value: Value } } | { readonly remove: { readonly path: Path } };

export const isMap = (value: Value | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The items of a collection; none if it is no map. */
export const entries = (value: Value | undefined): Fields => (isMap(value) ? value : {});

/** Whether a value says nothing: absent, null, an empty text or an empty collection. */
export const isBlank = (value: Value | undefined): boolean =>
  value === undefined || value === null || value === "" || (isMap(value) && Object.keys(value).length === 0);

/** Whether two values are equal, whatever the order of their names. */
export function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (!isMap(a) || !isMap(b)) return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isEqual(a[name], b[name]));
}

/** Whether two values say the same; absent, null and empty do. */
export const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  isEqual(a, b) || (isBlank(a) && isBlank(b));

/** The value at a path. */
export const at = (fields: Fields, path: Path): Value | undefined =>
  path.reduce<Value | undefined>((value, name) => entries(value)[name], fields);

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether this is a UUID in its one spelling here: hyphenated, lower case. */
export const isId = (text: string): boolean => ID.test(text);

/** A field's name for people: `next_step_due` becomes `Next step due`. */
export function label(name: string): string {
  const spaced = name.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** How many characters a text has, counted as the rules count. */
export const lengthOf = (text: string): number => Array.from(text).length;
