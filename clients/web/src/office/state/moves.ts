/** What a reassignment is, in words. */
import type { Schema } from "$api/client";
import { t } from "$texts/office";

import { directory } from "./directory.svelte.ts";

export type Reassignment = Schema["Reassignment"];
type Asked = Pick<Reassignment, "kind" | "shape" | "asked">;

interface To {
  readonly person?: string;
  readonly territory?: string;
  readonly territory_of?: string;
}

/** Where it goes, by name. */
export function target(move: Asked): string {
  const { to } = move.asked as { readonly to?: To };
  return directory.person(to?.person ?? to?.territory_of) ?? directory.place(to?.territory) ?? "";
}

/** The whole of it in one line: "Cover: chosen accounts to Anne Dodsworth". */
export function titleOf(move: Asked): string {
  const where = target(move);
  const what = `${t.moves.kinds[move.kind] ?? move.kind}: ${t.moves.shapes[move.shape] ?? move.shape}`;
  return where === "" ? what : `${what} ${t.moves.to(where)}`;
}

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
