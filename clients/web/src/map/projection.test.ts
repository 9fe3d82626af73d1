import { describe, expect, it } from "vitest";

import { distance } from "./position.ts";
import {
  APART,
  boxOf,
  clusters,
  fitting,
  moved,
  onScreen,
  placeOf,
  standing,
  zoomed,
  type View,
} from "./projection.ts";

const SIZE = { width: 360, height: 400 };
const BERLIN = { latitude: 52_520_000, longitude: 13_405_000 };
const MUNICH = { latitude: 48_137_000, longitude: 11_575_000 };
const VIEW: View = { centre: placeOf(BERLIN), scale: 50_000 };

describe("the map's plane", () => {
  it("shows a view's centre in the middle, and a box round it", () => {
    expect(onScreen(VIEW, SIZE, placeOf(BERLIN))).toEqual({ x: 180, y: 200 });
    const box = boxOf(VIEW, SIZE);
    expect(box.south).toBeLessThan(BERLIN.latitude);
    expect(box.north).toBeGreaterThan(BERLIN.latitude);
    expect(box.east - box.west).toBeCloseTo((360 / 50_000) * 360e6, -2);
  });

  it("never asks for what is beyond the earth", () => {
    const { south, west, north, east } = boxOf({ centre: { x: 0.5, y: 0.5 }, scale: 10 }, SIZE);
    expect([west, east]).toEqual([-180e6, 180e6]);
    expect(south >= -90e6 && north <= 90e6).toBe(true);
  });

  it("keeps the place under the finger when it comes closer", () => {
    const at = { x: 30, y: 350 };
    const before = { x: (at.x - 180) / VIEW.scale + VIEW.centre.x, y: (at.y - 200) / VIEW.scale + VIEW.centre.y };
    const after = onScreen(zoomed(VIEW, SIZE, 2, at), SIZE, before);
    expect(after.x).toBeCloseTo(at.x, 6);
    expect(after.y).toBeCloseTo(at.y, 6);
  });

  it("follows the finger", () => {
    const point = onScreen(moved(VIEW, 10, -20), SIZE, placeOf(BERLIN));
    expect(point.x).toBeCloseTo(190, 6);
    expect(point.y).toBeCloseTo(180, 6);
  });

  it("fits all of them on the screen, and one alone without a flight to the street", () => {
    const view = fitting([placeOf(BERLIN), placeOf(MUNICH)], SIZE);
    for (const city of [BERLIN, MUNICH]) {
      const { x, y } = onScreen(view, SIZE, placeOf(city));
      expect(x > 0 && x < SIZE.width && y > 0 && y < SIZE.height).toBe(true);
    }
    expect(fitting([placeOf(BERLIN)], SIZE).scale).toBe(400_000);
  });

  it("makes one of pins that would cover each other", () => {
    const pins = [{ at: { x: 1, y: 1 } }, { at: { x: 3, y: 3 } }, { at: { x: 90, y: 1 } }];
    expect(clusters(pins, APART.named).map((cluster) => cluster.pins.length)).toEqual([2, 1]);
    // Neighbours over the edge of a field find each other.
    const edge = [{ at: { x: 25, y: 5 } }, { at: { x: 27, y: 5 } }, { at: { x: -1, y: -1 } }];
    expect(clusters(edge, APART.dots).map((cluster) => cluster.pins.length)).toEqual([2, 1]);
  });

  it("tells pins of one place apart once one is close", () => {
    const close: View = { ...VIEW, scale: 10_000_000 };
    const alone = (view: View): number =>
      clusters(standing([BERLIN, BERLIN, BERLIN], view, SIZE, APART.named), APART.named).length;
    expect([alone(VIEW), alone(close)]).toEqual([1, 3]);
  });
});

it("knows how far it is over the ground", () => {
  expect(distance(BERLIN, MUNICH)).toBeGreaterThan(500_000);
  expect(distance(BERLIN, MUNICH)).toBeLessThan(510_000);
  expect(distance(BERLIN, BERLIN)).toBe(0);
});
