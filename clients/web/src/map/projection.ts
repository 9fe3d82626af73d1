/**
 * The map's plane: Mercator, where 0 to 1 is once round the earth eastwards and from the top southwards. A view is a
 * centre on it and how many pixels the whole earth would take.
 */
import { EARTH_M, type Position } from "./position.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface View {
  readonly centre: Point;
  /** Pixels once round the earth. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

/** From a whole continent to a few streets. */
export const SCALE_MIN = 600;
export const SCALE_MAX = 60_000_000;
/** Beyond this Mercator leaves the plane. */
const LATITUDE_MAX = 85;

/** Degrees to the plane. */
export function project(longitude: number, latitude: number): Point {
  const clamped = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude));
  const sine = Math.sin((clamped * Math.PI) / 180);
  return { x: longitude / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

export function placeOf(position: Position): Point {
  return project(position.longitude / 1e6, position.latitude / 1e6);
}

function unproject({ x, y }: Point): Position {
  const latitude = (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;
  return { latitude: Math.round(latitude * 1e6), longitude: Math.round((x - 0.5) * 360e6) };
}

export function onScreen(view: View, size: Size, point: Point): Point {
  return {
    x: (point.x - view.centre.x) * view.scale + size.width / 2,
    y: (point.y - view.centre.y) * view.scale + size.height / 2,
  };
}

/** What a view shows, in microdegrees, within the earth's bounds. */
export function boxOf(view: View, size: Size): Box {
  const half = { x: size.width / 2 / view.scale, y: size.height / 2 / view.scale };
  const top = unproject({ x: view.centre.x - half.x, y: view.centre.y - half.y });
  const bottom = unproject({ x: view.centre.x + half.x, y: view.centre.y + half.y });
  return {
    south: Math.max(-90e6, bottom.latitude),
    west: Math.max(-180e6, top.longitude),
    north: Math.min(90e6, top.latitude),
    east: Math.min(180e6, bottom.longitude),
  };
}

/** Once round the earth at the equator. */
const ROUND_M = 2 * Math.PI * EARTH_M;

/** How many metres a pixel is in the middle of a view; Mercator draws what lies farther from the equator larger. */
export function metresPerPixel({ centre, scale }: View): number {
  return ROUND_M / scale / Math.cosh((0.5 - centre.y) * 2 * Math.PI);
}

/** The scale at which so many pixels round a place are so many metres. */
export function scaleOver(centre: Point, metres: number, pixels: number): number {
  return (metresPerPixel({ centre, scale: 1 }) * pixels) / metres;
}

/** The same place under the finger before and after. */
export function zoomed(
  view: View,
  size: Size,
  factor: number,
  at: Point = { x: size.width / 2, y: size.height / 2 },
): View {
  const scale = Math.max(SCALE_MIN, Math.min(SCALE_MAX, view.scale * factor));
  const offset = { x: at.x - size.width / 2, y: at.y - size.height / 2 };
  return {
    scale,
    centre: {
      x: view.centre.x + offset.x / view.scale - offset.x / scale,
      y: view.centre.y + offset.y / view.scale - offset.y / scale,
    },
  };
}

export function moved(view: View, dx: number, dy: number): View {
  return { ...view, centre: { x: view.centre.x - dx / view.scale, y: view.centre.y - dy / view.scale } };
}

/** A view that shows all of them, with room at the edges, and no closer than that many pixels once round the earth. */
export function fitting(points: readonly Point[], size: Size, closest = 400_000): View {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = 0.8 * Math.min(size.width / Math.max(east - west, 1e-9), size.height / Math.max(south - north, 1e-9));
  return {
    centre: { x: (west + east) / 2, y: (north + south) / 2 },
    scale: Math.max(SCALE_MIN, Math.min(closest, scale)),
  };
}

export interface Cluster<Pin> {
  readonly at: Point;
  readonly pins: readonly Pin[];
}

/** How near two pins may be before they cover one another, in pixels: with their names, and without. */
export const APART = { named: { x: 72, y: 44 }, dots: { x: 26, y: 26 } } as const;

/** Pins that would cover one another become one, round the first of them. A pin looks at its own and the next fields only. */
export function clusters<Pin extends { readonly at: Point }>(pins: readonly Pin[], apart: Point): Cluster<Pin>[] {
  type Found = { readonly at: Point; readonly pins: Pin[] };
  const found: Found[] = [];
  const fields = new Map<string, Found[]>();
  for (const pin of pins) {
    const [column, row] = [Math.floor(pin.at.x / apart.x), Math.floor(pin.at.y / apart.y)];
    const near = [-1, 0, 1]
      .flatMap((across) => [-1, 0, 1].flatMap((down) => fields.get(`${column + across},${row + down}`) ?? []))
      .find(({ at }) => Math.abs(at.x - pin.at.x) < apart.x && Math.abs(at.y - pin.at.y) < apart.y);
    if (near !== undefined) {
      near.pins.push(pin);
      continue;
    }
    const own = { at: pin.at, pins: [pin] };
    found.push(own);
    const field = `${column},${row}`;
    fields.set(field, [...(fields.get(field) ?? []), own]);
  }
  return found;
}

/** From here on, in pixels once round the earth, pins of the very same place stand beside one another. */
export const FANNED_FROM = 3_000_000;

/** Where pins of a view stand on the screen; close up those of one place are told apart, each a step below the one before. */
export function standing<Pin extends Position>(
  pins: readonly Pin[],
  view: View,
  size: Size,
  apart: Point,
): { readonly pin: Pin; readonly at: Point }[] {
  const before = new Map<string, number>();
  return pins.map((pin) => {
    const at = onScreen(view, size, placeOf(pin));
    if (view.scale < FANNED_FROM) return { pin, at };
    const place = `${pin.latitude},${pin.longitude}`;
    const count = before.get(place) ?? 0;
    before.set(place, count + 1);
    return { pin, at: { x: at.x, y: at.y + count * (apart.y + 1) } };
  });
}
