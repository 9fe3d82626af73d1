/** What a reassignment is, in words. */
import type { Schema } from "$api/client";
import { t } from "$texts/office";

import { directory } from "./directory.svelte.ts";

export type Reassignment = Schema["Reassignment"];
/** Where accounts stand beside it anyway, it comes without them. */
type Told = Pick<Reassignment, "kind" | "asked"> & Partial<Pick<Reassignment, "accounts" | "first_accounts">>;
type Account = Reassignment["first_accounts"][number];

interface Asked {
  readonly what?: { readonly territory?: string; readonly person?: string };
  readonly to?: { readonly person?: string; readonly territory?: string };
}

/** The whole of it in one line: "Cover: Ernst Handel and Wilman Kala, from Nancy Davolio to Janet Leverling". */
export function titleOf(move: Told): string {
  const [from, to] = between(move);
  const way = [from === "" ? "" : t.moves.from(from), to === "" ? "" : t.moves.to(to)].filter(Boolean).join(" ");
  return `${t.moves.kinds[move.kind] ?? move.kind}: ${[whatOf(move), way].filter(Boolean).join(", ")}`;
}

/** What changes hands: accounts by their names, a territory, or all that a person holds. */
function whatOf({ asked, accounts = 0, first_accounts: first = [] }: Told): string {
  const { what } = asked as Asked;
  const names = first.map((one) => one.account_name ?? t.record.accounts.nameless).sort((a, b) => a.localeCompare(b));
  if (names.length > 0) return t.moves.named(names, accounts - names.length);
  const holder = directory.person(what?.person);
  return directory.place(what?.territory) ?? (holder === null ? t.moves.something : t.moves.holdings(holder));
}

/** From whom to whom: by the people whose places they are; where both ends are one person's, by the places. */
function between({ asked, first_accounts: first = [] }: Told): [from: string, to: string] {
  const { to } = asked as Asked;
  if (first.length === 0) return ["", directory.person(to?.person) ?? directory.place(to?.territory) ?? ""];
  const whose: [string, string] = [ends(first, fromOwner), ends(first, toOwner)];
  return whose[0] === whose[1] ? [ends(first, fromPlace), ends(first, toPlace)] : whose;
}

const fromPlace = (one: Account): string => directory.place(one.from_territory_id) ?? "";
const toPlace = (one: Account): string => directory.place(one.to_territory_id) ?? "";
const fromOwner = (one: Account): string => one.from_owner_name ?? fromPlace(one);
const toOwner = (one: Account): string => one.to_owner_name ?? toPlace(one);

const ends = (accounts: readonly Account[], end: (one: Account) => string): string =>
  [...new Set(accounts.map(end))].filter((name) => name !== "").join(", ");

/** A place with whose it was. */
export const placed = (place: string | null, owner: string | null | undefined): string | null =>
  place === null || !owner ? place : `${place}, ${owner}`;

/** The tone of a state. */
export function toneOf(state: string): "plain" | "good" | "wait" | "held" | "info" {
  const tones: Readonly<Record<string, "good" | "wait" | "held" | "info">> = {
    planned: "info",
    in_effect: "wait",
    draining: "wait",
    complete: "good",
    abandoned: "held",
    failed: "held",
  };
  return tones[state] ?? "plain";
}
