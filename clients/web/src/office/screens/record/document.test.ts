import { expect, it } from "vitest";

import { waitsForWord } from "./document.ts";

it("an order waits for a word until it is said", () => {
  const waits = (state: string | null) => waitsForWord({ decision: state === null ? null : { state } } as never);
  expect(["to_approve", "prices_differ"].map(waits)).toEqual([true, true]);
  expect(["submitted", "accepted", "rejected", "cancelled", null].map(waits)).toEqual(Array(5).fill(false));
});
