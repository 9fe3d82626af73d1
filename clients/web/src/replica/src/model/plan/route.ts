/**
 * The order of stops that makes the way short. What has a time keeps its place among what has one; the rest goes wherever it
 * adds least. As `plan/route.rs` and what is below it, step by step, so that both find the same of several equals.
 */

import { MODEL } from "../model.ts";
import { distanceM, type Place, type Point, pointOf } from "./distance.ts";

export interface Stop {
  readonly place: Place;
  /** When, if it has a time. */
  readonly starts_ms: number | null;
}

/** Longest stretch that is moved at once. */
const STRETCH_MAX = 3;

/** The distances between stops and from the start, and which stop must come before which. */
class Ways {
  readonly #fromStart: readonly number[];
  readonly #between: readonly (readonly number[])[];
  /** Each stop's place among those with a time. */
  readonly rank: readonly (number | null)[];

  constructor(start: Place | null, stops: readonly Stop[]) {
    const points = stops.map(({ place }) => pointOf(place));
    const from = start === null ? null : pointOf(start);
    this.#fromStart = points.map((point) => (from === null ? 0 : distanceM(from, point)));
    this.#between = points.map((one) => points.map((other) => distanceM(one, other)));
    const timed = stops
      .flatMap(({ starts_ms: starts }, n) => (starts === null ? [] : [[starts, n] as const]))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .map(([, n]) => n);
    this.rank = stops.map((_, n) => (timed.includes(n) ? timed.indexOf(n) : null));
  }

  get size(): number {
    return this.#fromStart.length;
  }

  /** The length of the step to a stop, from another or from the start. */
  step(from: number | undefined, to: number): number {
    return (from === undefined ? this.#fromStart : this.#between[from])?.[to] ?? 0;
  }

  length(order: readonly number[]): number {
    return order.reduce((sum, to, n) => sum + this.step(n === 0 ? undefined : order[n - 1], to), 0);
  }

  /** Whether stops with a time stand in their order. */
  keepsTimes(order: readonly number[]): boolean {
    const ranks = order.flatMap((stop) => this.rank[stop] ?? []);
    return ranks.every((rank, n) => n === 0 || (ranks[n - 1] ?? 0) <= rank);
  }

  /** How much longer a way gets with this stop at a place of it. */
  added(order: readonly number[], stop: number, at: number): number {
    const before = at === 0 ? undefined : order[at - 1];
    const after = order[at];
    const to = this.step(before, stop);
    return after === undefined ? to : to + this.step(stop, after) - this.step(before, after);
  }
}

/** The places of the stops in `stops`, in the order in which to see them. */
export function shortest(start: Place | null, stops: readonly Stop[]): number[] {
  const ways = new Ways(start, stops);
  return stops.length <= MODEL.plan.exact_stops_max ? exact(ways) : improved(ways);
}

/** The same by the way that is taken beyond so many stops, however few they are. */
export const short = (start: Place | null, stops: readonly Stop[]): number[] => improved(new Ways(start, stops));

/** The length of each step of a way, in metres: nothing to its first stop where one starts there. */
export function stepsM(start: Place | null, way: readonly Place[]): number[] {
  const points = way.map(pointOf);
  let from: Point | null = start === null ? null : pointOf(start);
  return points.map((to) => {
    const step = from === null ? 0 : distanceM(from, to);
    from = to;
    return step;
  });
}

/** Where a stop adds least to a way, and how much; the first of equals. */
export function detour(start: Point | null, way: readonly Point[], near: Point): readonly [at: number, added: number] {
  let best: readonly [number, number] = [0, Number.POSITIVE_INFINITY];
  for (let at = 0; at <= way.length; at += 1) {
    const before = at === 0 ? start : (way[at - 1] ?? null);
    const after = way[at] ?? null;
    const to = before === null ? 0 : distanceM(before, near);
    const on = after === null ? 0 : distanceM(near, after);
    const without = before === null || after === null ? 0 : distanceM(before, after);
    if (to + on - without < best[1]) best = [at, to + on - without];
  }
  return best;
}

/** The shortest way to each stop through each set of stops, built up from the smaller sets. */
function exact(ways: Ways): number[] {
  const { size } = ways;
  const lengths = new Float64Array(size << size).fill(Number.POSITIVE_INFINITY);
  const befores = new Int8Array(size << size).fill(-1);
  const earlier = Array.from({ length: size }, (_, stop) => earlierThan(ways, stop));
  for (let set = 1; set < 1 << size; set += 1) {
    for (let last = 0; last < size; last += 1) {
      const rest = set & ~(1 << last);
      // What has an earlier time is seen before.
      if ((set & (1 << last)) === 0 || ((earlier[last] ?? 0) & ~rest) !== 0) continue;
      const here = set * size + last;
      if (rest === 0) lengths[here] = ways.step(undefined, last);
      for (let before = 0; before < size; before += 1) {
        if ((rest & (1 << before)) === 0) continue;
        const length = (lengths[rest * size + before] ?? 0) + ways.step(before, last);
        if (length < (lengths[here] ?? 0)) {
          lengths[here] = length;
          befores[here] = before;
        }
      }
    }
  }
  return wayBack(size, lengths, befores);
}

function wayBack(size: number, lengths: Float64Array, befores: Int8Array): number[] {
  let set = (1 << size) - 1;
  let last = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let stop = 0; stop < size; stop += 1) {
    const length = lengths[set * size + stop] ?? least;
    if (length < least) [least, last] = [length, stop];
  }
  const order: number[] = [];
  while (last >= 0) {
    order.push(last);
    const before = befores[set * size + last] ?? -1;
    set &= ~(1 << last);
    last = before;
  }
  return order.reverse();
}

/** The set of stops that must come before this one. */
function earlierThan(ways: Ways, stop: number): number {
  const rank = ways.rank[stop] ?? null;
  if (rank === null) return 0;
  return ways.rank.reduce<number>((set, other, n) => (other !== null && other < rank ? set | (1 << n) : set), 0);
}

/** A way is built, then shortened until no single step shortens it. */
function improved(ways: Ways): number[] {
  let order = built(ways);
  for (;;) {
    const better = turned(ways, order) ?? moved(ways, order);
    if (better === null) return order;
    order = better;
  }
}

/** Those with a time first, in its order; then, one by one, the stop that adds least. */
function built(ways: Ways): number[] {
  const all = Array.from({ length: ways.size }, (_, stop) => stop);
  const isTimed = (stop: number): boolean => (ways.rank[stop] ?? null) !== null;
  const order = all.filter(isTimed).sort((a, b) => (ways.rank[a] ?? 0) - (ways.rank[b] ?? 0));
  let rest = all.filter((stop) => !isTimed(stop));
  while (rest.length > 0) {
    let best = { added: Number.POSITIVE_INFINITY, stop: -1, at: 0 };
    for (const stop of rest) {
      for (let at = 0; at <= order.length; at += 1) {
        const added = ways.added(order, stop, at);
        if (added < best.added) best = { added, stop, at };
      }
    }
    order.splice(best.at, 0, best.stop);
    rest = rest.filter((stop) => stop !== best.stop);
  }
  return order;
}

const isBetter = (ways: Ways, other: readonly number[], length: number): boolean =>
  ways.keepsTimes(other) && ways.length(other) < length;

/** The first way that is shorter for a stretch being turned round. */
function turned(ways: Ways, order: readonly number[]): number[] | null {
  const length = ways.length(order);
  for (let from = 0; from < order.length; from += 1) {
    for (let to = from + 2; to <= order.length; to += 1) {
      const other = [...order.slice(0, from), ...order.slice(from, to).reverse(), ...order.slice(to)];
      if (isBetter(ways, other, length)) return other;
    }
  }
  return null;
}

/** The first way that is shorter for a stretch being elsewhere. */
function moved(ways: Ways, order: readonly number[]): number[] | null {
  const length = ways.length(order);
  for (let size = 1; size <= Math.min(STRETCH_MAX, order.length); size += 1) {
    for (let from = 0; from <= order.length - size; from += 1) {
      const rest = [...order.slice(0, from), ...order.slice(from + size)];
      const stretch = order.slice(from, from + size);
      for (let at = 0; at <= rest.length; at += 1) {
        if (at === from) continue;
        const other = [...rest.slice(0, at), ...stretch, ...rest.slice(at)];
        if (isBetter(ways, other, length)) return other;
      }
    }
  }
  return null;
}
