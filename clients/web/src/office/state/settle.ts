/** The fate of held work: one word and one reason for all that is chosen of a piece, said item by item in the right order. */
import { read, type Schema } from "$api/client";
import { asProblem, type Problem } from "$api/problem";

import { desk } from "./desk.svelte.ts";
import { type Thing, waiting } from "./pieces.ts";

type Item = Schema["HeldItem"];
export type Verdict = "release" | "re_author" | "discard";

export interface Said {
  readonly verdict: Verdict;
  readonly text: string;
  /** Whether a field that others changed since is taken all the same. */
  readonly takes: (thing: Thing, path: readonly string[]) => boolean;
}

export interface Settled {
  /** Fields that stay as they are. */
  readonly kept: readonly (readonly string[])[];
  /** What stays held, each with why. */
  readonly left: readonly { readonly thing: Thing; readonly problem: Problem }[];
}

/** Settles what waits of these. What builds on something that stays held is left with it; if nothing could be done, that is thrown. */
export async function settle(things: readonly Thing[], said: Said): Promise<Settled> {
  const kept: string[][] = [];
  const left = new Map<Thing, Problem>();
  let done = 0;
  const work = things.flatMap((thing) => waiting(thing.items).map((item) => ({ thing, item })));
  work.sort((one, other) => one.item.position - other.item.position);
  // What was written first carries the rest: it comes in first, and is given up last.
  for (const { thing, item } of said.verdict === "discard" ? work.toReversed() : work) {
    if (left.has(thing)) continue;
    try {
      kept.push(...(await settleOne(thing, item, said)).kept);
      done += 1;
    } catch (thrown) {
      left.set(thing, asProblem(thrown));
    }
  }
  const [problem] = left.values();
  if (done === 0 && problem !== undefined) throw problem;
  return { kept, left: [...left].map(([thing, why]) => ({ thing, problem: why })) };
}

async function settleOne(thing: Thing, item: Item, said: Said): Promise<Schema["HeldSettled"]> {
  const params = { path: { position: item.position } };
  const take = said.verdict === "re_author" ? { take: await taken(thing, item, said) } : {};
  const body = { verdict: said.verdict, text: said.text, ...take };
  return await read(desk.api.POST("/v1/held/{position}/fate", { params, body }));
}

/** Read anew: what was taken over a moment ago may have settled what it stood against. */
async function taken(thing: Thing, item: Item, { takes }: Said): Promise<string[][]> {
  if (!item.content.fields.some(({ conflict }) => conflict)) return [];
  const params = { path: { position: item.position } };
  const { content } = await read(desk.api.GET("/v1/held/{position}", { params }));
  return content.fields.filter(({ conflict, path }) => conflict && takes(thing, path)).map(({ path }) => path);
}
