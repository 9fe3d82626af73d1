import { describe, expect, it } from "vitest";

import type { Schema } from "$api/client";

import { areasOf, pinsOf, shownOf } from "./atlas";

const territory = (id: string, name: string): Schema["Territory"] => ({ id, name, code: id }) as Schema["Territory"];
const account = (id: string, territory: string, latitude: number | null): Schema["AccountRow"] =>
  ({
    id,
    name: `Shop ${id}`,
    territory_id: territory,
    latitude_microdeg: latitude,
    longitude_microdeg: 9,
  }) as Schema["AccountRow"];

const ALL = [territory("t1", "Zurich"), territory("t2", "Aargau"), territory("t3", "Bern"), territory("t4", "Uri")];
const CORNERS = [[9, 53], [11, 53], [10, 54], [9, 53]]; // prettier-ignore
const AREAS = [{ rule_id: "r", territory_id: "t4", area: { type: "Polygon", coordinates: [CORNERS] } }] as never;

describe("territories on a map", () => {
  const shown = shownOf(ALL, [account("a", "t1", 1), account("b", "t2", 2), account("c", "t1", null)], AREAS);

  it("are those that have an account or an area on it, by name, each with a mark that stays", () => {
    expect(shown.map(({ name, mark, accounts }) => [name, mark, accounts.length])).toEqual([
      ["Aargau", 1, 1],
      ["Uri", 3, 0],
      ["Zurich", 0, 2],
    ]);
  });

  it("let what is not chosen stand back", () => {
    expect(pinsOf(shown, "").map(({ dim }) => dim)).toEqual([false, false]);
    expect(pinsOf(shown, "t1").map(({ key, mark, dim }) => [key, mark, dim])).toEqual([
      ["b", 1, true],
      ["a", 0, false],
    ]);
    expect(areasOf(shown, AREAS, "t1")).toMatchObject([{ key: "r", mark: 3, dim: true }]);
    expect(areasOf(shown, AREAS, "t1")[0]?.rings[0]).toHaveLength(4);
  });
});
