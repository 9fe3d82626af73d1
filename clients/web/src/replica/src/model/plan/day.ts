/** Who comes into the day's plan: what is planned, then the most urgent accounts near the way. As `plan/day.rs`. */

import { MODEL } from "../model.ts";
import { type Place, type Point, pointOf } from "./distance.ts";
import { type Due, isDue } from "./due.ts";
import { detour, shortest, stepsM, type Stop } from "./route.ts";

/** A visit that is planned for today. */
export interface Appointment {
  readonly visit: string;
  readonly account: string;
  readonly place: Place | null;
  readonly starts_ms: number;
}

/** An account that may be seen today. */
export interface Candidate {
  readonly account: string;
  readonly place: Place | null;
  readonly due: Due | null;
}

/** What the person asks of the plan. */
export interface Wish {
  /** Where the way begins; at its first stop without it. */
  readonly start: Place | null;
  /** Up to how many stops accounts are proposed. */
  readonly stops: number;
  /** How much longer the way may get for one, in metres. */
  readonly detour_m: number;
  /** Accounts to see in any case. */
  readonly add: readonly string[];
  /** What not to see today: accounts, or visits by their record. */
  readonly leave_out: readonly string[];
  /** The order in which to see things, by visit or account; empty for the shortest. */
  readonly order: readonly string[];
}

export interface PlannedStop {
  /** What the person's wishes call it: the visit, else the account. */
  readonly key: string;
  readonly account: string;
  readonly visit: string | null;
  readonly starts_ms: number | null;
  /** How far it is from the stop before, or from the start, in metres. */
  readonly leg_m: number;
  readonly due: Due | null;
}

export interface DayPlan {
  readonly stops: readonly PlannedStop[];
  /** How long the way is, in metres over the ground. */
  readonly length_m: number;
  /** How long the shortest way is that keeps the times. */
  readonly shortest_m: number;
  /** What has no position, and so no place on the way. */
  readonly apart: readonly PlannedStop[];
  /** How many accounts that are due found no place. */
  readonly left_over: number;
}

export const usualWish = (): Wish => ({
  start: null,
  stops: MODEL.plan.usual_stops,
  detour_m: MODEL.plan.usual_detour_m,
  add: [],
  leave_out: [],
  order: [],
});

interface Thing {
  readonly stop: PlannedStop;
  readonly place: Place | null;
}

interface Placed extends Thing {
  readonly place: Place;
}

const isPlaced = (thing: Thing): thing is Placed => thing.place !== null;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const asStop = ({ place, stop }: Placed): Stop => ({ place, starts_ms: stop.starts_ms });
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const ofCandidate = ({ account, place, due }: Candidate): Thing => ({
  stop: { key: account, account, visit: null, starts_ms: null, leg_m: 0, due },
  place,
});

/** The plan of a day. */
export function plan(appointments: readonly Appointment[], candidates: readonly Candidate[], wish: Wish): DayPlan {
  const fixed = fixedOf(appointments, candidates, wish);
  const onWay = fixed.filter(isPlaced).slice(0, MODEL.plan.stops_max);
  const apart = fixed.filter((thing) => !isPlaced(thing));
  const open = proposals([...onWay, ...apart], candidates, wish);
  const placeless = open.filter((thing) => !isPlaced(thing));
  const left = fill(onWay, open.filter(isPlaced), wish) + Math.max(0, placeless.length - MODEL.plan.apart_max);
  const stops = onWay.map(asStop);
  const best = shortest(wish.start, stops);
  const order = wish.order.length === 0 ? best : wished(onWay, wish);
  const legs = (of: readonly number[]): number[] =>
    stepsM(
      wish.start,
      of.flatMap((n) => stops[n]?.place ?? []),
    );
  const steps = legs(order);
  return {
    stops: order.flatMap((n, at) => {
      const thing = onWay[n];
      return thing === undefined ? [] : [{ ...thing.stop, leg_m: steps[at] ?? 0 }];
    }),
    length_m: sum(steps),
    shortest_m: sum(legs(best)),
    apart: [...apart, ...placeless.slice(0, MODEL.plan.apart_max)].map(({ stop }) => stop),
    left_over: left,
  };
}

/** What is seen in any case: appointments by time, then what the person added, in that order. */
function fixedOf(appointments: readonly Appointment[], candidates: readonly Candidate[], wish: Wish): Thing[] {
  const known = new Map(candidates.map((candidate) => [candidate.account, candidate]));
  const isOut = ({ visit, account }: Appointment): boolean =>
    wish.leave_out.includes(visit) || wish.leave_out.includes(account);
  const things: Thing[] = appointments
    .filter((one) => !isOut(one))
    .sort((a, b) => a.starts_ms - b.starts_ms || compare(a.visit, b.visit))
    .map(({ visit, account, place, starts_ms }) => {
      const due = known.get(account)?.due ?? null;
      return { stop: { key: visit, account, visit, starts_ms, leg_m: 0, due }, place };
    });
  for (const account of wish.add) {
    const candidate = known.get(account);
    const isNew = things.every(({ stop }) => stop.account !== account);
    if (candidate !== undefined && isNew) things.push(ofCandidate(candidate));
  }
  return things;
}

/** Accounts that are due and not planned for any day, the most urgent first. */
function proposals(seen: readonly Thing[], candidates: readonly Candidate[], wish: Wish): Thing[] {
  const taken = new Set([...wish.leave_out, ...seen.map(({ stop }) => stop.account)]);
  const isOpen = ({ account, due }: Candidate): boolean =>
    !taken.has(account) && due !== null && isDue(due) && due.next_planned === null;
  return candidates
    .filter(isOpen)
    .sort((a, b) => (b.due?.urgency ?? 0) - (a.due?.urgency ?? 0) || compare(a.account, b.account))
    .map(ofCandidate);
}

/** Takes the most urgent that lies near enough to the way, again and again; how many are left. */
function fill(onWay: Placed[], near: readonly Placed[], wish: Wish): number {
  const most = Math.min(wish.stops, MODEL.plan.stops_max);
  const start = wish.start === null ? null : pointOf(wish.start);
  const rest = near.map((thing) => ({ thing, point: pointOf(thing.place) }));
  while (onWay.length < most && rest.length > 0) {
    const way = shortest(wish.start, onWay.map(asStop)).flatMap((n) => pointAt(onWay, n));
    const fits = rest.findIndex(({ point }) => detour(start, way, point)[1] <= wish.detour_m);
    // Where nothing is planned and nothing is near, the day begins with the most urgent.
    const first = fits < 0 && onWay.length === 0 ? 0 : fits;
    if (first < 0) break;
    for (const { thing } of rest.splice(first, 1)) onWay.push(thing);
  }
  return rest.length;
}

function pointAt(onWay: readonly Placed[], n: number): Point[] {
  const thing = onWay[n];
  return thing === undefined ? [] : [pointOf(thing.place)];
}

/** The person's order; what it does not name goes where it adds least. */
function wished(onWay: readonly Placed[], wish: Wish): number[] {
  const named = wish.order.map((key) => onWay.findIndex(({ stop }) => stop.key === key));
  const order = [...new Set(named.filter((n) => n >= 0))];
  const start = wish.start === null ? null : pointOf(wish.start);
  for (const [n, { place }] of onWay.entries()) {
    if (order.includes(n)) continue;
    const way = order.flatMap((other) => pointAt(onWay, other));
    order.splice(detour(start, way, pointOf(place))[0], 0, n);
  }
  return order;
}
