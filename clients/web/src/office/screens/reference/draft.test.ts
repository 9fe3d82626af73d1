import { expect, test } from "vitest";

import { t } from "$texts/office";

import { formOf, valueOf } from "./draft.ts";
import { fieldsOf, isAsked, SETS } from "./sets.ts";

test("every set and field has its words and its input", () => {
  const { names, sets, words } = t.reference;
  for (const set of SETS) {
    expect(sets[set], set).toBeDefined();
    expect(fieldsOf(set).length, set).toBeGreaterThan(1);
    for (const field of fieldsOf(set)) {
      expect(names[field.name], field.name).toBeDefined();
      for (const word of field.words) expect(words[word], word).toBeDefined();
    }
  }
});

test.each([
  ["cadence", { every_days: 14, grace_days: 3 }, ""],
  ["goals", { person: "01a1", period: "2026-11", measure: "visits", target: 60 }, ""],
  ["goals", { territory: "01a2", period: "2026", measure: "order_amount", currency: "EUR", target: 5_000_050 }, ""],
  ["tiers", { name: "Gold", discount_bp: 250 }, ""],
  ["price_lists", { name: "North", currency: "EUR", gross: true, priority: 2, segments: ["A", "B"] }, ""],
  ["prices", { unit_price_minor: 1_200, breaks: [{ from: 10, unit_price_minor: 750 }] }, "JPY"],
  ["promotions", { kind: "bundle", items: [{ sku: "A 1", quantity: 2 }], price_minor: 990, currency: "EUR" }, ""],
  ["products", { name: "Chai", unit_price_minor: 1800, currency: "USD", colour: "green" }, ""],
])("what a form shows of %s is what it publishes", (set, value, currency) => {
  expect(valueOf(set, formOf(set, value, currency), value, currency)).toEqual(value);
});

test("an amount has the decimals of its currency, a percentage two", () => {
  expect(formOf("prices", { unit_price_minor: 1200 }, "JPY")["unit_price_minor"]).toBe("1200");
  expect(formOf("prices", { unit_price_minor: 1200 }, "EUR")["unit_price_minor"]).toBe("12.00");
  expect(valueOf("tiers", { name: "Gold", discount_bp: "2,5" }, {}, "")).toEqual({ name: "Gold", discount_bp: 250 });
});

test("what is no number is published as it was typed, so that the server says so at its field", () => {
  expect(valueOf("cadence", { every_days: "often", grace_days: "" }, {}, "")).toEqual({ every_days: "often" });
  expect(valueOf("prices", { breaks: "10" }, {}, "EUR")).toEqual({ breaks: [{ from: 10, unit_price_minor: "" }] });
});

test("a promotion keeps the fields of its kind only", () => {
  const form = { kind: "percent_off", discount_bp: "10", amount_minor: "5", currency: "EUR", name: "Autumn" };
  expect(valueOf("promotions", form, { amount_minor: 500, kind: "amount_off" }, "")).toEqual({
    kind: "percent_off",
    discount_bp: 1000,
    name: "Autumn",
  });
  expect(isAsked("promotions", "buy", { kind: "buy_get" })).toBe(true);
  expect(isAsked("goals", "currency", { measure: "visits" })).toBe(false);
});
