import { expect, it } from "vitest";

import { wholeNumber } from "./whole.ts";

it.each([
  ["12", 12],
  [" 012 ", 12],
  ["0", 0],
  ["1000000", 1_000_000],
])("%o is a number", (text, number) => {
  expect(wholeNumber(text, 0, 1_000_000)).toBe(number);
});

it.each(["1.000", "1,000", "1,5", "1.5", "2000000", "", " ", "-1", "1e3", "0x10", "zwei"])(
  "%o is none: nobody guesses what was meant",
  (text) => {
    expect(wholeNumber(text, 0, 1_000_000)).toBeNull();
  },
);
