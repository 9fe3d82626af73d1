/** Marks by which things on a map are told apart: a number of colours, each in a number of shapes. */

/** As many as `base.css` has classes `mark-0` and on. */
export const COLOURS = 8;

/** A dot, a square, a triangle and a diamond, on a grid of 16. */
export const SHAPES = [
  "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 1 0 0-13z",
  "M2.5 2.5h11v11h-11z",
  "M8 1.5l7 12.5H1z",
  "M8 .5 15.5 8 8 15.5.5 8z",
] as const;

/** How an area's edge is drawn, a pattern for each shape. */
export const DASHES = ["none", "8 4", "2 3", "10 3 2 3"] as const;
