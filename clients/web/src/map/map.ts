/** What a map shows, whoever asks for it. */
import type { Position } from "./position.ts";
import { metresPerPixel, project, type Point, type View } from "./projection.ts";

/** Something with a place, and where it leads. */
export interface Pin extends Position {
  readonly key: string;
  readonly title: string;
  readonly href: string;
  /** Which colour and shape it has; without one it is as all are. */
  readonly mark?: number;
  /** Whether it stands back, because something else is looked at: seen, and no target. */
  readonly dim?: boolean;
}

/** A part of the earth's surface: rings of points on the plane, holes among them. */
export interface Area {
  readonly key: string;
  readonly rings: readonly (readonly Point[])[];
  readonly mark: number;
  readonly dim?: boolean;
}

export interface MapTexts {
  /** What it is, and which keys move it. */
  readonly help: string;
  readonly you: string;
  readonly group: (count: number) => string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly credit: string;
}

/** How lengths are said to whoever reads the map. */
export interface Lengths {
  readonly distance: (metres: number) => string;
  readonly unitOf: (metres: number) => number;
}

/** A bar of the map's scale. */
export interface Bar {
  readonly pixels: number;
  readonly metres: number;
}

/** The longest bar up to so many pixels that is one, two or five of the reader's unit, or ten times that, and so on. */
export function barOf(view: View, pixelsMax: number, unitOf: (metres: number) => number): Bar {
  const each = metresPerPixel(view);
  const unit = unitOf(each * pixelsMax);
  const most = (each * pixelsMax) / unit;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2].find((digit) => digit * power <= most) ?? 1) * power * unit;
  return { metres, pixels: metres / each };
}

/** The rings of a GeoJSON polygon, or of several; none of what is neither. */
export function ringsOf(area: object): Point[][] {
  const { type, coordinates } = area as { readonly type?: unknown; readonly coordinates?: unknown };
  if (!Array.isArray(coordinates)) return [];
  const polygons: unknown[] = type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];
  return polygons.flatMap((polygon) => (Array.isArray(polygon) ? (polygon as unknown[]) : [])).flatMap(ringOf);
}

function ringOf(ring: unknown): Point[][] {
  if (!Array.isArray(ring)) return [];
  const points = (ring as unknown[]).flatMap((at) => {
    const [longitude, latitude] = Array.isArray(at) ? (at as unknown[]) : [];
    return typeof longitude === "number" && typeof latitude === "number" ? [project(longitude, latitude)] : [];
  });
  return points.length < 3 ? [] : [points];
}
