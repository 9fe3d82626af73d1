/** Places on a flat map: north up, to scale about its middle. No tiles: nothing is asked of anybody. */

export interface Spot<T> {
  readonly of: T;
  /** From 0 to the map's width and height. */
  readonly x: number;
  readonly y: number;
}

export interface Laid<T> {
  readonly spots: readonly Spot<T>[];
  /** Kilometres from the left edge to the right. */
  readonly widthKm: number;
}

const KM_PER_DEGREE = 111.32;
/** Part of the map that stays free at each edge. */
const MARGIN = 0.06;
/** The least that a map shows, in degrees: one place alone is not blown up without end. */
const LEAST = 0.02;

interface Placed {
  readonly latitude_microdeg?: number | null;
  readonly longitude_microdeg?: number | null;
}

export function isPlaced(one: Placed): boolean {
  return typeof one.latitude_microdeg === "number" && typeof one.longitude_microdeg === "number";
}

/** Lays things out on a map of a size. */
export function lay<T extends Placed>(things: readonly T[], width: number, height: number): Laid<T> {
  const placed = things.filter(isPlaced).map((of) => ({
    of,
    east: (of.longitude_microdeg ?? 0) / 1e6,
    north: (of.latitude_microdeg ?? 0) / 1e6,
  }));
  if (placed.length === 0) return { spots: [], widthKm: 0 };
  const easts = placed.map((one) => one.east);
  const norths = placed.map((one) => one.north);
  const middle = {
    east: (Math.min(...easts) + Math.max(...easts)) / 2,
    north: (Math.min(...norths) + Math.max(...norths)) / 2,
  };
  // A degree of longitude is shorter the farther one is from the equator.
  const squeeze = Math.max(0.05, Math.cos((middle.north * Math.PI) / 180));
  const spanEast = Math.max(LEAST, Math.max(...easts) - Math.min(...easts)) * squeeze;
  const spanNorth = Math.max(LEAST, Math.max(...norths) - Math.min(...norths));
  const scale = Math.min((width * (1 - 2 * MARGIN)) / spanEast, (height * (1 - 2 * MARGIN)) / spanNorth);
  const spots = placed.map(({ of, east, north }) => ({
    of,
    x: width / 2 + (east - middle.east) * squeeze * scale,
    y: height / 2 - (north - middle.north) * scale,
  }));
  return { spots, widthKm: (width / scale) * KM_PER_DEGREE };
}
