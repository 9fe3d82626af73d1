import { describe, expect, it } from "vitest";

import { changedItems, collectionsOf, itemsOf, newItem } from "./collections.ts";

const GIVEN = {
  id: "01900000-0000-7000-8000-0000000000a1",
  channel: "email",
  purpose: "marketing",
  decision: "given",
  at: "2026-01-02T10:00:00.000Z",
  source: "form",
  proof: "Folder 7",
};

describe("collections", () => {
  const [channels, consents] = collectionsOf("contact");
  if (channels === undefined || consents === undefined) throw new Error("a contact has channels and consents");

  it("are those of the model, and consents only grow", () => {
    expect(collectionsOf("account").map(({ rule }) => rule.name)).toEqual(["relations"]);
    expect([channels.grows, consents.grows]).toEqual([false, true]);
    expect(collectionsOf("order")).toEqual([]);
    expect(["visit", "case"].flatMap(collectionsOf).map(({ rule }) => rule.name)).toEqual(["attendees", "lines"]);
  });

  it("write nothing of what nobody touched", () => {
    const before = itemsOf(consents, { consents: [GIVEN] });
    expect(before).toHaveLength(1);
    expect(changedItems(consents, before, before)).toEqual({});
  });

  it("write what was added, changed and taken out", () => {
    const before = itemsOf(channels, {
      channels: [
        { id: "a", position: 1, channel: "email", address: "a@b.example", label: null, is_preferred: false },
        { id: "b", position: 2, channel: "phone", address: "1", label: null, is_preferred: null },
      ],
    });
    const [first] = before;
    if (first === undefined) throw new Error("there is one");
    const changed = { ...first, typed: { ...first.typed, label: "work", is_preferred: "true" } };
    const added = newItem({ channel: "sms", address: "2" });
    expect(changedItems(channels, before, [changed, added])).toEqual({
      a: { label: "work", is_preferred: true },
      b: null,
      [added.id]: { channel: "sms", address: "2", is_preferred: false },
    });
  });

  it("hold what names other records, and whole numbers", () => {
    const [lines] = collectionsOf("case");
    if (lines === undefined) throw new Error("a case has lines");
    const typed = { order_id: GIVEN.id, line_id: "b1", sku: "011", quantity: "2", reason: "Broken" };
    const added = newItem(typed);
    expect(changedItems(lines, [], [added])).toEqual({ [added.id]: { ...typed, quantity: 2 } });
    expect(changedItems(lines, [], [newItem({ ...typed, quantity: "two" })])).toBeNull();
  });

  it("are not written while something that is needed is missing", () => {
    expect(changedItems(consents, [], [newItem({ channel: "email" })])).toBeNull();
  });
});
