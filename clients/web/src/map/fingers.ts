/** The fingers on the map, and where each was last. */
import type { Point } from "./projection.ts";

export class Fingers {
  readonly #down = new Map<number, Point>();

  put(finger: number, at: Point): void {
    this.#down.set(finger, at);
  }

  lift(finger: number): void {
    this.#down.delete(finger);
  }

  at(finger: number): Point | undefined {
    return this.#down.get(finger);
  }

  /** The other finger of a pinch. */
  beside(finger: number): Point | undefined {
    return [...this.#down].find(([other]) => other !== finger)?.[1];
  }
}
