import { expect, it } from "vitest";

import { de } from "$texts/app/de.ts";
import { en } from "$texts/app/en.ts";
import { Formats } from "$texts/format.ts";

import { fieldRule, KIND_NAMES, rulesOf, wordsOf } from "./model.ts";
import { fieldLabel, soughtOf, telling, titleOf } from "./words.ts";

it("finds by a number as the screen says it, and leaves alone what is a name", () => {
  expect(soughtOf(en, "Order 1001")).toBe("1001");
  expect(soughtOf(de, " angebot  Q261128-4F3A")).toBe("Q261128-4F3A");
  for (const name of ["Order of Malta", "Order", "1001", "Orders 12"]) expect(soughtOf(en, name)).toBe(name);
});

it("calls an order by its number, and by what else it has besides", () => {
  const order = { kind: "order", record: "019ec2a4-7b1e-7c3d-9a00-5f1e4f3a9c1b" };
  expect(titleOf(en, { ...order, title: "Order", state: "accepted", number: "1001" })).toBe("Order 1001");
  expect(titleOf(en, { ...order, title: "1001", state: "accepted", number: "1001" })).toBe("Order 1001");
  expect(titleOf(en, { ...order, title: "PO-7", state: "accepted", number: "1001" })).toBe("Order 1001, PO-7");
  expect(titleOf(en, { ...order, title: "PO-7", state: "draft", number: null })).toBe("Order PO-7");
  expect(titleOf(en, { ...order, title: "Order", state: "quote", number: null })).toBe("Quote Q260613-4F3A9C1B");
});

const fields = KIND_NAMES.flatMap((kind) => rulesOf(kind).map((field) => [kind, field.name] as const));

it.each([
  ["English", en],
  ["German", de],
])("every field has a label in %s, and every word of one is told", (_, texts) => {
  const bare = fields.filter(([kind, field]) => fieldLabel(texts, kind, [field]) === field.replaceAll("_", " "));
  expect(bare).toEqual([]);
  const raw = fields.flatMap(([kind, field]) => {
    const by = telling(texts, new Formats("en-GB"), 0, kind);
    return wordsOf(fieldRule(kind, field))
      .filter((word) => by.word(field, word) === null)
      .map((word) => `${kind}.${field}.${word}`);
  });
  expect(raw).toEqual([]);
});
