/** Where the device is, in millionths of a degree; asked for only when someone wants to know. */

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** A position of the last minute will do: the first fix can take long without a signal. */
const OPTIONS: PositionOptions = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 };

let last: Position | null = null;

/** Where the device was when it was last asked, while the app is open. */
export function lastKnown(): Position | null {
  return last;
}

/** Whether the position may be asked for without the browser asking the person first. */
export async function isAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state === "granted";
  } catch {
    return false;
  }
}

/** Null if it is denied, unavailable or takes too long: every screen goes on without. */
export function locate(): Promise<Position | null> {
  if (!("geolocation" in navigator)) return Promise.resolve(null);
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        last = { latitude: Math.round(coords.latitude * 1e6), longitude: Math.round(coords.longitude * 1e6) };
        done(last);
      },
      () => {
        done(null);
      },
      OPTIONS,
    );
  });
}

/** The earth's radius. */
export const EARTH_M = 6_371_000;
const RADIANS = Math.PI / 180 / 1e6;

/** Metres between two positions, over the ground. */
export function distance(one: Position, other: Position): number {
  const [lat1, lat2] = [one.latitude * RADIANS, other.latitude * RADIANS];
  const half = (angle: number): number => Math.sin(angle / 2) ** 2;
  const chord = half(lat2 - lat1) + Math.cos(lat1) * Math.cos(lat2) * half((other.longitude - one.longitude) * RADIANS);
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(chord)));
}
