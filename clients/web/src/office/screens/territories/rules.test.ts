import { describe, expect, it } from "vitest";

import { areaReads, criteriaOf, draftOf, newRule, ruleOf } from "./rules";

describe("a rule while one types it", () => {
  it("comes back as it was", () => {
    const criteria = {
      countries: ["DE", "Germany"],
      postal_codes: ["20*", "21000-21999"],
      area: { type: "Polygon", coordinates: [[[9.7, 53.4], [10.3, 53.4], [9.7, 53.7], [9.7, 53.4]]] },
    }; // prettier-ignore
    const draft = draftOf({ id: "r", position: 1, created_at: "", created_by: "", note: "Hamburg", criteria } as never);
    expect(draft.postal_codes).toBe("20*, 21000-21999");
    expect(ruleOf(draft)).toEqual({ criteria, note: "Hamburg" });
  });

  it("leaves out what is empty", () => {
    expect(ruleOf({ ...newRule(), segments: " A ,, B," })).toEqual({ criteria: { segments: ["A", "B"] }, note: null });
    expect(criteriaOf({ tags: null }).tags).toEqual([]);
  });

  it("an area must be readable before it is sent", () => {
    expect(areaReads({ ...newRule(), area: "{" })).toBe(false);
    expect(areaReads({ ...newRule(), area: "7" })).toBe(false);
    expect(areaReads(newRule())).toBe(true);
  });
});
