import { describe, expect, it } from "vitest";

import type { Price, PricedLine, ReplicaClient, ToPrice } from "@roadbook/replica";
import { de } from "$texts/app/de.ts";
import { en } from "$texts/app/en.ts";
import { Formats } from "$texts/format.ts";

import type { OrderForm, Published } from "./order.ts";
import { listPrices, priceForm } from "./price.ts";
import { problemText, reasonText, toldSteps } from "./trace.ts";

const LINE = { item: "a", sku: "X", description: "", unit: "", quantity: 2, unit_price_minor: 500, discount_bp: 0 };
const FORM: OrderForm = {
  currency: "EUR",
  order_date: "2026-11-27",
  lines: [{ ...LINE, own_price: false }],
  header_discount_bp: 0,
  goodwill_minor: 0,
  freight_minor: 0,
  ship_country: "AT",
  ship_region: "",
  reference: "",
  delivery_date: "",
  valid_until: "",
  notes: "",
  typed: {},
};

/** A replica on which no list knows any product. */
function listless(asked: ToPrice[]): ReplicaClient {
  const price = (_: string, wanted: ToPrice): Promise<Partial<Price>> => {
    asked.push(wanted);
    const lines = wanted.lines.map(({ key, sku }) => ({ key, sku, list_unit_minor: null }));
    return Promise.resolve({ order: wanted, priced: { lines } as never });
  };
  return { price } as unknown as ReplicaClient;
}

describe("a form is priced", () => {
  it("by the price that was written once, where no list knows the product any more", async () => {
    const asked: ToPrice[] = [];
    const price = await priceForm(listless(asked), "account", FORM, ["the order"]);
    expect(asked.map(({ lines }) => lines.map((line) => line.own_price_minor))).toEqual([[null], [500]]);
    expect(price.order.lines).toMatchObject([{ key: "a", own_price_minor: 500 }]);
    expect(asked[1]).toMatchObject({ date: "2026-11-27", without: ["the order"] });
    expect(
      asked.map(({ country, region }) => [country, region]),
      "taxed where it goes",
    ).toEqual([
      ["AT", undefined],
      ["AT", undefined],
    ]);
  });
});

describe("the catalogue", () => {
  const bare = { unit: "", stock: null, stockAsOf: "", discontinued: false };
  const product = (sku: string, own: Published["own"]): Published => ({ ...bare, sku, name: sku, own });
  const products = [
    product("LISTED", null),
    product("OWN", { priceMinor: 700, currency: "USD" }),
    product("UNPRICED", null),
    product("BOTH", { priceMinor: 800, currency: "EUR" }),
  ];
  const prices: Readonly<Record<string, number>> = { "EUR LISTED": 990, "EUR BOTH": 750 };
  const client = {
    price: (_: string, { currency, lines }: ToPrice) =>
      Promise.resolve({
        priced: {
          lines: lines.map(({ key, sku }) => ({ key, list_unit_minor: prices[`${currency} ${sku}`] ?? null })),
        },
      }),
    references: () => Promise.resolve([{ set: "price_lists", key: "BASE", value: { currency: "EUR" } }]),
  } as unknown as ReplicaClient;
  const shown = async (currency: string): Promise<string[]> =>
    (await listPrices(client, "account", currency, products)).map(
      ({ sku, priceMinor, currency: code }) => `${sku} ${priceMinor.toString()} ${code}`,
    );

  it("has what only a list prices, and leaves out what nothing does", async () => {
    expect(await shown("EUR")).toEqual(["LISTED 990 EUR", "OWN 700 USD", "BOTH 750 EUR"]);
  });

  it("offers an account without a currency each in its own", async () => {
    expect(await shown("")).toEqual(["LISTED 990 EUR", "OWN 700 USD", "BOTH 800 EUR"]);
  });
});

describe("a trace", () => {
  const steps = [
    { kind: "list", rule: "standard", why: "", before_minor: 0, after_minor: 1000 },
    { kind: "promotion", rule: "autumn", why: "", before_minor: 1000, after_minor: 900 },
    { kind: "goodwill", rule: "", why: "", before_minor: 900, after_minor: 890 },
  ] as const;
  const line = { key: "a", sku: "X", quantity: 2, list_unit_minor: 500, steps } as unknown as PricedLine;
  const price = {
    order: { currency: "EUR", lines: [] },
    priced: { lines: [line] },
    judgement: { goodwill_minor: 10, credit_left_minor: -250 },
    names: {
      price_lists: { standard: "Standard 2026" },
      tiers: {},
      promotions: { autumn: "<b>Autumn</b>" },
      taxes: {},
    },
  } as unknown as Price;

  it("is told rule by rule, in either language", () => {
    const english = toldSteps(en, new Formats("en-GB"), price, line);
    expect(english.map(({ text }) => text)).toEqual([
      "Standard 2026: 2 × €5.00",
      "Promotion: <b>Autumn</b>",
      "Goodwill",
    ]);
    const german = toldSteps(de, new Formats("de-DE"), price, line);
    expect(german.map(({ text }) => text.replace(/\s/g, " "))).toEqual([
      "Standard 2026: 2 × 5,00 €",
      "Aktion: <b>Autumn</b>",
      "Kulanz",
    ]);
    expect(german.map(({ amount }) => amount.replace(/\s/g, " "))).toEqual(["10,00 €", "9,00 €", "8,90 €"]);
  });

  it("says why somebody is asked, and what is wrong; what it has no words for in the engine's", () => {
    const formats = new Formats("en-GB");
    const reason = (code: string): string => reasonText(en, formats, price, { code, line: "a", text: "As it came." });
    expect(reason("credit_limit")).toContain("€2.50");
    expect(reason("no_list_price")).toContain("X");
    expect(reason("discontinued")).toBe("X is sold no more.");
    expect(reason("of_tomorrow")).toBe("As it came.");
    const problem = (code: string): string => problemText(en, price, { code, line: "a", text: "As it came." });
    expect(problem("unknown_sku")).toMatch(/^X: not known/);
    expect(problem("of_tomorrow")).toBe("As it came.");
  });
});
