import { expect, it } from "vitest";

import model from "../../../../protocol/model.json";
import { lineTotalMinor, orderTotalMinor } from "./money.ts";

it.each(model.money.examples)("a line agrees with the model to the cent: %o", (example) => {
  const line = {
    quantity: example.quantity,
    unitPriceMinor: example.unit_price_minor,
    discountBp: example.discount_bp,
  };
  expect(lineTotalMinor(line)).toBe(example.line_total_minor);
});

it("an order is the sum of its rounded lines and its freight", () => {
  const line = { quantity: 1, unitPriceMinor: 5, discountBp: 5000 };
  expect(orderTotalMinor([line, line], 100)).toBe(106);
});
