/** People, territories and devices by their ids, departments by their codes: screens show names, and choose from them. Read once, and
 * again after an edit. */
import { read, type Schema } from "$api/client";

import { desk } from "./desk.svelte.ts";
import { type Page, Load } from "./load.svelte.ts";

export type Person = Schema["Person"];
export type Device = Schema["FleetRow"];
export type Department = Schema["Department"];
export type Territory = Schema["Territory"];

/** Most items of one page. */
const LIMIT = 500;

async function all<T>(get: (after: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await get(after);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

const query = (after: string | undefined): { limit: number; after?: string } =>
  after === undefined ? { limit: LIMIT } : { limit: LIMIT, after };

class Directory {
  readonly people = new Load<readonly Person[]>(() =>
    all((after) => read(desk.api.GET("/v1/people", { params: { query: query(after) } }))),
  );
  readonly territories = new Load<readonly Territory[]>(() =>
    all((after) => read(desk.api.GET("/v1/territories", { params: { query: { ...query(after), archived: true } } }))),
  );
  readonly devices = new Load<readonly Device[]>(() =>
    all((after) => read(desk.api.GET("/v1/devices", { params: { query: query(after) } }))),
  );
  readonly #fleet = $derived(new Map((this.devices.value ?? []).map((one) => [one.id, one])));
  readonly departments = new Load<readonly Department[]>(() =>
    all((after) => read(desk.api.GET("/v1/departments", { params: { query: query(after) } }))),
  );
  readonly #names = $derived(new Map((this.people.value ?? []).map((person) => [person.id, person.name])));
  readonly #places = $derived(new Map((this.territories.value ?? []).map((place) => [place.id, place])));

  /** Reads people, territories and departments, unless they are known. */
  need(): void {
    if (this.people.value === null && !this.people.busy) void this.people.run();
    if (this.territories.value === null && !this.territories.busy) void this.territories.run();
    if (this.departments.value === null && !this.departments.busy) void this.departments.run();
  }

  /** Reads the departments alone, unless they are known. */
  needDepartments(): void {
    if (this.departments.value === null && !this.departments.busy) void this.departments.run();
  }

  /** A department by its id, or by the code with which processes name it; null if it is not known. */
  department(named: string): string | null {
    return this.departments.value?.find(({ id, code }) => id === named || code === named)?.name ?? null;
  }

  person(id: string | null | undefined): string | null {
    return id === null || id === undefined ? null : (this.#names.get(id) ?? null);
  }

  territory(id: string | null | undefined): Territory | null {
    return id === null || id === undefined ? null : (this.#places.get(id) ?? null);
  }

  /** A territory as people call it: name and code. */
  place(id: string | null | undefined): string | null {
    const territory = this.territory(id);
    return territory === null ? null : `${territory.name} (${territory.code})`;
  }

  /** Reads devices, unless they are known. */
  needDevices(): void {
    if (this.devices.value === null && !this.devices.busy) void this.devices.run();
  }

  /** A device with whose it is: its own name is the same on many. */
  device(id: string | null | undefined): string | null {
    const device = id === null || id === undefined ? undefined : this.#fleet.get(id);
    return device === undefined ? null : `${device.person_name}, ${device.name}`;
  }

  forget(): void {
    this.devices.value = null;
    this.people.value = null;
    this.territories.value = null;
    this.departments.value = null;
  }
}

export const directory = new Directory();
