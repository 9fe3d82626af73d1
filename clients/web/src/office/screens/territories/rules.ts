/** Rules that place accounts, as the API has them and as one types them. */
import type { Schema } from "$api/client";

export const LISTS = ["countries", "regions", "postal_codes", "segments", "tags"] as const;
type List = (typeof LISTS)[number];

export type Criteria = Readonly<Record<List, readonly string[]>> & { readonly area: unknown };

/** One rule while one types it: lists parted by commas, the area as JSON. */
export type RuleDraft = Record<List, string> & { area: string; note: string };

/** The API describes criteria as any object. */
export function criteriaOf(said: object): Criteria {
  const given = said as Partial<Record<List, readonly string[] | null>> & { readonly area?: unknown };
  const list = (name: List): readonly string[] => given[name] ?? [];
  return {
    countries: list("countries"),
    regions: list("regions"),
    postal_codes: list("postal_codes"),
    segments: list("segments"),
    tags: list("tags"),
    area: given.area ?? null,
  };
}

export function newRule(): RuleDraft {
  return { countries: "", regions: "", postal_codes: "", segments: "", tags: "", area: "", note: "" };
}

export function draftOf(rule: Schema["MembershipRule"]): RuleDraft {
  const criteria = criteriaOf(rule.criteria);
  const lists = Object.fromEntries(LISTS.map((name) => [name, criteria[name].join(", ")])) as Record<List, string>;
  return { ...lists, area: criteria.area === null ? "" : JSON.stringify(criteria.area), note: rule.note ?? "" };
}

/** Whether what stands for an area can be sent at all; the server says whether it is a good one. */
export function areaReads(draft: RuleDraft): boolean {
  try {
    return draft.area.trim() === "" || typeof JSON.parse(draft.area) === "object";
  } catch {
    return false;
  }
}

/** The rule as the API takes it: what is empty is left out. */
export function ruleOf(draft: RuleDraft): { criteria: Record<string, unknown>; note: string | null } {
  const criteria: Record<string, unknown> = {};
  for (const name of LISTS) {
    const words = draft[name].split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
    if (words.length > 0) criteria[name] = words;
  }
  if (draft.area.trim() !== "") criteria["area"] = JSON.parse(draft.area);
  const note = draft.note.trim();
  return { criteria, note: note === "" ? null : note };
}
