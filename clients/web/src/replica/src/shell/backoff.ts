/** When to try again: later after each failure, and never all devices at once. */

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

export class Backoff {
  #failures = 0;

  /** It went well: the next failure counts as the first. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * How long to wait after another failure: any part of a span that doubles each time, by a chance from 0 to 1, so that
   * devices that lost the same server do not come back together. Never less than what the server asked for.
   */
  next(chance: number, askedMs: number | null): number {
    const span = Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS);
    this.#failures += 1;
    return (askedMs ?? 0) + span * chance;
  }
}
