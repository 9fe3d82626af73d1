import { describe, expect, it } from "vitest";

import { changes, decimal, linkTo, rulesOf, TICKED, typedAll, whole } from "./form";

describe("a record while somebody writes it", () => {
  it("says only what was changed", () => {
    const document = { name: "Alfreds", phone: "030", credit_limit_minor: 123450, visit_every_days: 14 };
    const before = typedAll("account", document, "EUR");
    expect(before["credit_limit_minor"]).toBe("1234.50");
    const after = { ...before, phone: " 031 ", credit_limit_minor: "99,5", visit_every_days: "" };
    expect(changes("account", before, after, "EUR")).toEqual({
      phone: "031",
      credit_limit_minor: 9950,
      visit_every_days: null,
    });
    expect(changes("account", before, before, "EUR")).toEqual({});
  });

  it("is in degrees and per cent, as people type them", () => {
    const document = { name: "Alfreds", latitude_microdeg: 60_170_000, longitude_microdeg: -940_000 };
    const before = typedAll("account", document, "EUR");
    expect(before).toMatchObject({ latitude_microdeg: "60.170000", longitude_microdeg: "-0.940000" });
    const after = { ...before, latitude_microdeg: "52.4571", longitude_microdeg: "13,385" };
    expect(changes("account", before, after, "EUR")).toEqual({
      latitude_microdeg: 52_457_100,
      longitude_microdeg: 13_385_000,
    });
    const order = typedAll("order", { header_discount_bp: 250 }, "JPY");
    expect(order["header_discount_bp"]).toBe("2.50");
    expect(changes("order", order, { ...order, header_discount_bp: "7,5" }, "JPY")).toEqual({
      header_discount_bp: 750,
    });
    expect(changes("order", order, { ...order, header_discount_bp: "7.555" }, "JPY")).toBeNull();
  });

  it("ticks and unticks what is so or not", () => {
    const before = typedAll("account", { name: "Alfreds", credit_hold: null }, "EUR");
    expect(changes("account", before, { ...before, credit_hold: TICKED }, "EUR")).toEqual({ credit_hold: true });
    const held = typedAll("account", { name: "Alfreds", credit_hold: true }, "EUR");
    expect(changes("account", held, { ...held, credit_hold: "" }, "EUR")).toEqual({ credit_hold: false });
    expect(changes("account", held, held, "EUR")).toEqual({});
  });

  it("waits for what is needed and for what is a number", () => {
    const before = typedAll("account", { name: "Alfreds" }, "EUR");
    expect(changes("account", before, { ...before, name: " " }, "EUR")).toBeNull();
    expect(changes("account", before, { ...before, visit_every_days: "often" }, "EUR")).toBeNull();
    expect(changes("account", before, { ...before, visit_every_days: "1.5" }, "EUR")).toBeNull();
  });

  it("waits for what is a day and a moment", () => {
    const before = typedAll("visit", {}, "");
    const planned = (planned_start: string) => changes("visit", before, { ...before, planned_start }, "");
    expect(planned("20261-01-05T10:00")).toBeNull();
    expect(planned("2026-02-30T10:00")).toBeNull();
    expect(planned("2026-02-28T10:00")).toEqual({ planned_start: new Date("2026-02-28T10:00").toISOString() });
    const task = typedAll("task", { subject: "Call" }, "");
    expect(changes("task", task, { ...task, due: "20261-01-05" }, "")).toBeNull();
  });

  it("keeps moments to the minute, whatever the zone", () => {
    const planned_start = "2030-01-01T09:00:00.000Z";
    const before = typedAll("visit", {}, "");
    const after = typedAll("visit", { planned_start }, "");
    expect(changes("visit", before, after, "")).toEqual({ planned_start });
  });

  it("has what one chooses: people, departments, and records of the account", () => {
    const links = (kind: string): string[] => rulesOf(kind).flatMap((rule) => linkTo(rule) ?? []);
    expect(links("case")).toEqual(["contact", "person", "department", "order"]);
    expect(links("task")).toEqual(["person", "department"]);
    expect(links("account")).toEqual(["account", "account"]);
    expect(links("opportunity").toSorted()).toEqual(["account", "contact", "order", "person"]);
    const before = typedAll("task", { subject: "Call", department_id: "d1" }, "");
    expect(changes("task", before, { ...before, department_id: "", assignee_id: "p1" }, "")).toEqual({
      assignee_id: "p1",
      department_id: null,
    });
  });

  it("has every kind's fields from the model", () => {
    for (const kind of ["account", "contact", "task", "visit", "order", "comment"]) {
      expect(rulesOf(kind).length, kind).toBeGreaterThan(0);
    }
    expect(rulesOf("unheard of")).toEqual([]);
  });
});

describe("amounts", () => {
  it("are exact both ways", () => {
    for (const [minor, digits, text] of [[5, 2, "0.05"], [-12345, 2, "-123.45"], [7, 0, "7"], [1, 3, "0.001"]] as const) {
      expect(decimal(minor, digits)).toBe(text);
      expect(whole(text, digits)).toBe(minor);
    } // prettier-ignore
    expect(whole("1.005", 2)).toBeUndefined();
    expect(whole("1e3", 2)).toBeUndefined();
  });
});
