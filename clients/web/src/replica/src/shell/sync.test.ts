import { expect, test } from "vitest";

import { waitMs } from "./sync.ts";

test("what was captured waits to be taken back, and never for a clock that was set back", () => {
  expect(waitMs(1000, 1000, 4000)).toBe(4000);
  expect(waitMs(1000, 4000, 4000)).toBe(1000);
  expect(waitMs(1000, 5000, 4000)).toBe(0);
  expect(waitMs(1000, 9000, 4000)).toBe(0);
  expect(waitMs(1_795_000_000_000, 1_000_000_000_000, 4000)).toBe(0);
});
