import { expect, it } from "vitest";

import { tierOf } from "./tier.ts";

const NOON = Date.parse("2026-11-28T12:00:00Z");

it("a tier says its name and its discount", () => {
  expect(tierOf("gold", { name: "Gold", discount_bp: 500 }, NOON)).toEqual({
    name: "Gold",
    discountBp: 500,
    isValid: true,
  });
});

it("the first and the last day are days on which it holds", () => {
  const of = (from: string, until: string): boolean =>
    tierOf("gold", { discount_bp: 500, valid_from: from, valid_until: until }, NOON).isValid;
  expect(of("2026-11-28", "2026-11-28")).toBe(true);
  expect(of("2026-11-29", "2026-12-31")).toBe(false);
  expect(of("2026-01-01", "2026-11-27")).toBe(false);
});

it("one that is not published has no discount to speak of", () => {
  expect(tierOf("gold", null, NOON)).toEqual({ name: "gold", discountBp: null, isValid: false });
});
