import { describe, expect, it } from "vitest";

import type { Schema } from "$api/client";

import { MARKS, pinsOf } from "./map";

const visit = (id: string, account: string, state: string, latitude: number | null): Schema["VisitRow"] =>
  ({
    id,
    account_id: account,
    account_name: `Shop ${account}`,
    state,
    latitude_microdeg: latitude,
    longitude_microdeg: 10,
  }) as Schema["VisitRow"];

describe("visits on a map", () => {
  it("are one pin for each account, in the state of the latest", () => {
    const pins = pinsOf([
      visit("v3", "a", "planned", 7),
      visit("v2", "b", "checked_out", 8),
      visit("v1", "a", "checked_out", 7),
    ]);
    expect(pins).toMatchObject([
      { key: "a", title: "Shop a (2)", href: "#/accounts/a", mark: MARKS.planned, visits: 2, latitude: 7 },
      { key: "b", title: "Shop b", href: "#/records/v2", mark: MARKS.checked_out, visits: 1 },
    ]);
  });

  it("leave out what has no position", () => {
    expect(pinsOf([visit("v1", "a", "planned", null)])).toEqual([]);
  });
});
