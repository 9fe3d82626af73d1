/** What a map shows, whoever asks for it. */
import { distance, type Position } from "./position.ts";
import { boxOf, project, type Point, type Size, type View } from "./projection.ts";

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

/** How far it is from the left edge of a view to the right, through its middle, in metres. */
export function widthOf(view: View, size: Size): number {
  const { south, north, west, east } = boxOf(view, size);
  const latitude = Math.round((south + north) / 2);
  // The long way round is more than half of the earth, which no straight line is.
  const middle = (west + east) / 2;
  return distance({ latitude, longitude: west }, { latitude, longitude: middle }) * 2;
}
