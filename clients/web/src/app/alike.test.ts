import { describe, expect, it } from "vitest";

import { alikeTo, searches } from "./alike.ts";

const HANDEL = { name: "Ernst Handel GmbH", city: "Graz", postal_code: "8010", phone: "+43 316 123456" };

describe("the duplicate hint on the phone", () => {
  it("searches for beginnings of what is typed, a few times", () => {
    expect(searches(HANDEL)).toEqual([
      ...["1234 Graz", "hand Graz", "hand 8010", "hand erns"],
      ...["8010 Graz", "hand", "erns"],
    ]);
    expect(searches({})).toEqual([]);
  });

  it("searches in the spelling of the search's own words, and as somebody else may have written it", () => {
    expect(searches({ name: "Bauer GmbH" })).toEqual(["baue", "baur"]);
    expect(searches({ name: "Mühlenbar" })).toEqual(["muhl", "mueh"]);
    expect(searches({ name: "Bar & Co.", phone: "0316/12 34" })).toEqual(["0316", "bar"]);
  });

  it("compares what the searches find, and no more", async () => {
    const records: Readonly<Record<string, object>> = {
      a: { record: "a", state: null, account: "a", fields: { name: "Handel, Ernst", postal_code: "8010" } },
      b: { record: "b", state: null, account: "b", fields: { name: "Handlung Meier", postal_code: "8010" } },
      c: { record: "c", state: "merged", account: "a", fields: HANDEL },
    };
    let read = 0;
    const client = {
      search: () => Promise.resolve(Object.values(records)),
      record: (id: string) => {
        read += 1;
        return Promise.resolve(records[id] ?? null);
      },
    };
    const found = await alikeTo(client as never, "account", HANDEL, null);
    expect(found.map(({ record }) => record.record)).toEqual(["a"]);
    expect(found[0]?.likeness.reasons).toContain("name");
    expect(read).toBe(3);
  });
});
