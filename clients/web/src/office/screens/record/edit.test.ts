import { describe, expect, it } from "vitest";

import type { Schema } from "$api/client";

import { formOf, goneOn, writtenOf } from "./edit.ts";

type Record = Schema["Record"];
const recordOf = (kind: string, document: object, version = 1): Record =>
  ({ kind, version, document, decision: null }) as never;

const account = (more: object): Record =>
  recordOf("account", { name: "Alfreds", phone: "030", city: "Berlin", tags: [{ id: "t1", tag: "organic" }], ...more });

const line = (id: string, quantity: number) => ({ id, sku: id, quantity, unit_price_minor: 1800, discount_bp: 0 });
const order = (...lines: object[]): Record => recordOf("order", { state: "draft", currency: "EUR", lines });

describe("a record's form once others wrote, too", () => {
  it("keeps what was typed, takes up the rest, and says what is new and where both wrote", () => {
    const seen = account({});
    const form = formOf(seen);
    form.fields["phone"] = "031";
    const now = account({ phone: "032", city: "Bonn" });
    const next = goneOn(seen, form, now);
    expect(next.form.fields).toMatchObject({ phone: "031", city: "Bonn" });
    expect(next.others).toEqual([
      { name: "phone", before: { phone: "030" }, now: { phone: "032" }, isContested: true },
      { name: "city", before: { city: "Berlin" }, now: { city: "Bonn" }, isContested: false },
    ]);
    expect(writtenOf(now, next.form)).toEqual({ phone: "031" });
  });

  it("takes away no tag that somebody added meanwhile", () => {
    const seen = account({});
    const form = formOf(seen);
    form.tags = "organic, late opening";
    const tags = [
      { id: "t1", tag: "organic" },
      { id: "t2", tag: "key account" },
    ];
    const now = account({ tags });
    const next = goneOn(seen, form, now);
    expect(Object.values(writtenOf(now, next.form)?.["tags"] ?? {})).toEqual([{ tag: "late opening" }]);
    expect(next.others).toEqual([
      { name: "tags", before: { tags: "organic" }, now: { tags: "key account, organic" }, isContested: false },
    ]);
  });

  it("goes on with an order's lines: changed here, changed there, added by both, taken out there", () => {
    const seen = order(line("a", 1), line("b", 2), line("c", 3));
    const form = formOf(seen);
    const [a] = form.lines;
    if (a !== undefined) a.quantity = "10";
    form.lines.push({ id: "mine", product: "", sku: "mine", quantity: "5", price: "1.00", discount: "0" });
    const now = order(line("a", 1), line("b", 20), line("theirs", 7));
    const next = goneOn(seen, form, now);
    expect(next.form.lines.map(({ id, quantity }) => [id, quantity])).toEqual([
      ["a", "10"],
      ["b", "20"],
      ["mine", "5"],
      ["theirs", "7"],
    ]);
    expect(writtenOf(now, next.form)).toEqual({
      lines: { a: { quantity: 10 }, mine: expect.objectContaining({ quantity: 5 }) as unknown },
    });
    expect(next.others.map(({ before, now: is }) => [before?.["quantity"], is?.["quantity"]])).toEqual([
      ["2", "20"],
      ["3", undefined],
      [undefined, "7"],
    ]);
  });

  it("writes nothing that nobody typed", () => {
    const seen = account({});
    const now = account({ phone: "032" });
    expect(writtenOf(now, goneOn(seen, formOf(seen), now).form)).toEqual({});
  });
});
