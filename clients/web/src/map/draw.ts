/** Draws outlines on a canvas, in the theme's own colours. */
import type { Line } from "./outline.ts";
import { boxOf, onScreen, project, type Size, type View } from "./projection.ts";

/** How faint what only helps the eye is beside the outlines. */
const GRID_ALPHA = 0.3;
/** Half the way round the earth: no outline takes such a step. */
const HALF_ROUND = 0.5;

export function draw(canvas: HTMLCanvasElement, size: Size, view: View, lines: readonly Line[]): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const dense = devicePixelRatio;
  canvas.width = Math.round(size.width * dense);
  canvas.height = Math.round(size.height * dense);
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.lineJoin = "round";
  context.strokeStyle = getComputedStyle(canvas).color;
  const left = view.centre.x - size.width / 2 / view.scale;
  const top = view.centre.y - size.height / 2 / view.scale;
  const [right, bottom] = [left + size.width / view.scale, top + size.height / view.scale];
  grid(context, size, view);
  context.lineWidth = 1.25;
  context.beginPath();
  for (const { points, bounds } of lines) {
    const [west, north, east, south] = bounds;
    if (east < left || west > right || south < top || north > bottom) continue;
    trace(context, points, left, top, view.scale);
  }
  context.stroke();
}

/** Meridians and parallels, faintly: they show that the map moves where no outline is in sight. */
function grid(context: CanvasRenderingContext2D, size: Size, view: View): void {
  const box = boxOf(view, size);
  const [south, north, west, east] = [box.south, box.north, box.west, box.east].map((degrees) => degrees / 1e6) as [
    number,
    number,
    number,
    number,
  ];
  const step = stepOf(east - west);
  context.lineWidth = 1;
  context.globalAlpha = GRID_ALPHA;
  context.beginPath();
  for (let n = Math.ceil(west / step); n * step <= east; n += 1) {
    const { x } = onScreen(view, size, project(n * step, 0));
    context.moveTo(x, 0);
    context.lineTo(x, size.height);
  }
  for (let n = Math.ceil(south / step); n * step <= north; n += 1) {
    const { y } = onScreen(view, size, project(0, n * step));
    context.moveTo(0, y);
    context.lineTo(size.width, y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** A round number of degrees of which some two to five go into a width. */
function stepOf(degrees: number): number {
  const power = 10 ** Math.floor(Math.log10(degrees / 2));
  return ([5, 2].find((digit) => digit * power <= degrees / 2) ?? 1) * power;
}

function trace(
  context: CanvasRenderingContext2D,
  points: Float64Array,
  left: number,
  top: number,
  scale: number,
): void {
  for (let at = 0; at < points.length; at += 2) {
    const x = ((points[at] ?? 0) - left) * scale;
    const y = ((points[at + 1] ?? 0) - top) * scale;
    // Over the date line an outline goes on at the other edge: no stroke leads there.
    if (at === 0 || Math.abs((points[at] ?? 0) - (points[at - 2] ?? 0)) > HALF_ROUND) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}
