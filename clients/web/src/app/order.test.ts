import type { PricedLine } from "@roadbook/replica";
import { describe, expect, it } from "vitest";

import {
  again,
  editsOfOrder,
  fieldsOfOrder,
  formOfOrder,
  hasMistakes,
  keepTyped,
  isOver,
  newLine,
  productOf,
  type OrderForm,
  type Product,
  takeOut,
  typedAt,
} from "./order.ts";
import type { FormPrice } from "./price.ts";

const CHAI: Product = {
  sku: "NW-1",
  name: "Chai",
  unit: "10 boxes",
  priceMinor: 1800,
  currency: "USD",
  stock: 39,
  stockAsOf: "2026-11-20",
  discontinued: false,
};

/** What the engine says of a form in which a unit costs what its line says, less 10%. */
function priceOf({ lines }: OrderForm): FormPrice {
  const priced = lines.map((line): PricedLine => {
    const net_minor = Math.round(line.quantity * line.unit_price_minor * 0.9);
    const { item: key, sku, quantity } = line;
    const list_unit_minor = line.own_price ? null : line.unit_price_minor;
    return {
      key,
      sku,
      quantity,
      list_unit_minor,
      ruled_minor: null,
      net_minor,
      tax_minor: 0,
      gross_minor: 0,
      tax: null,
      steps: [],
    };
  });
  const sums = { lines_net_minor: 0, freight_minor: 0, net_minor: 0, tax_minor: 77, gross_minor: 0 };
  const asked = lines.map(({ item: key, sku, quantity, own_price, unit_price_minor }) => {
    return { key, sku, quantity, own_price_minor: own_price ? unit_price_minor : null };
  });
  return {
    order: { currency: "USD", date: "2026-11-27", lines: asked },
    priced: { ...sums, lines: priced, taxes: [], problems: [], examined: 0 },
  };
}

const reference = (value: unknown): Parameters<typeof productOf>[0] => ({
  set: "products",
  key: "NW-1",
  value: value as never,
});

describe("an order's form", () => {
  const form: OrderForm = {
    currency: "USD",
    order_date: "",
    lines: [newLine(CHAI, 3)],
    header_discount_bp: 0,
    goodwill_minor: 0,
    freight_minor: 0,
    ship_country: "",
    ship_region: "",
    reference: " PO 7 ",
    delivery_date: "",
    valid_until: "",
    notes: "",
    typed: {},
  };
  const fields = fieldsOfOrder(form, priceOf(form), "draft", "person", "2026-11-27");
  const edits = (changed: OrderForm, state: "draft" | "quote"): ReturnType<typeof editsOfOrder> =>
    editsOfOrder(fields, changed, priceOf(changed), state);

  it("becomes a record that reads back as the same form", () => {
    expect(formOfOrder(fields)).toEqual({ ...form, order_date: "2026-11-27", reference: "PO 7" });
    expect(fields).not.toHaveProperty("notes");
  });

  it("writes nothing if nothing changed", () => {
    expect(edits(formOfOrder(fields), "draft")).toEqual([]);
  });

  it("writes lines that came, went or differ", () => {
    const [line] = form.lines;
    if (line === undefined) throw new Error("the form has a line");
    const added = newLine({ ...CHAI, sku: "NW-2" }, 1);
    const changed = { ...formOfOrder(fields), lines: [{ ...line, quantity: 5 }, added] };
    expect(edits(changed, "quote")).toEqual([
      { set: { path: ["lines", line.item, "quantity"], value: 5 } },
      { set: { path: ["lines", line.item, "priced_net_minor"], value: 8100 } },
      { set: { path: ["lines", line.item, "priced_as"], value: "5x1800-0/0/0" } },
      {
        addItem: {
          path: ["lines"],
          item: added.item,
          fields: {
            position: 1,
            sku: "NW-2",
            description: "Chai",
            unit: "10 boxes",
            quantity: 1,
            discount_bp: 0,
            unit_price_minor: 1800,
            own_price: false,
            priced_net_minor: 1620,
            priced_as: "1x1800-0/0/0",
          },
        },
      },
      { set: { path: ["state"], value: "quote" } },
    ]);
    expect(edits({ ...formOfOrder(fields), lines: [] }, "draft")).toEqual([
      { removeItem: { path: ["lines", line.item] } },
    ]);
  });

  it("keeps with the order what it was priced at, with tax and what the person took off", () => {
    const [line] = form.lines;
    expect(fields).toMatchObject({
      priced_tax_minor: 77,
      lines: { [line?.item ?? ""]: { unit_price_minor: 1800, priced_net_minor: 4860, priced_as: "3x1800-0/0/0" } },
    });
    expect(edits({ ...formOfOrder(fields), header_discount_bp: 500, goodwill_minor: 10 }, "draft")).toEqual([
      { set: { path: ["lines", line?.item ?? "", "priced_as"], value: "3x1800-0/500/10" } },
      { set: { path: ["header_discount_bp"], value: 500 } },
      { set: { path: ["goodwill_minor"], value: 10 } },
    ]);
  });

  it("is taken again at today's price, with lines of its own", () => {
    const today = new Map([["NW-1", { ...CHAI, priceMinor: 1900 }]]);
    const own = form.lines.map((line) => ({ ...line, own_price: true }));
    const [line] = again(own, today);
    expect(line).toMatchObject({ unit_price_minor: 1900, own_price: false });
    expect(line?.item).not.toBe(form.lines[0]?.item);
  });
});

describe("a product", () => {
  it("is read from what the office publishes", () => {
    expect(productOf(reference({ name: "Chai", unit_price_minor: 1800, currency: "USD" }))).toMatchObject({
      sku: "NW-1",
      own: { priceMinor: 1800, currency: "USD" },
      stock: null,
      discontinued: false,
    });
  });

  it("may leave its price to the lists", () => {
    expect(productOf(reference({ name: "Chai", category: "Beverages" }))).toMatchObject({ name: "Chai", own: null });
  });

  it.each([null, "text", [], {}, { name: "Chai", unit_price_minor: "18", currency: "USD" }])(
    "that can't be sold is none: %o",
    (value) => {
      expect(productOf(reference(value))).toBeNull();
    },
  );
});

describe("a quote", () => {
  const quote = { fields: { state: "quote", valid_until: "2026-11-27" }, decision: null };
  const at = (time: string): boolean => isOver(quote, Date.parse(time));

  it("is over when its day is over everywhere, which is when the server calls it over", () => {
    expect([at("2026-11-28T08:10:00Z"), at("2026-11-28T11:59:59Z"), at("2026-11-28T12:00:00Z")]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("what is no number", () => {
  const line = { item: "l1", sku: "1", description: "", unit: "", quantity: 2, unit_price_minor: 100 };
  const form = (): OrderForm => ({
    ...formOfOrder({}),
    lines: [{ ...line, own_price: false, discount_bp: 0 }],
  });

  it("stands as it was typed until it is put right, and keeps the order from being saved", () => {
    const one = form();
    keepTyped(one, typedAt.quantity("l1"), "1.000");
    expect([hasMistakes(one), one.typed[typedAt.quantity("l1")], one.lines[0]?.quantity]).toEqual([true, "1.000", 2]);
    keepTyped(one, typedAt.quantity("l1"), null);
    expect([hasMistakes(one), one.typed]).toEqual([false, {}]);
  });

  it("goes with its line, and what is wrong elsewhere stays", () => {
    const one = form();
    keepTyped(one, typedAt.quantity("l1"), "1,5");
    keepTyped(one, typedAt.discount("l1"), "12,5,3");
    keepTyped(one, typedAt.goodwill, "abc");
    takeOut(one, "l1");
    expect([one.lines, one.typed]).toEqual([[], { [typedAt.goodwill]: "abc" }]);
  });
});
