/**
 * Outlines of countries (Natural Earth, public domain, by way of `world-atlas`), fetched with the first map and kept for
 * offline by the service worker. The file is TopoJSON: shared borders are arcs of steps on a grid, drawn once each.
 */
import { project } from "./projection.ts";

/** A line on the map's plane, with its bounds, so that what is out of view costs nothing. */
export interface Line {
  /** x and y in turn. */
  readonly points: Float64Array;
  readonly bounds: readonly [west: number, north: number, east: number, south: number];
}

export interface Topology {
  readonly arcs: readonly (readonly (readonly number[])[])[];
  readonly transform: { readonly scale: readonly number[]; readonly translate: readonly number[] };
}

export async function loadOutlines(): Promise<readonly Line[]> {
  const { default: atlas } = await import("world-atlas/countries-50m.json");
  return linesOf(atlas);
}

export function linesOf({ arcs, transform }: Topology): readonly Line[] {
  const [scaleX = 1, scaleY = 1] = transform.scale;
  const [moveX = 0, moveY = 0] = transform.translate;
  return arcs.map((arc) => {
    const points = new Float64Array(arc.length * 2);
    let [x, y] = [0, 0];
    arc.forEach(([dx = 0, dy = 0], at) => {
      x += dx;
      y += dy;
      const point = project(x * scaleX + moveX, y * scaleY + moveY);
      points[2 * at] = point.x;
      points[2 * at + 1] = point.y;
    });
    return { points, bounds: boundsOf(points) };
  });
}

function boundsOf(points: Float64Array): Line["bounds"] {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < points.length; at += 2) {
    const [x, y] = [points[at] ?? 0, points[at + 1] ?? 0];
    west = Math.min(west, x);
    east = Math.max(east, x);
    north = Math.min(north, y);
    south = Math.max(south, y);
  }
  return [west, north, east, south];
}
