/** What each person did on one day, put together from visits, orders and what their devices said. */
import { isHandedIn } from "@roadbook/replica/model";

import type { Schema } from "$api/client";

import { isCalledOff } from "./called-off.ts";

type Visit = Schema["VisitRow"];
type Order = Schema["OrderRow"];
type Device = Schema["FleetRow"];
type Person = Schema["Person"];

export interface Day {
  readonly id: string;
  readonly name: string;
  /** Made, as figures count visits. */
  readonly visits: number;
  /** Begun, and not over yet. */
  readonly running: number;
  readonly planned: number;
  readonly calledOff: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly orders: number;
  /** Ordered, by currency, in minor units. */
  readonly totals: readonly (readonly [currency: string, minor: number])[];
  /** Unsent on all devices, when each was last seen. */
  readonly unsent: number;
  readonly seen: string | null;
}

/** Those whose day it is to be on the road, and whoever else made or planned a visit or took an order, by name. */
export function daysOf(
  visits: readonly Visit[],
  orders: readonly Order[],
  devices: readonly Device[],
  people: readonly Person[],
): Day[] {
  const names = new Map(people.filter(isOnTheRoad).map(({ id, name }) => [id, name]));
  for (const one of [...visits, ...orders]) names.set(one.person_id, one.person_name ?? "");
  return [...names]
    .map(([id, name]) =>
      dayOf(
        id,
        name,
        visits.filter((one) => one.person_id === id),
        orders.filter((one) => one.person_id === id && isOrdered(one)),
        devices.filter((one) => one.person_id === id),
      ),
    )
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Handed in, and neither given back nor withdrawn: as figures count orders, which are no quotes. */
function isOrdered(order: Order): boolean {
  return isHandedIn(order.state ?? null) || order.state === "accepted";
}

const isOnTheRoad = ({ role, active }: Person): boolean => role === "rep" && active;

function dayOf(id: string, name: string, visits: Visit[], orders: Order[], devices: Device[]): Day {
  const inState = (state: string): Visit[] => visits.filter((visit) => visit.state === state);
  const [planned, running] = [inState("planned"), inState("checked_in")];
  const calledOff = planned.filter(isCalledOff);
  const begun = visits.filter((visit) => visit.state !== "planned");
  const times = begun.map((visit) => visit.at).toSorted((a, b) => a.localeCompare(b));
  const seen = devices.flatMap((device) => device.last_seen_at ?? []).toSorted((a, b) => a.localeCompare(b));
  const totals = new Map<string, number>();
  for (const order of orders) {
    const currency = order.currency ?? "";
    totals.set(currency, (totals.get(currency) ?? 0) + order.total_minor);
  }
  return {
    id,
    name,
    visits: begun.length - running.length,
    running: running.length,
    planned: planned.length - calledOff.length,
    calledOff: calledOff.length,
    first: times[0] ?? null,
    last: times.at(-1) ?? null,
    orders: orders.length,
    totals: [...totals],
    unsent: devices.reduce((sum, device) => sum + device.unsent, 0),
    seen: seen.at(-1) ?? null,
  };
}
