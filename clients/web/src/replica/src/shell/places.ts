/** Which of many places are looked at, where all are too many. */

import { distanceM, pointOf } from "../model/plan/distance.ts";

interface Placed {
  /** In microdegrees. */
  readonly latitude: number;
  readonly longitude: number;
}

const at = ({ latitude, longitude }: Placed): ReturnType<typeof pointOf> =>
  pointOf({ latitude_microdeg: latitude, longitude_microdeg: longitude });

/** By their distance from a place, the nearest first. */
export function nearest<Place extends Placed>(places: readonly Place[], from: Placed): Place[] {
  const here = at(from);
  return places
    .map((place) => ({ place, far: distanceM(here, at(place)) }))
    .sort((one, other) => one.far - other.far)
    .map(({ place }) => place);
}

/** As many of them as the limit says, from the whole list alike: of a list from the south no north is cut off. */
export function fromAll<Place>(places: readonly Place[], limit: number): Place[] {
  if (places.length <= limit) return [...places];
  const step = places.length / limit;
  return Array.from({ length: limit }, (_, n) => places[Math.floor(n * step)]).filter((place) => place !== undefined);
}
