import { expect, it } from "vitest";

import { linesOf, loadOutlines } from "./outline.ts";
import { project } from "./projection.ts";

it("adds up an arc's steps on its grid", () => {
  const [line] = linesOf({
    arcs: [
      [
        [10, 20],
        [5, -20],
      ],
    ],
    transform: { scale: [0.5, 0.5], translate: [-5, -10] },
  });
  const [from, to] = [project(0, 0), project(2.5, -10)];
  expect(line?.points).toEqual(new Float64Array([from.x, from.y, to.x, to.y]));
  expect(line?.bounds).toEqual([from.x, from.y, to.x, to.y]);
});

it("has outlines near Berlin, all of them on the plane", async () => {
  const lines = await loadOutlines();
  const berlin = project(13.4, 52.5);
  const near = lines.filter(
    ({ bounds: [west, north, east, south] }) =>
      Math.abs((west + east) / 2 - berlin.x) < 0.03 && Math.abs((north + south) / 2 - berlin.y) < 0.03,
  );
  expect(near.length).toBeGreaterThan(3);
  expect(lines.every(({ points }) => points.every((value) => value >= 0 && value <= 1))).toBe(true);
}, 30_000);
