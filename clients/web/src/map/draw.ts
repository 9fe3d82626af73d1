/** Draws outlines on a canvas, in the theme's own colours. */
import type { Line } from "./outline.ts";
import type { Size, View } from "./projection.ts";

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
  context.lineWidth = 1.25;
  context.strokeStyle = getComputedStyle(canvas).color;
  const left = view.centre.x - size.width / 2 / view.scale;
  const top = view.centre.y - size.height / 2 / view.scale;
  const [right, bottom] = [left + size.width / view.scale, top + size.height / view.scale];
  context.beginPath();
  for (const { points, bounds } of lines) {
    const [west, north, east, south] = bounds;
    if (east < left || west > right || south < top || north > bottom) continue;
    trace(context, points, left, top, view.scale);
  }
  context.stroke();
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
