// What an order costs on a device without a network.

import { expect, test } from "vitest";

import type { Fields, Price, ToPrice } from "../client.ts";
import { ACCOUNT, TERRITORY, World } from "../testing/offline.ts";
import { applyPage, healPart, placed } from "../testing/pages.ts";
import type { Device } from "./device.ts";

const CATALOGUE: Readonly<Record<string, Readonly<Record<string, Fields>>>> = {
  products: {
    tea: { name: "Tea", unit_price_minor: 1000, currency: "EUR", units_in_stock: 5, stock_as_of: "2026-11-20" },
    jam: { name: "Jam", unit_price_minor: 300, currency: "USD" },
  },
  price_lists: { gold: { name: "Gold customers", currency: "EUR", accounts: ["nobody's"] } },
  prices: { "gold/tea": { unit_price_minor: 900, breaks: [{ from: 10, unit_price_minor: 800 }] } },
  taxes: { de: { name: "VAT", class: "standard", countries: ["germany"], rate_bp: 1900 } },
  discretion: {
    rep: {
      role: "rep",
      line_discount_bp_max: 500,
      header_discount_bp_max: 300,
      goodwill_minor_max: 100,
      currency: "EUR",
    },
    manager: {
      role: "manager",
      line_discount_bp_max: 2000,
      header_discount_bp_max: 1000,
      goodwill_minor_max: 1000,
      currency: "EUR",
    },
  },
};

async function stocked(): Promise<Device> {
  const device = await new World().device();
  await device.transaction((tx) => {
    for (const [set, values] of Object.entries(CATALOGUE))
      for (const [key, value] of Object.entries(values))
        tx.putReference({ set, key, json: JSON.stringify(value), words: [] });
    return Promise.resolve();
  });
  return device;
}

const customer = { name: "Gasthaus", country: "Germany", currency: "EUR", price_list: "gold" };

/** An account as the office founded it: what it pays and may owe is nobody else's to say. */
async function founded(device: Device, profile: Fields): Promise<string> {
  const as = (role: string): Promise<void> =>
    device.transaction((tx) => {
      tx.putDevice({ role });
      return Promise.resolve();
    });
  await as("office");
  const { record } = await device.newAccount({ ...customer, ...profile });
  await as("rep");
  return record;
}

async function priced(profile: Fields, wanted: Partial<ToPrice>): Promise<Price> {
  const device = await stocked();
  const record = await founded(device, profile);
  return await device.price(record, { currency: "EUR", date: "2026-11-20", lines: [], ...wanted });
}

test("an order is priced by the account's own list, with tax of its country and the names of the rules", async () => {
  const price = await priced({}, { lines: [{ key: "a", sku: "tea", quantity: 10 }] });
  expect(price.priced).toMatchObject({ net_minor: 8000, tax_minor: 1520, gross_minor: 9520 });
  expect(price.priced.lines).toMatchObject([
    { key: "a", list_unit_minor: 800, steps: [{ kind: "list", rule: "gold" }] },
  ]);
  expect(price.names).toMatchObject({ price_lists: { gold: "Gold customers" }, taxes: { de: "VAT" } });
  expect(price.priced.problems.map(({ code }) => code)).toEqual(["short_of_stock"]);
  expect(price.judgement).toMatchObject({ consent: "within", reasons: [] });
});

test("what goes beyond the rep's discretion, the credit limit or a hold asks for somebody's word, offline", async () => {
  const line = { key: "a", sku: "tea", quantity: 1 };
  const reasons = async (profile: Fields, wanted: Partial<ToPrice>): Promise<unknown> => {
    const { judgement } = await priced(profile, { lines: [line], ...wanted });
    return [judgement.approver, ...judgement.reasons.map(({ code }) => code)];
  };
  expect(await reasons({}, { lines: [{ ...line, discount_bp: 500 }], header_discount_bp: 0 })).toEqual([null]);
  expect(await reasons({}, { lines: [{ ...line, discount_bp: 1500 }] })).toEqual([
    "manager",
    "line_discount",
    "total_discount",
  ]);
  expect(await reasons({}, { goodwill_minor: 500 })).toEqual(["manager", "goodwill"]);
  expect(await reasons({ credit_limit_minor: 1000, owed_minor: 500 }, {})).toEqual(["office", "credit_limit"]);
  expect(await reasons({ credit_hold: true }, {})).toEqual(["office", "credit_hold"]);
  expect(await reasons({ status: "closed" }, {})).toEqual(["office", "account_closed"]);
});

test("a day of its own at which an order would cost less holds for two weeks, then somebody is asked", async () => {
  const seen = async (date: string): Promise<unknown> => {
    const { order, judgement } = await priced({}, { date, lines: [{ key: "a", sku: "tea", quantity: 1 }] });
    return [order.date, ...judgement.reasons.map(({ code }) => code)];
  };
  expect(await seen("2026-11-06")).toEqual(["2026-11-06"]);
  expect(await seen("2026-11-05")).toEqual(["2026-11-20", "dated"]);
  expect(await seen("2026-12-24")).toEqual(["2026-11-20", "dated"]);
});

test("unknown products, other currencies and negative quantities are named, and nothing fails", async () => {
  const { priced: answer, judgement } = await priced(
    {},
    {
      lines: [
        { key: "a", sku: "nothing", quantity: 2, own_price_minor: 250 },
        { key: "b", sku: "jam", quantity: 1 },
        { key: "c", sku: "tea", quantity: -3 },
        { key: "d", sku: "<b>", quantity: 1 },
      ],
    },
  );
  const codes = answer.problems.map(({ code, line }) => `${line ?? ""} ${code}`);
  expect(codes).toEqual(
    expect.arrayContaining(["a unknown_sku", "b currency_mix", "c quantity_out_of_range", "d no_price"]),
  );
  expect(answer.net_minor).toBe(500);
  expect(judgement.reasons.map(({ code }) => code)).toContain("no_list_price");
});

test("an order that is handed in and not decided is owed; not the one that is being changed", async () => {
  const device = await stocked();
  const account = await founded(device, { credit_limit_minor: 10_000, owed_minor: 1000 });
  const taxed = { state: "draft", currency: "EUR", priced_tax_minor: 380, lines: {} };
  const { record: order } = await device.create("order", account, taxed);
  await device.transaction(async (tx) => {
    const row = await tx.record(order);
    if (row === undefined) throw new Error("the order is there");
    const decision = {
      record: order,
      account,
      verb: "submit",
      state: "submitted",
      by: row.creator,
      request: null,
      number: "1",
      total_minor: 2000n,
      currency: "EUR",
      heads: [],
      effective_ms: null,
      review: null,
      text: null,
    };
    tx.putRecord({ ...row, decision });
    const view = await tx.memory.store.get("view", order);
    if (view !== undefined) tx.putView({ ...view, state: "submitted" });
  });
  const open = async (without: string[]): Promise<unknown> => {
    const wanted = { currency: "EUR", date: "2026-11-20", lines: [], without };
    return (await device.price(account, wanted)).credit.open_minor;
  };
  expect(await open([]), "with its tax: that is what is owed").toBe(3380);
  expect(await open([order])).toBe(1000);
});

test("a list by territory holds for an account that lies there or below, as the device was told", async () => {
  const device = await stocked();
  const above = "01a1c478-9800-7070-b070-7070707070aa";
  await device.transaction((tx) => {
    const put = (set: string, key: string, value: Fields): void => {
      tx.putReference({ set, key, json: JSON.stringify(value), words: [] });
    };
    put("territories", TERRITORY, { parent: above });
    // A tree in a circle is none; what is asked of it ends.
    put("territories", above, { parent: TERRITORY });
    put("price_lists", "coast", { name: "The coast", currency: "EUR", territories: [above] });
    put("prices", "coast/tea", { unit_price_minor: 850 });
    return Promise.resolve();
  });
  const { record } = await device.newAccount({ name: "Gasthaus", country: "Germany", currency: "EUR" });
  expect(await device.record(record)).toMatchObject({ territory: TERRITORY });
  const lines = [{ key: "a", sku: "tea", quantity: 1 }];
  const price = async (account: string): Promise<Price> =>
    await device.price(account, { currency: "EUR", date: "2026-11-20", lines });
  expect((await price(record)).priced.lines).toMatchObject([{ list_unit_minor: 850, steps: [{ rule: "coast" }] }]);
  expect((await price(record)).order.customer?.territories).toEqual([TERRITORY, above]);
  // Of the other account nobody said where it lies.
  expect((await price(ACCOUNT)).priced.lines).toMatchObject([{ list_unit_minor: 1000 }]);
  await applyPage(device, { part: healPart({ state: "planned" }, 0, null, TERRITORY) });
  expect((await price(ACCOUNT)).priced.lines).toMatchObject([{ list_unit_minor: 850 }]);
  await applyPage(device, { entry: placed(ACCOUNT, "01a1c478-9800-7070-b070-7070707070bb") });
  expect((await price(ACCOUNT)).priced.lines).toMatchObject([{ list_unit_minor: 1000 }]);
});

test("orders that wait on the phone are owed too, as they stand, until they are taken back", async () => {
  const device = await stocked();
  const account = await founded(device, { credit_limit_minor: 20_000 });
  const line = { sku: "tea", quantity: 10, unit_price_minor: 800 };
  const captured = { state: "draft", currency: "EUR", priced_tax_minor: 1520 };
  const create = async (): Promise<string> => {
    const lines = { "01234567-89ab-7def-8123-456789abcdef": line };
    return (await device.create("order", account, { ...captured, lines })).record;
  };
  const wanted = { currency: "EUR", date: "2026-11-20", lines: [{ key: "a", sku: "tea", quantity: 10 }] };
  const asked = async (without: string[] = []): Promise<unknown> => {
    const { credit, judgement } = await device.price(account, { ...wanted, without });
    return [credit.open_minor, judgement.credit_left_minor, ...judgement.reasons.map(({ code }) => code)];
  };
  const [first, second] = [await create(), await create()];
  expect(await asked(), "drafts are nobody's debt").toEqual([0, 10_480]);
  await device.request("submit", first);
  expect(await asked()).toEqual([9520, 960]);
  const { number } = await device.request("submit", second);
  expect(await asked()).toEqual([19_040, -8560, "credit_limit"]);
  expect(await asked([second]), "what this one replaces is not owed twice").toEqual([9520, 960]);
  await device.undo(number);
  expect(await asked()).toEqual([9520, 960]);
});
