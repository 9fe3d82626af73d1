import { describe, expect, it } from "vitest";

import {
  again,
  editsOfOrder,
  fieldsOfOrder,
  formOfOrder,
  newLine,
  productOf,
  total,
  type OrderLine,
  type Product,
} from "./order.ts";

const CHAI: Product = {
  sku: "NW-1",
  name: "Chai",
  unit: "10 boxes",
  priceMinor: 1800,
  currency: "USD",
  stock: 39,
  discontinued: false,
};

function withoutItem(line: OrderLine): Omit<OrderLine, "item"> {
  const fields: Partial<OrderLine> = { ...line };
  delete fields.item;
  return fields as Omit<OrderLine, "item">;
}

const reference = (value: unknown): Parameters<typeof productOf>[0] => ({
  set: "products",
  key: "NW-1",
  value: value as never,
});

describe("an order's form", () => {
  const form = { currency: "USD", lines: [newLine(CHAI, 3)], reference: " PO 7 ", delivery_date: "", notes: "" };
  const fields = fieldsOfOrder(form, "draft", "person", "2026-11-27");

  it("becomes a record that reads back as the same form", () => {
    expect(formOfOrder(fields)).toEqual({ ...form, reference: "PO 7" });
    expect(fields).not.toHaveProperty("notes");
  });

  it("writes nothing if nothing changed", () => {
    expect(editsOfOrder(fields, formOfOrder(fields), "draft")).toEqual([]);
  });

  it("writes lines that came, went or differ", () => {
    const [line] = form.lines;
    if (line === undefined) throw new Error("the form has a line");
    const added = newLine({ ...CHAI, sku: "NW-2" }, 1);
    const changed = { ...formOfOrder(fields), lines: [{ ...line, quantity: 5 }, added] };
    expect(editsOfOrder(fields, changed, "quote")).toEqual([
      { set: { path: ["lines", line.item, "quantity"], value: 5 } },
      { addItem: { path: ["lines"], item: added.item, fields: { position: 1, ...withoutItem(added) } } },
      { set: { path: ["state"], value: "quote" } },
    ]);
    expect(editsOfOrder(fields, { ...formOfOrder(fields), lines: [] }, "draft")).toEqual([
      { removeItem: { path: ["lines", line.item] } },
    ]);
  });

  it("comes to the sum of its rounded lines", () => {
    const line = { ...newLine(CHAI, 3), unit_price_minor: 999, discount_bp: 1250 };
    expect(total([line])).toBe(2622);
    expect(total([line, line], 50)).toBe(5294);
  });

  it("is taken again at today's price, with lines of its own", () => {
    const [line] = again(form.lines, new Map([["NW-1", { ...CHAI, priceMinor: 1900 }]]));
    expect(line?.unit_price_minor).toBe(1900);
    expect(line?.item).not.toBe(form.lines[0]?.item);
  });
});

describe("a product", () => {
  it("is read from what the office publishes", () => {
    expect(productOf(reference({ name: "Chai", unit_price_minor: 1800, currency: "USD" }))).toMatchObject({
      sku: "NW-1",
      stock: null,
      discontinued: false,
    });
  });

  it.each([null, "text", [], {}, { name: "Chai", unit_price_minor: "18", currency: "USD" }])(
    "that can't be sold is none: %o",
    (value) => {
      expect(productOf(reference(value))).toBeNull();
    },
  );
});
