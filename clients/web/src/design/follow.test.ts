import { describe, expect, it } from "vitest";

import { follow } from "./follow.ts";

const line = (item: string, quantity: number, discount_bp = 0) => ({ item, quantity, discount_bp });

describe("a form over a record that others write in", () => {
  it("takes up what others wrote where nothing was typed, and keeps what was typed", () => {
    const base = { name: "Alfreds", city: "Berlin" };
    const followed = follow(base, { name: "Alfreds & Co", city: "Berlin" }, { name: "Alfreds", city: "Bonn" });
    expect(followed.form).toEqual({ name: "Alfreds & Co", city: "Bonn" });
    expect(followed.base).toEqual({ name: "Alfreds", city: "Bonn" });
    expect(followed.contested).toEqual([]);
  });

  it("says what both changed, once, and goes by what the person had seen", () => {
    const first = follow({ city: "Berlin" }, { city: "Bern" }, { city: "Bonn" });
    expect(first).toEqual({ base: { city: "Berlin" }, form: { city: "Bern" }, contested: [["city"]] });
    expect(follow({ city: "Berlin" }, { city: "Bonn" }, { city: "Bonn" }).contested).toEqual([]);
  });

  it("follows an order's lines one by one, down to the field", () => {
    const base = { lines: [line("a", 1), line("b", 2), line("c", 3)] };
    const form = { lines: [line("a", 5), line("b", 2), line("new", 1)] };
    const now = { lines: [line("a", 1, 500), line("c", 4), line("theirs", 9)] };
    const followed = follow(base, form, now);
    // `b` was untouched and is gone; `c` was taken away here and stays away.
    expect(followed.form).toEqual({ lines: [line("a", 5, 500), line("new", 1), line("theirs", 9)] });
    expect(followed.contested).toEqual([]);
    expect(follow(followed.base, followed.form, now).form).toEqual(followed.form);
  });

  it("keeps a line that others took away and the person had changed", () => {
    const followed = follow({ lines: [line("a", 1)] }, { lines: [line("a", 2)] }, { lines: [] });
    expect(followed).toEqual({ base: { lines: [] }, form: { lines: [line("a", 2)] }, contested: [] });
  });

  it("calls a line contested at the number that both changed", () => {
    const followed = follow({ lines: [line("a", 1)] }, { lines: [line("a", 2)] }, { lines: [line("a", 3)] });
    expect(followed.contested).toEqual([["lines", "a", "quantity"]]);
  });
});
