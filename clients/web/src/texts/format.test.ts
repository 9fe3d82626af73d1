import { describe, expect, it } from "vitest";

import { dayAfter, dayStart, daysBetween, Formats, isoDay } from "./format.ts";

const en = new Formats("en-GB");
const de = new Formats("de-DE");
/** `Intl` parts words by spaces that don't break. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

describe("money", () => {
  it("writes minor units exactly, by the currency's own digits", () => {
    expect(plain(en.money(123_456, "USD"))).toBe("$1,234.56");
    expect(plain(de.money(123_456, "EUR"))).toBe("1.234,56 €");
    expect(plain(en.money(500, "JPY"))).toBe("¥500");
    expect(plain(en.money(-5, "USD"))).toBe("-$0.05");
    expect(plain(en.money(9_007_199_254_740_991, "USD"))).toBe("$90,071,992,547,409.91");
  });

  it("reads an amount with either sign, and refuses what the currency can't hold", () => {
    expect(en.parseAmount("12.5", "EUR")).toBe(1250);
    expect(de.parseAmount(" 12,05 ", "EUR")).toBe(1205);
    expect(en.parseAmount("12", "JPY")).toBe(12);
    expect(en.parseAmount("12.5", "JPY")).toBeNull();
    expect(en.parseAmount("1.234,5", "EUR")).toBeNull();
    expect(en.parseAmount("-1", "EUR")).toBeNull();
    expect(en.parseAmount("", "EUR")).toBeNull();
  });

  it("gives an amount back as it is typed", () => {
    expect(de.amount(1205, "EUR")).toBe("12,05");
    expect(de.parseAmount(de.amount(1205, "EUR"), "EUR")).toBe(1205);
  });

  it("reads per cent as basis points", () => {
    expect(en.parsePercent("12.5")).toBe(1250);
    expect(en.parsePercent("10 %".replace(" ", ""))).toBe(1000);
    expect(plain(en.percent(1250))).toBe("12.5%");
  });
});

describe("days", () => {
  const now = new Date(2026, 10, 27, 9, 0).getTime();

  it("names the days that are near and gives the year of those that are far", () => {
    expect(en.day(now, now)).toBe("today");
    expect(de.day(now + 24 * 3_600_000, now)).toBe("morgen");
    expect(en.isoDay("2025-03-01", now)).toBe("1 Mar 2025");
    expect(en.isoDay("no day", now)).toBe("no day");
  });

  it("counts by the calendar, not by hours", () => {
    expect(daysBetween(new Date(2026, 10, 27, 23, 59).getTime(), new Date(2026, 10, 28, 0, 1).getTime())).toBe(1);
    expect(dayAfter(new Date(2026, 1, 27).getTime(), 2)).toBe("2026-03-01");
    expect(isoDay(now)).toBe("2026-11-27");
  });

  it("knows no 31st of February", () => {
    expect(dayStart("2026-02-31")).toBeNull();
    expect(dayStart("2026-02-28")).toBe(new Date(2026, 1, 28).getTime());
  });
});

describe("ages and sizes", () => {
  it("speaks in the largest unit that fits", () => {
    expect(en.ago(0, 30_000)).toBe("now");
    expect(en.ago(0, 2 * 3_600_000)).toBe("2 hours ago");
    expect(de.ago(0, 3 * 24 * 3_600_000)).toBe("vor 3 Tagen");
    expect(en.span(90 * 60_000)).toBe("2 hours");
    expect(plain(en.bytes(1_500_000))).toBe("1.5 MB");
    expect(plain(en.distance(840))).toBe("840 m");
    expect(plain(en.distance(12_340))).toBe("12 km");
  });

  it("says in feet and miles how far it is where nothing else is known", () => {
    const american = new Formats("en-US");
    expect(plain(american.distance(150))).toBe("490 ft");
    expect(plain(american.distance(840))).toBe("0.5 mi");
    expect(plain(american.distance(12_340))).toBe("7.7 mi");
    expect(plain(new Formats("en").distance(840))).toBe("840 m");
  });
});
