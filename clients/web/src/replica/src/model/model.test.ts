// The rules and the arithmetic that model.json states, with its own examples where it has some.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { MODEL } from "./model.ts";
import { lineTotalMinor, orderTotals } from "./money.ts";
import { quoteNumber } from "./quote.ts";
import { rebase } from "./rebase.ts";
import { checkFounding } from "./rule.ts";
import { wordsOf } from "./shown.ts";
import { merge, spliceBetween } from "./text.ts";
import type { Fields } from "./value.ts";

interface Example {
  readonly quantity: number;
  readonly unit_price_minor: number;
  readonly discount_bp: number;
  readonly line_total_minor: number;
}

test("lines cost what the examples of model.json say", () => {
  const file = resolve(import.meta.dirname, "../../../../../../protocol/model.json");
  const { money } = JSON.parse(readFileSync(file, "utf8")) as { money: { examples: Example[] } };
  expect(money.examples.length).toBeGreaterThan(3);
  for (const example of money.examples) {
    const total = lineTotalMinor(example.quantity, example.unit_price_minor, example.discount_bp);
    expect(total).toBe(example.line_total_minor);
  }
});

test("a priced line comes to its price until one of its numbers differs", () => {
  const line = { quantity: 2, unit_price_minor: 250, priced_net_minor: 444, priced_as: "2x250-0/0/0" };
  expect(orderTotals({ lines: { a: line }, freight_minor: 10 }).total_minor).toBe(454);
  expect(orderTotals({ lines: { a: { ...line, quantity: 1 } } }).total_minor).toBe(250);
  expect(orderTotals({ lines: { a: line }, header_discount_bp: 100 }).total_minor).toBe(500);
});

test("a difference is one replacement of whole characters", () => {
  expect(spliceBetween("same", "same")).toBeNull();
  expect(spliceBetween("a 😀 c", "a 😁 c")).toEqual({ at: 2, remove: 1, insert: "😁" });
  expect(spliceBetween("aaa", "aa")).toEqual({ at: 2, remove: 1, insert: "" });
  expect(spliceBetween("", "new")).toEqual({ at: 0, remove: 0, insert: "new" });
});

test("texts of two people are merged in whole words, or not at all", () => {
  expect(merge("one two three", "one 2 three", "one two 3")).toBe("one 2 3");
  expect(merge("one two", "one two mine", "one two theirs")).toBe("one two theirs mine");
  expect(merge("one two three", "one mine three", "one theirs three")).toBeNull();
  expect(merge("one two", "one 2", "one 2")).toBe("one 2");
});

const contact = MODEL.kinds.find(({ name }) => name === "contact");

test("carried work is put where nobody else wrote, and listed where somebody did", () => {
  if (contact === undefined) throw new Error("there is no kind contact");
  const base: Fields = { name: "Jo", phone: "1", title: "Buyer", notes: "Rings twice." };
  const held: Fields = { ...base, phone: "2", title: "Owner", notes: "Rings twice. Likes tea." };
  const accepted: Fields = { ...base, title: "Chef", notes: "Rings once." };
  const { steps, conflicts } = rebase(contact, base, held, accepted);
  expect(steps).toEqual([
    { put: { path: ["phone"], value: "2" } },
    { put: { path: ["notes"], value: "Rings once. Likes tea." } },
  ]);
  expect(conflicts).toEqual([{ path: ["title"], held: "Owner", accepted: "Chef" }]);
});

test("words are found whatever their case and accents", () => {
  expect(wordsOf("Bäckerei O'Neil-Nord, Straße 12a")).toEqual(["backerei", "o", "neil", "nord", "straße", "12a"]);
});

test("a quote has the number that the examples of protocol/vectors say", () => {
  const file = resolve(import.meta.dirname, "../../../../../../protocol/vectors/quotes/numbers.json");
  const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: { id: string; number: string }[] };
  expect(vectors.length).toBeGreaterThan(5);
  for (const { id, number } of vectors) expect(quoteNumber(id)).toBe(number);
});

test("what an account pays and may owe is the office's from the first day", () => {
  const account = MODEL.kinds.find(({ name }) => name === "account");
  if (account === undefined) throw new Error("there is a kind account");
  const found = (role: string, fields: Fields) => () => {
    checkFounding(account, role, fields);
  };
  for (const name of ["segment", "price_list", "loyalty_tier", "payment_terms", "credit_limit_minor"]) {
    expect(found("rep", { name: "Deli", [name]: "A" }), name).toThrow("ask the office");
    expect(found("office", { name: "Deli", [name]: "A" }), name).not.toThrow();
  }
  expect(found("rep", { name: "Deli", currency: "EUR", segment: null })).not.toThrow();
});
