/** Territories on a map: which accounts lie where, in the marks of their territories, and the areas that rules name. */
import type { Schema } from "$api/client";
import { type Area, type Pin, ringsOf } from "$map/map";

import { href } from "../../state/address.ts";

type Territory = Schema["Territory"];
type Account = Schema["AccountRow"];

/** A territory that has something on the map. */
export interface Shown {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly mark: number;
  readonly accounts: readonly Account[];
}

/** By name; the mark of each is its place among all territories, so that it stays when accounts come and go. */
export function shownOf(
  territories: readonly Territory[],
  accounts: readonly Account[],
  areas: readonly Schema["RuleArea"][],
): Shown[] {
  const own = new Map<string, Account[]>();
  for (const account of accounts) {
    const its = own.get(account.territory_id);
    if (its === undefined) own.set(account.territory_id, [account]);
    else its.push(account);
  }
  const named = new Set(areas.map((area) => area.territory_id));
  return territories
    .toSorted((a, b) => a.code.localeCompare(b.code))
    .map(({ id, name, code }, mark) => ({ id, name, code, mark, accounts: own.get(id) ?? [] }))
    .filter(({ id, accounts: its }) => its.length > 0 || named.has(id))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Pins of what is shown; with one territory chosen the others' stand back. */
export function pinsOf(shown: readonly Shown[], chosen: string): Pin[] {
  return shown.flatMap(({ id, name, mark, accounts }) =>
    accounts.flatMap((account) => {
      const { latitude_microdeg: latitude, longitude_microdeg: longitude } = account;
      if (typeof latitude !== "number" || typeof longitude !== "number") return [];
      const dim = chosen !== "" && id !== chosen;
      const title = `${account.name ?? account.external_id ?? ""}, ${name}`;
      return [{ key: account.id, title, latitude, longitude, href: href(`accounts/${account.id}`), mark, dim }];
    }),
  );
}

export function areasOf(shown: readonly Shown[], areas: readonly Schema["RuleArea"][], chosen: string): Area[] {
  const marks = new Map(shown.map(({ id, mark }) => [id, mark]));
  return areas.map(({ rule_id: key, territory_id: id, area }) => ({
    key,
    rings: ringsOf(area),
    mark: marks.get(id) ?? 0,
    dim: chosen !== "" && id !== chosen,
  }));
}
