/** A reassignment while one makes it up: what the form holds, and what of it is asked of the server. */
import type { Schema } from "$api/client";

import { asked, newTerms, type TermsDraft, termsOf } from "../../parts/terms.ts";

export type Of = "accounts" | "territory" | "person" | "filter" | "csv";
export const OF: readonly Of[] = ["accounts", "territory", "person", "filter", "csv"];
export const FILTER = ["country", "region", "city", "postal_code", "segment", "tag"] as const;

export interface Draft {
  of: Of;
  territory: string;
  person: string;
  within: string;
  filter: Record<(typeof FILTER)[number], string>;
  csv: string;
  toKind: "person" | "territory";
  toPerson: string;
  toTerritory: string;
  when: "now" | "later";
  at: string;
  length: "good" | "cover";
  until: string;
  allow: boolean;
  terms: TermsDraft;
}

export function newDraft(of: Of, territory: string, person: string): Draft {
  return {
    of,
    territory,
    person,
    within: "",
    filter: { country: "", region: "", city: "", postal_code: "", segment: "", tag: "" },
    csv: "",
    toKind: "person",
    toPerson: "",
    toTerritory: "",
    when: "now",
    at: "",
    length: "good",
    until: "",
    allow: false,
    terms: newTerms(),
  };
}

/** What is asked of the server; null while something needed is missing. */
export function request(draft: Draft, accounts: readonly string[]): Schema["ReassignmentNew"] | null {
  const what = whatOf(draft, accounts);
  const to = toOf(draft);
  if (what === null || (to === null && draft.of !== "csv")) return null;
  if ((draft.when === "later" && draft.at === "") || (draft.length === "cover" && draft.until === "")) return null;
  const effect = draft.when === "later" ? asked(draft.at) : null;
  const end = draft.length === "cover" ? asked(draft.until) : null;
  if (effect === undefined || end === undefined) return null;
  return {
    what,
    to: draft.of === "csv" ? null : to,
    effect_at: effect,
    ends_at: end,
    allow_unheld: draft.allow,
    terms: termsOf(draft.terms),
  };
}

function whatOf(draft: Draft, accounts: readonly string[]): Schema["ReassignmentWhat"] | null {
  switch (draft.of) {
    case "accounts":
      return accounts.length === 0 ? null : { accounts: [...accounts] };
    case "territory":
      return draft.territory === "" ? null : { territory: draft.territory };
    case "person":
      return draft.person === "" ? null : { person: draft.person };
    case "csv":
      return draft.csv.trim() === "" ? null : { csv: draft.csv };
    case "filter": {
      const filter = filterOf(draft);
      return Object.values(filter).every((value) => value === null) ? null : { filter };
    }
  }
}

function filterOf(draft: Draft): Schema["ReassignmentFilter"] {
  const given = (name: (typeof FILTER)[number]): string | null => draft.filter[name].trim() || null;
  return {
    territory_id: draft.within === "" ? null : draft.within,
    country: given("country"),
    region: given("region"),
    city: given("city"),
    postal_code: given("postal_code"),
    segment: given("segment"),
    tag: given("tag"),
  };
}

function toOf(draft: Draft): Schema["ReassignmentTarget"] | null {
  if (draft.toKind === "person" && draft.toTerritory === "") {
    return draft.toPerson === "" ? null : { person: draft.toPerson };
  }
  return draft.toTerritory === "" ? null : { territory: draft.toTerritory };
}
