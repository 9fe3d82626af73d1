import { describe, expect, it } from "vitest";

import { Formats } from "$texts/format.ts";

import { barOf, ringsOf } from "./map.ts";
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

describe("the bar of a map's scale", () => {
  const berlin = placeOf({ latitude: 52_520_000, longitude: 13_405_000 });
  const metric = (metres: number): number => (metres < 1_000 ? 1 : 1_000);
  const barAt = (scale: number): number => barOf({ centre: berlin, scale }, 96, metric).metres;

  it("is a round number, of the small unit close up and of the large one farther off", () => {
    expect([8_000, 60_000, 1_500_000, 60_000_000].map(barAt)).toEqual([200_000, 20_000, 1_000, 20]);
  });

  it("is as long on the screen as it says, and never longer than there is room", () => {
    // A degree of longitude is some 67.7 km there.
    const { metres, pixels } = barOf({ centre: berlin, scale: 360 * 100 }, 200, metric);
    expect(metres).toBe(100_000);
    expect(pixels).toBeGreaterThan(147);
    expect(pixels).toBeLessThan(148);
    for (let scale = 600; scale < 60_000_000; scale *= 1.3)
      expect(barOf({ centre: berlin, scale }, 96, metric).pixels).toBeLessThanOrEqual(96);
  });

  it("counts in what the reader counts in", () => {
    const american = new Formats("en-US");
    const bar = barOf({ centre: berlin, scale: 60_000 }, 96, (metres) => american.unitOf(metres));
    expect(american.distance(bar.metres)).toBe("20 mi");
  });
});
