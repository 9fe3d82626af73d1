import { describe, expect, it } from "vitest";

import { newDraft, request } from "./draft";

const ACCOUNT = "16e14798-6483-884d-b736-cc8e2ed644a7";

describe("a reassignment while one makes it up", () => {
  it("asks nothing while something needed is missing", () => {
    const draft = newDraft("accounts", "", "");
    expect(request(draft, [ACCOUNT]), "to nobody").toBeNull();
    draft.toPerson = "p";
    expect(request(draft, []), "of nothing").toBeNull();
    draft.when = "later";
    expect(request(draft, [ACCOUNT]), "at no time").toBeNull();
    draft.at = "20270-01-04T08:00";
    expect(request(draft, [ACCOUNT]), "at what is no time").toBeNull();
    draft.at = "2027-01-04T08:00";
    expect(request(draft, [ACCOUNT])).toMatchObject({
      what: { accounts: [ACCOUNT] },
      to: { person: "p" },
      effect_at: new Date("2027-01-04T08:00").toISOString(),
      ends_at: null,
    });
  });

  it("goes into one of the person's territories, where one is named", () => {
    const draft = { ...newDraft("accounts", "", ""), toPerson: "p", toTerritory: "t" };
    expect(request(draft, [ACCOUNT])?.to).toEqual({ territory: "t" });
  });

  it("a filter that says nothing is none", () => {
    const draft = { ...newDraft("filter", "", ""), toKind: "territory" as const, toTerritory: "t" };
    draft.filter.city = "  ";
    expect(request(draft, [])).toBeNull();
    draft.filter.city = " Berlin ";
    draft.within = "w";
    expect(request(draft, [])?.what).toMatchObject({ filter: { city: "Berlin", country: null, territory_id: "w" } });
  });

  it("a file says itself where each account goes", () => {
    const draft = { ...newDraft("csv", "", ""), toPerson: "p", csv: "account,territory\nALFKI,06897\n" };
    expect(request(draft, [])).toMatchObject({ what: { csv: draft.csv }, to: null });
  });

  it("a cover says when it comes back, and carries its terms", () => {
    const draft = { ...newDraft("person", "", "q"), toPerson: "p", length: "cover" as const };
    expect(request(draft, [])).toBeNull();
    draft.until = "2027-01-15T18:00";
    draft.terms = { policy: "review", grace: "14", note: "  " };
    expect(request(draft, [])).toMatchObject({
      what: { person: "q" },
      ends_at: new Date("2027-01-15T18:00").toISOString(),
      terms: { policy: "review", grace_days: 14, note: null },
    });
  });
});
