/**
 * Distances over the ground, along great circles of a sphere. Only sums, products, quotients and square roots are used,
 * which every machine and language rounds alike: a device and the office find the same metre (`plan/route/distance.rs`).
 */

/** A place on the map, in millionths of a degree, north and east positive. */
export interface Place {
  readonly latitude_microdeg: number;
  readonly longitude_microdeg: number;
}

/** A place as a point on the unit sphere. */
export type Point = readonly [x: number, y: number, z: number];

/** The mean radius of the earth. */
const RADIUS_M = 6_371_008.8;
/** A millionth of a degree. */
const RADIANS = 1.745_329_251_994_329_5e-8;

export function pointOf(place: Place): Point {
  const [sinLatitude, cosLatitude] = sinCos(place.latitude_microdeg * RADIANS);
  const [sinLongitude, cosLongitude] = sinCos(place.longitude_microdeg * RADIANS);
  return [cosLatitude * cosLongitude, cosLatitude * sinLongitude, sinLatitude];
}

/** In whole metres. */
export function distanceM(one: Point, other: Point): number {
  const [x, y, z] = [one[0] - other[0], one[1] - other[1], one[2] - other[2]];
  const halfChord = Math.sqrt(x * x + y * y + z * z) / 2;
  return Math.floor(2 * arcSin(Math.min(halfChord, 1)) * RADIUS_M + 0.5);
}

/** Sine and cosine of an angle up to half a turn: by their series for a sixteenth of it, doubled four times. */
function sinCos(angle: number): readonly [number, number] {
  const part = angle / 16;
  const square = part * part;
  let sin =
    part * (1 - (square / 6) * (1 - (square / 20) * (1 - (square / 42) * (1 - (square / 72) * (1 - square / 110)))));
  let cos = 1 - (square / 2) * (1 - (square / 12) * (1 - (square / 30) * (1 - (square / 56) * (1 - square / 90))));
  for (let doubled = 0; doubled < 4; doubled += 1) [sin, cos] = [2 * sin * cos, cos * cos - sin * sin];
  return [sin, cos];
}

/** The angle of a sine from 0 to 1: by the series for an eighth of it. */
function arcSin(sine: number): number {
  let part = sine;
  for (let halved = 0; halved < 3; halved += 1) part /= Math.sqrt(2 * (1 + Math.sqrt(1 - part * part)));
  const square = part * part;
  let series = 143 / 10_240;
  for (const next of [231 / 13_312, 63 / 2816, 35 / 1152, 5 / 112, 3 / 40, 1 / 6]) series = next + square * series;
  series = 1 + square * series;
  return 8 * part * series;
}
