import { describe, expect, it } from "vitest";

import { around, densest, overview, showsAll } from "./opening.ts";
import type { Position } from "./position.ts";
import { metresPerPixel, placeOf } from "./projection.ts";

const SIZE = { width: 328, height: 400 };
const at = (latitude: number, longitude: number): Position => ({
  latitude: latitude * 1e6,
  longitude: longitude * 1e6,
});
const BERLIN = at(52.52, 13.4);
const POTSDAM = at(52.4, 13.06);
const LEIPZIG = at(51.34, 12.37);
const SAO_PAULO = at(-23.55, -46.63);
const SEATTLE = at(47.61, -122.33);
const PORTLAND = at(45.52, -122.68);

describe("a map of places all over the world", () => {
  it("opens where most of them are near one another", () => {
    const view = densest([SAO_PAULO, BERLIN, POTSDAM, LEIPZIG, SEATTLE, PORTLAND], SIZE);
    expect(showsAll(view, SIZE, [BERLIN, POTSDAM])).toBe(true);
    expect(showsAll(view, SIZE, [SEATTLE])).toBe(false);
    expect(showsAll(view, SIZE, [SAO_PAULO])).toBe(false);
  });

  it("opens on one of them when no two are near one another", () => {
    const view = densest([SAO_PAULO, BERLIN], SIZE);
    expect([SAO_PAULO, BERLIN].filter((place) => showsAll(view, SIZE, [place]))).toHaveLength(1);
  });

  it("shows the country about a few, and goes close where there are many", () => {
    const few = densest([BERLIN, at(52.53, 13.41)], SIZE);
    const many = densest(
      Array.from({ length: 9 }, (_, n) => at(52.5 + n / 1000, 13.4)),
      SIZE,
    );
    expect(few.scale).toBeLessThan(many.scale / 5);
    expect(showsAll(few, SIZE, [BERLIN, POTSDAM])).toBe(true);
  });

  it("shows as much of the land about a few wherever they are", () => {
    for (const place of [BERLIN, SAO_PAULO, SEATTLE, at(0, 0)]) {
      const across = metresPerPixel(densest([place], SIZE)) * SIZE.width;
      expect(Math.round(across / 1_000)).toBe(1_000);
    }
  });

  it("shows all of a few that are farther apart than that, too", () => {
    const far = [BERLIN, SAO_PAULO];
    expect(showsAll(overview(far.map(placeOf), SIZE), SIZE, far)).toBe(true);
  });

  it("shows all when all are near one another", () => {
    expect(showsAll(densest([BERLIN, POTSDAM], SIZE), SIZE, [BERLIN, POTSDAM])).toBe(true);
  });

  it("is not slowed down by thousands", () => {
    const many = Array.from({ length: 5_000 }, (_, n) => at(48 + (n % 70) / 100, 9 + (n % 90) / 100));
    const view = densest([...many, SEATTLE], SIZE);
    expect(showsAll(view, SIZE, many)).toBe(true);
    expect(showsAll(view, SIZE, [SEATTLE])).toBe(false);
  });
});

describe("a map round a person", () => {
  it("has the person in the middle and the next places in sight, not the far ones", () => {
    const view = around(BERLIN, [SEATTLE, POTSDAM, LEIPZIG], SIZE);
    expect(view.centre).toEqual(placeOf(BERLIN));
    expect(showsAll(view, SIZE, [BERLIN, POTSDAM])).toBe(true);
    expect(showsAll(view, SIZE, [SEATTLE])).toBe(false);
  });

  it("goes no closer than some streets, however near the next place is", () => {
    const next = at(52.5201, 13.4);
    expect(around(BERLIN, [next], SIZE).scale).toBeLessThanOrEqual(around(BERLIN, [], SIZE).scale);
    expect(showsAll(around(BERLIN, [next], SIZE), SIZE, [next])).toBe(true);
  });

  it("shows the streets where there is no place near", () => {
    expect(around(SEATTLE, [BERLIN], SIZE)).toEqual(around(SEATTLE, [], SIZE));
  });
});
