/** Where a map of many places opens: round the person, if it is known where that is, else where most of the places are. */
import { distance, type Position } from "./position.ts";
import { boxOf, fitting, placeOf, scaleOver, type Point, type Size, type View } from "./projection.ts";

/** Some ten kilometres across a phone's screen. */
const STREET_SCALE = 1_500_000;
/** What is shown about a few places, from edge to edge: in almost every country a coast or a border is that near. */
const REGION_M = 1_000_000;
/** How far somebody looks for the next place. */
const NEAR_M = 150_000;
/** How many of them one wants to see at once; fewer are a few. */
const NEAR_COUNT = 5;
/** Fields of the plane, once round the earth: one is some 50 km wide in Europe. */
const FIELDS = 512;

/** Round a person, with the next few places in sight; close up when there are none. */
export function around(you: Position, places: readonly Position[], size: Size): View {
  const near = places
    .map((place) => ({ place, far: distance(you, place) }))
    .filter(({ far }) => far <= NEAR_M)
    .sort((one, other) => one.far - other.far)
    .slice(0, NEAR_COUNT);
  const centre = placeOf(you);
  // The person stands in the middle, so that what is on one side needs as much room on the other.
  const mirrored = near.flatMap(({ place }) => {
    const at = placeOf(place);
    return [at, { x: 2 * centre.x - at.x, y: 2 * centre.y - at.y }];
  });
  return { centre, scale: mirrored.length === 0 ? STREET_SCALE : fitting(mirrored, size, STREET_SCALE).scale };
}

/** Where most of the places are, near one another: in one field of the plane and those round it. */
export function densest(places: readonly Position[], size: Size): View {
  const fields = new Map<string, Point[]>();
  const fieldOf = ({ x, y }: Point): readonly [number, number] => [Math.floor(x * FIELDS), Math.floor(y * FIELDS)];
  const points = places.map(placeOf);
  for (const point of points) {
    const key = String(fieldOf(point));
    fields.set(key, [...(fields.get(key) ?? []), point]);
  }
  let most: readonly Point[] = points;
  let count = 0;
  for (const [key, own] of fields) {
    const [column = 0, row = 0] = key.split(",").map(Number);
    const round = [-1, 0, 1].flatMap((across) =>
      [-1, 0, 1].flatMap((down) => fields.get(String([column + across, row + down])) ?? []),
    );
    // Of two with as many round them, the one with more of its own.
    const weight = round.length + own.length / (places.length + 1);
    if (weight > count) {
      most = round;
      count = weight;
    }
  }
  return overview(most, size);
}

/** All of them; a few with the country about them, since on an empty map a pin says nothing. */
export function overview(points: readonly Point[], size: Size): View {
  const all = fitting(points, size);
  if (points.length >= NEAR_COUNT) return all;
  return { ...all, scale: Math.min(all.scale, scaleOver(all.centre, REGION_M, size.width)) };
}

/** Whether all of the places are in sight. */
export function showsAll(view: View, size: Size, places: readonly Position[]): boolean {
  const { south, north, west, east } = boxOf(view, size);
  return places.every(
    ({ latitude, longitude }) => latitude >= south && latitude <= north && longitude >= west && longitude <= east,
  );
}
