import { describe, expect, it } from "vitest";

import { lay } from "./map";

const at = (latitude: number, longitude: number): { latitude_microdeg: number; longitude_microdeg: number } => ({
  latitude_microdeg: latitude * 1e6,
  longitude_microdeg: longitude * 1e6,
});

describe("a map of places", () => {
  it("has north up and east to the right, all of it inside", () => {
    const { spots } = lay([at(53.55, 10), at(52.52, 13.4), at(48.14, 11.58)], 800, 400);
    const [hamburg, berlin, munich] = spots;
    expect(hamburg?.y).toBeLessThan(berlin?.y ?? 0);
    expect(berlin?.y).toBeLessThan(munich?.y ?? 0);
    expect(hamburg?.x).toBeLessThan(munich?.x ?? 0);
    for (const { x, y } of spots) {
      expect(x > 0 && x < 800 && y > 0 && y < 400).toBe(true);
    }
  });

  it("is to scale: a degree north is as long as on the ground", () => {
    const { spots, widthKm } = lay([at(50, 10), at(51, 10)], 600, 600);
    const apart = Math.abs((spots[0]?.y ?? 0) - (spots[1]?.y ?? 0));
    expect((apart / 600) * widthKm).toBeCloseTo(111.32, 3);
  });

  it("leaves out what has no position, and shows one place in the middle", () => {
    expect(lay([{}, { latitude_microdeg: 5, longitude_microdeg: null }], 10, 10).spots).toEqual([]);
    expect(lay([at(50, 10)], 100, 60).spots).toMatchObject([{ x: 50, y: 30 }]);
  });
});
