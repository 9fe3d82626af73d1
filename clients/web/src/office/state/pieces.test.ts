import { expect, it } from "vitest";

import type { Schema } from "$api/client";

import { type Field, piecesOf } from "./pieces.ts";

type Item = Schema["HeldItem"];
type Content = Schema["HeldContent"];

const field = (name: string, before: unknown, held: unknown, conflict = false): Field => ({
  path: name.split("."),
  before,
  held,
  now: null,
  conflict,
});

function item(position: number, record: string, content: Partial<Content>, more: Partial<Item> = {}): Item {
  const kind = record.split(" ")[0] ?? null;
  return {
    position,
    state: "held",
    person_id: "nancy",
    person_name: "Nancy",
    device_id: "phone",
    device_name: "Phone",
    store_generation: 1,
    number: position,
    captured_at: "2026-06-01T10:00:00Z",
    received_at: "2026-06-03T10:00:00Z",
    account_id: "ernst",
    record_id: record,
    code: "late_review",
    rule: "L5",
    path: [],
    text: "",
    content: { action: "create", kind, fields: [], ...content },
    ...more,
  };
}

it("puts together what somebody captured at one customer on one day", () => {
  const pieces = piecesOf([
    item(1, "visit 1", {}),
    item(2, "visit 2", {}, { account_id: "wilman" }),
    item(3, "visit 1", { action: "edit" }),
    item(4, "order 1", {}),
    item(5, "visit 3", {}, { captured_at: "2026-06-02T10:00:00Z" }),
    item(6, "visit 4", {}, { device_id: "tablet" }),
    item(7, "visit 5", {}, { account_id: null }),
  ]);
  expect(pieces.map(({ items }) => items.map(({ position }) => position))).toEqual([[1, 3, 4], [2], [5], [6], [7]]);
  expect(pieces[0]?.things.map(({ kind, items }) => [kind, items.length])).toEqual([
    ["visit", 2],
    ["order", 1],
  ]);
});

it("tells each field of a record once, from what stood to what was written last", () => {
  const [piece] = piecesOf([
    item(1, "order 1", { fields: [field("notes", null, "One"), field("lines.a", null, { sku: "001", quantity: 1 })] }),
    item(2, "order 1", {
      action: "edit",
      fields: [field("notes", "One", "Two", true), field("lines.a.quantity", 1, 2), field("reference", null, "PO 1")],
    }),
    item(3, "order 1", { action: "submit", kind: null }),
  ]);
  const [thing] = piece?.things ?? [];
  expect(thing).toMatchObject({ kind: "order", action: "create", asks: ["submit"] });
  expect(thing?.fields).toEqual([
    field("notes", null, "Two"),
    field("lines.a", null, { sku: "001", quantity: 2 }),
    field("reference", null, "PO 1"),
  ]);
});
