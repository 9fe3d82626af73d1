import { expect, test } from "vitest";

import { Backoff } from "./backoff.ts";

test("waits double up to a minute and start over", () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 8 }, () => backoff.next(1, null) / 1000);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  backoff.reset();
  expect(backoff.next(1, null)).toBe(1000);
});

test("chance spreads, and the server's wish comes on top", () => {
  const backoff = new Backoff();
  expect(backoff.next(0, null)).toBe(0);
  expect(backoff.next(0, 5000)).toBe(5000);
  expect(backoff.next(0.5, null)).toBe(2000);
});
