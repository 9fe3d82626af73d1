/** The kinds of record, their rules, rights and states, as `protocol/model.json` says them. Nothing of it is typed by hand. */

import json from "../../../../../../protocol/model.json" with { type: "json" };

export type FieldType =
  | { readonly is: "str" | "text"; readonly chars_max: number }
  | { readonly is: "enum"; readonly words: readonly string[] }
  | { readonly is: "code"; readonly letters: number }
  | { readonly is: "int"; readonly min: number; readonly max: number }
  | { readonly is: "id" | "date" | "bool" | "timestamp" }
  | { readonly is: "items"; readonly fields: readonly FieldSpec[] };

export interface FieldSpec {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly write: "holder" | "creator" | "founder" | "office" | "once" | "added";
  readonly since: number;
  readonly made_at_creation: boolean;
}

export interface KindSpec {
  readonly name: string;
  readonly version: number;
  readonly fill_order: number;
  readonly fields: readonly FieldSpec[];
  readonly search: readonly string[];
  readonly listing: Listing;
  readonly roles: readonly string[];
}

/** Fields of a row's second line, fields that say when it is (the best first), and what stands first in a list. */
export interface Listing {
  readonly subtitle: readonly string[];
  readonly at: readonly string[];
  readonly order: "title" | "earliest" | "latest";
}

export interface Transition {
  readonly verb: string;
  readonly from: readonly (string | null)[];
  readonly to: string;
  readonly roles: readonly string[];
  readonly creator: boolean;
  /** What may have been asked for, and not be answered, when a device asks for this (rule Q10). */
  readonly behind: string | null;
}

interface Model {
  readonly kinds: readonly KindSpec[];
  readonly limits: {
    readonly depth: number;
    readonly int_max: number;
    readonly items_max: number;
    readonly change_ops_max: number;
    readonly change_bytes_max: number;
    readonly record_ops_max: number;
    readonly record_changes_max: number;
    readonly timestamp_ms: readonly number[];
    readonly date_years: readonly number[];
  };
  readonly orders: {
    readonly kind: string;
    readonly transitions: readonly Transition[];
    readonly document_open: readonly (string | null)[];
    /** The states of an order that was handed in and is not through. */
    readonly handed_in: readonly string[];
    /** How many days a quote holds, if nobody says otherwise. */
    readonly quote_days: number;
  };
  readonly roles: readonly string[];
  readonly pricing: {
    /** The fields of each set that prices are made from. */
    readonly fields: Readonly<
      Record<"price_lists" | "prices" | "tiers" | "promotions" | "taxes" | "discretion", readonly string[]>
    >;
    /** The kinds of promotion, each with the fields that only it has. */
    readonly offers: readonly (readonly [string, readonly string[]])[];
  };
  readonly plan: {
    /** The fields of each set of the plan. */
    readonly fields: Readonly<Record<"cadence" | "goals", readonly string[]>>;
    /** Days from visit to visit, by segment, until the office publishes any; and for all other segments. */
    readonly built_in: readonly (readonly [string, number])[];
    readonly built_in_others_days: number;
    readonly default_key: string;
    readonly measures: readonly string[];
    readonly exact_stops_max: number;
    readonly stops_max: number;
    readonly usual_stops: number;
    readonly usual_detour_m: number;
    readonly apart_max: number;
  };
}

export const MODEL = json as unknown as Model;
const KINDS = new Map(MODEL.kinds.map((spec) => [spec.name, spec]));

/** A kind that this version knows. */
export const kindNamed = (name: string): KindSpec | undefined => KINDS.get(name);

export const fieldOf = (fields: readonly FieldSpec[], name: string): FieldSpec | undefined =>
  fields.find((field) => field.name === name);

/** The fields of a collection's items, if it is one. */
export const itemsOf = (field: FieldSpec): readonly FieldSpec[] | undefined =>
  field.type.is === "items" ? field.type.fields : undefined;
