/** What a rep hands in, on the office's desk: seen with all that it comes to, accepted, given back, corrected; and what the phone says of it. */
import { expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { isoDay } from "$texts/format.ts";
import { t } from "$texts/office/index.ts";

import type { Desk } from "./harness/desk.ts";
import { lookBoth, RAW } from "./harness/look.ts";
import type { Phone } from "./harness/phone.ts";
import type { Rep } from "./harness/rep.ts";
import { allAtADeskAndAPhone } from "./harness/stage.ts";
import type { World } from "./harness/world.ts";

/** Accounts of Nancy's, one for each test. */
const ACCEPTED = "Ernst Handel";
const REJECTED = "Wilman Kala";
const CORRECTED = "Frankenversand";
const DIFFERENT = "Vaffeljernet";
const QUOTED = "Vaffeljernet";
const text = t.record.orders;

interface Sheet {
  readonly state: string;
  readonly number: string | null;
  readonly gross_minor: number;
}

let world: World;
let phone: Phone;
let rep: Rep;
let desk: Desk;

allAtADeskAndAPhone((stage) => {
  ({ world, desk, phone, rep } = stage);
});

/** Saves a quote for two products; its id. */
async function quote(account: string): Promise<string> {
  await rep.openAccount(account);
  await rep.tap(en.account.order, "link");
  await rep.tap(/^Add /);
  await rep.tap(en.order.review);
  await rep.tap(en.order.saveQuote);
  await rep.page.getByText(en.order.quoteSaved).first().waitFor();
  await rep.page.getByRole("button", { name: en.order.toOrder, exact: true }).waitFor();
  const id = rep.idHere;
  await world.says(id, { state: "quote" });
  return id;
}

/** Opens the order that came in of an account, by the list that waits for it. */
async function openFromList(account: string): Promise<void> {
  const row = desk.page
    .getByRole("row", { name: new RegExp(account) })
    .filter({ hasText: text.states["submitted"] ?? "" });
  await row.first().getByRole("link").click();
  await desk.page.getByRole("table", { name: text.lines }).waitFor();
}

/** The order on the desk's screen, once the phone shows it, too. */
const orderHere = (): string => /[0-9a-f-]{36}/.exec(desk.page.url())?.[0] ?? "";

/** What stands behind a word in the sums below the lines. */
const sum = async (label: string): Promise<string> =>
  (
    await desk.page
      .getByRole("definition")
      .filter({ has: desk.page.locator(`xpath=preceding-sibling::dt[.="${label}"]`) })
      .first()
      .innerText()
  ).trim();

test("an order comes onto the desk by itself, with what each line and all of it comes to, and is accepted", async () => {
  await desk.open("orders?state=submitted");
  await desk.page.getByRole("heading", { name: text.title, level: 1 }).waitFor();
  await rep.openAccount(ACCEPTED);
  await rep.order(2, async () => {
    await rep.write(`${en.price.headerDiscount}, %`, "2");
  });
  await openFromList(ACCEPTED);
  await desk.page.getByRole("button", { name: text.verbs.accept, exact: true }).waitFor();
  const sheet = await world.office<{ lines: { net_minor: number }[]; net_minor: number; gross_minor: number }>(
    "GET",
    `/v1/orders/${orderHere()}`,
  );
  expect(sheet.lines.length).toBe(2);
  const money = (minor: number): string =>
    new Intl.NumberFormat("en-GB", { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" }).format(
      minor / 100,
    );
  const rows = desk.page.getByRole("table", { name: text.lines }).getByRole("row");
  for (const [n, line] of sheet.lines.entries())
    expect(await rows.nth(n + 1).innerText()).toContain(money(line.net_minor));
  expect(await sum(text.sums.headerDiscount)).toMatch(/^2\s?%$/);
  expect(await sum(text.review.net)).toBe(money(sheet.net_minor));
  expect(await sum(text.total)).toBe(money(sheet.gross_minor));
  expect(await desk.page.getByRole("main").innerText()).not.toMatch(RAW);
  await lookBoth(desk.page, "office-order");
  // The phone says the same to the cent.
  await rep.page.getByText(money(sheet.gross_minor)).first().waitFor();
  await desk.decide(text.verbs.accept, /is accepted\./);
  await desk.page
    .getByText(text.states["accepted"] ?? "", { exact: true })
    .first()
    .waitFor();
  await rep.page
    .getByText(en.order.states["accepted"] ?? "", { exact: true })
    .first()
    .waitFor();
});

test("an order is given back with a reason, which its rep reads", async () => {
  await rep.openAccount(REJECTED);
  await rep.order();
  await desk.open("orders?state=submitted");
  await openFromList(REJECTED);
  const why = "They have not paid the last two. Please ask them first.";
  await desk.decide(text.verbs.reject, /is rejected\./, [text.why, why]);
  await desk.page.getByText(why).first().waitFor();
  await rep.page
    .getByText(en.order.states["rejected"] ?? "", { exact: true })
    .first()
    .waitFor();
  await rep.page.getByText(why).waitFor();
  await lookBoth(rep.page, "app-order-rejected");
});

test("an order that was handed in is corrected in one go", async () => {
  await rep.openAccount(CORRECTED);
  await rep.order();
  await desk.open("orders?state=submitted");
  await openFromList(CORRECTED);
  const number = await desk.page.getByRole("heading", { level: 1 }).innerText();
  await desk.page.getByRole("button", { name: text.correct, exact: true }).click();
  const dialog = desk.page.getByRole("dialog");
  await dialog.getByText(text.correctText).waitFor();
  await dialog.getByLabel(text.line.quantity).fill("7");
  await lookBoth(desk.page, "office-order-correct");
  await desk.press(t.desk.save);
  await desk.page.getByText(t.record.edit.saved).waitFor();
  await world.says(orderHere(), { lines: [{ quantity: 7 }] });
  const after = await world.record(orderHere());
  expect(["submitted", "prices_differ", "to_approve"]).toContain(after.decision?.state);
  expect(await desk.page.getByRole("heading", { level: 1 }).innerText()).toBe(number);
  await rep.page.getByText(/^7 ×/).waitFor();
});

test("a quote becomes an order at its prices, under a number of its own", async () => {
  const id = await quote(QUOTED);
  const before = await world.office<Sheet>("GET", `/v1/orders/${id}`);
  expect(before).toMatchObject({ state: "quote" });
  await rep.page.getByRole("heading", { name: en.order.quoteNumber(before.number ?? ""), level: 1 }).waitFor();
  await rep.tap(en.order.toOrder);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await expect.poll(async () => (await world.record(id)).decision?.state).toBe("submitted");
  const after = await world.office<Sheet>("GET", `/v1/orders/${id}`);
  expect(after.gross_minor).toBe(before.gross_minor);
  expect(after.number).not.toBe(before.number);
  await rep.page.getByRole("heading", { name: en.order.number(after.number ?? ""), level: 1 }).waitFor();
});

test("a quote that is over becomes no order until it is renewed", async () => {
  const id = await quote(QUOTED);
  await world.write(id, { valid_until: "2026-01-31" });
  await rep.page.getByText(en.order.overText).waitFor();
  expect(await rep.page.getByRole("button", { name: en.order.toOrder, exact: true }).count()).toBe(0);
  await rep.tap(en.order.renew);
  await rep.page.getByText(en.order.renewed).first().waitFor();
  await rep.tap(en.order.toOrder);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await expect.poll(async () => (await world.record(id)).decision?.state).toBe("submitted");
  const { document } = await world.record(id);
  expect(String(document["valid_until"]) > isoDay(Date.now())).toBe(true);
});

test("a draft that would cost something else by now says both prices", async () => {
  await rep.openAccount(DIFFERENT);
  // Whoever says what a line was priced at is taken at their word.
  const priced = { priced_net_minor: 18_000, priced_as: "12x1500-0/0/0" };
  const line = { sku: "001", description: "Chai", quantity: 12, unit_price_minor: 1_500, position: 0, ...priced };
  const lines = { [crypto.randomUUID()]: line };
  const order = await world.add(rep.idHere, "order", { state: "draft", currency: "USD", lines });
  await desk.open(`records/${order}`);
  // Without what was said of the order before.
  await desk.page.reload();
  await desk.page.getByText(text.review.nowLead).waitFor();
  await desk.page
    .getByRole("row", { name: new RegExp(text.review.net) })
    .filter({ hasText: "$180.00" })
    .waitFor();
  await lookBoth(desk.page, "office-order-prices");
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
