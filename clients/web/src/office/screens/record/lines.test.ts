import { expect, it } from "vitest";

import { changedLines, changedTags, newLine, tagsOf, typedLine } from "./lines.ts";
import type { Line } from "./document.ts";

const LINE: Line = { id: "a", sku: "NW-1", description: "Chai", quantity: 3, price: 1800, discount: 500 };
const typed = (): ReturnType<typeof typedLine> => typedLine(LINE, 2);

it("is called as people know its product", () => {
  expect(typed().product).toBe("NW-1, Chai");
  expect(typedLine({ ...LINE, description: "" }, 2).product).toBe("NW-1");
});

it("writes nothing of a line that stands as it was", () => {
  expect(changedLines([LINE], [typed()], 2)).toEqual({});
});

it("writes what changed of a line, a new line whole, and the removal of another", () => {
  const other = { ...LINE, id: "b" };
  const added = { ...newLine(), sku: " NW-2 ", quantity: "2", price: "19.50" };
  expect(changedLines([LINE, other], [{ ...typed(), quantity: "4" }, added], 2)).toEqual({
    a: { quantity: 4 },
    b: null,
    [added.id]: { position: 40, sku: "NW-2", quantity: 2, unit_price_minor: 1950, own_price: true, discount_bp: 0 },
  });
});

it("leaves the price to the lists where none is typed", () => {
  const added = { ...newLine(), sku: "NW-2" };
  expect(changedLines([LINE], [{ ...typed(), price: " " }, added], 2)).toEqual({
    a: { unit_price_minor: 0, own_price: false },
    [added.id]: { position: 30, sku: "NW-2", quantity: 1, unit_price_minor: 0, own_price: false, discount_bp: 0 },
  });
});

it.each([{ price: "x" }, { quantity: "x" }, { sku: " " }, { discount: "1.234" }])("is no line: %j", (wrong) => {
  expect(changedLines([], [{ ...newLine(), sku: "NW-1", price: "1", ...wrong }], 2)).toBeNull();
});

it("adds and removes tags by what was typed, and leaves the others alone", () => {
  const before = tagsOf({
    tags: [
      { id: "2", tag: "organic" },
      { id: "1", tag: "key" },
    ],
  });
  expect(before.map(({ tag }) => tag)).toEqual(["key", "organic"]);
  const items = changedTags(before, " key,  night shop , , key");
  expect(Object.values(items)).toContainEqual({ tag: "night shop" });
  expect([Object.keys(items).length, items["2"]]).toEqual([2, null]);
  expect(changedTags(before, "organic, key")).toEqual({});
});
