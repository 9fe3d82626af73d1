import { expect, it } from "vitest";

import type { Schema } from "$api/client";

import { batchesOf } from "./late";

const row = (position: number, move: string | null): Schema["LateRow"] =>
  ({ entry: { position }, reassignment: move === null ? null : { id: move } }) as never;

it("late work stands by what made it late, the newest first", () => {
  const batches = batchesOf([row(9, "b"), row(8, null), row(7, "a"), row(6, "b")]);
  expect(batches.map(({ by, rows }) => [by?.id ?? null, rows.length])).toEqual([
    ["b", 2],
    [null, 1],
    ["a", 1],
  ]);
});
