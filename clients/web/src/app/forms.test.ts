import { describe, expect, it } from "vitest";

import { en } from "$texts/app/en.ts";

import { adding } from "./items.ts";
import { editsOf, fieldsOf, formOf, itemsIn, mistakes, tooLong, withItem } from "./forms.ts";

describe("a form over a record", () => {
  it("leaves out of a new record what was left empty, and trims what was not", () => {
    expect(fieldsOf("account", { name: " Alfreds ", phone: "  ", visit_every_days: "14" })).toEqual({
      name: "Alfreds",
      visit_every_days: 14,
    });
  });

  it("writes only what changed, clears by null and edits a text as text", () => {
    const before = { name: "Alfreds", phone: "1", description: "old" };
    expect(editsOf("account", before, { name: "Alfreds", phone: "", description: "new\n" })).toEqual([
      { set: { path: ["phone"], value: null } },
      { text: { path: ["description"], value: "new\n" } },
    ]);
  });

  it("shows what is a number or missing as text", () => {
    expect(formOf(["name", "visit_every_days"], { visit_every_days: 7 })).toEqual({ name: "", visit_every_days: "7" });
  });

  it("takes a share in per cent and an amount in its currency, and says both as they are typed", () => {
    const [names, before] = [
      ["amount_minor", "currency", "probability_bp"],
      { amount_minor: 480_000, currency: "EUR", probability_bp: 2_500 },
    ] as const;
    const form = formOf(names, before);
    expect(form).toEqual({ amount_minor: "4800.00", currency: "EUR", probability_bp: "25.00" });
    expect(editsOf("opportunity", before, form)).toEqual([]);
    expect(editsOf("opportunity", before, { ...form, probability_bp: "12,5" })).toEqual([
      { set: { path: ["probability_bp"], value: 1_250 } },
    ]);
    expect(fieldsOf("opportunity", { probability_bp: "60" })).toEqual({ probability_bp: 6_000 });
    expect(mistakes(en, "opportunity", { probability_bp: "101" })).toEqual({
      probability_bp: en.common.badDecimal("0.00", "100.00", 2),
    });
  });

  it("leaves a position that was pointed at as it is", () => {
    const before = { latitude_microdeg: -33_868_800 };
    const form = formOf(["latitude_microdeg"], before);
    expect(editsOf("account", before, form)).toEqual([]);
    expect(fieldsOf("account", form)).toEqual(before);
  });

  it("names what the model would refuse, before it is saved", () => {
    const found = mistakes(en, "account", {
      name: " ",
      phone: "1".repeat(61),
      visit_every_days: "0",
      currency: "euro",
      city: "Berlin",
    });
    expect(Object.keys(found)).toEqual(["name", "phone", "visit_every_days", "currency"]);
    expect(found["phone"]).toBe(en.common.tooLong(60));
  });
});

it("a new record's collection is written with it, and what adds nothing changes nothing", () => {
  const typed = { order_id: "o1", line_id: "l1", sku: "011", quantity: "2", reason: " Mouldy " };
  const edit = adding("case", "lines", typed, "i1", 0);
  if (edit === null) throw new Error("an item is complete");
  const form = withItem({ subject: "Cheese", case_type: "complaint", lines: "" }, edit);
  const lines = { i1: { ...typed, quantity: 2, reason: "Mouldy" } };
  expect(itemsIn(form["lines"])).toEqual(lines);
  expect(mistakes(en, "case", form)).toEqual({});
  expect(fieldsOf("case", form)).toEqual({ subject: "Cheese", case_type: "complaint", lines });
  expect(withItem(form, { set: { path: ["subject"], value: "Bread" } })).toBe(form);
  expect(fieldsOf("case", { ...form, lines: "" })).toEqual({ subject: "Cheese", case_type: "complaint" });
});

it("a text that is too long is told, not cut, and counted in letters", () => {
  expect(tooLong(en, "x".repeat(60), 60)).toBeUndefined();
  expect(tooLong(en, "😀".repeat(60), 60)).toBeUndefined();
  expect(tooLong(en, "x".repeat(61), 60)).toBe(en.common.tooLong(60));
});
