import { describe, expect, it } from "vitest";

import { ringsOf, widthOf } from "./map.ts";
import { placeOf, project } from "./projection.ts";

describe("areas", () => {
  const ring = [[9, 53], [11, 53], [10, 54], [9, 53]]; // prettier-ignore
  it("are the rings of a polygon or of several, on the plane", () => {
    expect(ringsOf({ type: "Polygon", coordinates: [ring] })).toEqual([ring.map(([x = 0, y = 0]) => project(x, y))]);
    expect(ringsOf({ type: "MultiPolygon", coordinates: [[ring, ring], [ring]] })).toHaveLength(3);
  });

  it.each([{}, { type: "Point", coordinates: [1, 2] }, { type: "Polygon", coordinates: [["a"], 7, [[1, 2]]] }])(
    "are none of what is no polygon: %j",
    (area) => {
      expect(ringsOf(area)).toEqual([]);
    },
  );
});

it("knows how far it is from edge to edge", () => {
  const berlin = placeOf({ latitude: 52_520_000, longitude: 13_405_000 });
  // A degree of longitude is some 67.7 km there.
  const metres = widthOf({ centre: berlin, scale: 360 * 100 }, { width: 100, height: 100 });
  expect(metres).toBeGreaterThan(66_000);
  expect(metres).toBeLessThan(69_000);
});
