/**
 * The kinds of record, their rules, rights and states, as `protocol/model.json` says them: `npm run types` brings them into
 * `src/generated`. Nothing of it is typed by hand.
 */

import { type FieldRule, type KindRules, MODEL } from "../generated/model.ts";

export { type FieldRule, type FieldType, type KindRules, MODEL, type Transition } from "../generated/model.ts";

const KINDS = new Map<string, KindRules>(MODEL.kinds.map((spec) => [spec.name, spec]));

/** A kind that this version knows. */
export const kindNamed = (name: string): KindRules | undefined => KINDS.get(name);

export const fieldOf = (fields: readonly FieldRule[], name: string): FieldRule | undefined =>
  fields.find((field) => field.name === name);

/** The fields of a collection's items, if it is one. */
export const itemsOf = (field: FieldRule): readonly FieldRule[] | undefined =>
  field.type.is === "items" ? field.type.fields : undefined;
