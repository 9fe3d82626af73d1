import { describe, expect, it } from "vitest";

import { Formats } from "./format.ts";
import { isTold, told, type Telling } from "./told.ts";

const ID = "0197a2b4-0000-7000-8000-000000000001";
const by: Telling = {
  formats: new Formats("en-GB"),
  now: Date.UTC(2026, 10, 28, 12),
  empty: "(empty)",
  yes: "yes",
  no: "no",
  word: (field, value) => (field === "outcome" && value === "follow_up" ? "Follow-up" : null),
  name: (id) => (id === ID ? "Nancy Davolio" : "another record"),
};

describe("a value as people read it", () => {
  it.each([
    ["amount_minor", 250_000, "$2,500.00"],
    ["discount_bp", 1_250, "12.5%"],
    ["rep_id", ID, "Nancy Davolio"],
    ["outcome", "follow_up", "Follow-up"],
    ["subject", "follow_up", "follow_up"],
    ["next_step_due", "2026-11-29", "tomorrow"],
    ["credit_hold", false, "no"],
    ["notes", "", "(empty)"],
    ["lines", {}, "(empty)"],
    ["latitude_microdeg", 48_208_490, "48.20849°"],
  ])("%s", (field, value, text) => {
    expect(told(by, field, value, "USD")).toBe(text);
  });

  it("says a moment as one, whether it comes from the device or from the API", () => {
    const at = Date.UTC(2026, 10, 27, 9, 30);
    expect(told(by, "checked_in_at", at)).toBe(told(by, "checked_in_at", new Date(at).toISOString()));
    expect(told(by, "checked_in_at", at)).toContain("yesterday");
  });

  it("says lines as goods in their order, and other items by what they hold", () => {
    const second = {
      position: 1,
      sku: "002",
      description: "Chang",
      quantity: 1,
      unit_price_minor: 1900,
      discount_bp: 500,
    };
    const first = {
      position: 0,
      sku: "001",
      description: "Chai",
      quantity: 2,
      priced_as: "2x1800-0/0/0",
      own_price: false,
    };
    expect(told(by, "lines", { b: second, a: first }, "EUR")).toBe("2 × Chai\n1 × Chang, €19.00, 5%");
    expect(told(by, "lines", first)).toBe("2 × Chai");
    expect(told(by, "attendees", { a: { contact_id: ID, name: "Jo" } })).toBe("Nancy Davolio · Jo");
  });
});

it("leaves out what is bookkeeping or nothing", () => {
  const fields = {
    state: "draft",
    rep_id: ID,
    priced_tax_minor: 12,
    goodwill_minor: 0,
    notes: "",
    lines: {},
    outcome: "order",
  };
  expect(Object.entries(fields).filter(([name, value]) => isTold(name, value))).toEqual([["outcome", "order"]]);
});
