/** Forms over records in which the office writes meanwhile: only what the rep changed is written. What is undone can be typed on. */
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { en } from "$texts/app/en.ts";

import { look } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { untilDrafted } from "./harness/store.ts";
import { World } from "./harness/world.ts";

/** Accounts of Nancy's in Northwind, one for each test. */
const OPENED = "Ernst Handel";
const DRAFTED = "Wilman Kala";
const VISITED = "Frankenversand";
const ORDERED = "Vaffeljernet";
const UNDONE = "Santé Gourmet";
const CHECKED_IN = "Wilman Kala";

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
});
beforeEach(async () => {
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});
afterEach(async () => {
  await phone.end();
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
afterAll(async () => {
  await world.end();
});

const field = (label: string) => rep.page.getByLabel(label, { exact: true });
function value(label: string, text: string): Promise<void> {
  const wait = { timeout: 20_000, interval: 100 };
  return vi.waitFor(async () => {
    expect(await field(label).inputValue()).toBe(text);
  }, wait);
}

async function openForm(account: string): Promise<string> {
  await rep.openAccount(account);
  const id = rep.idHere;
  await phone.go(rep.page, `accounts/${id}/edit`);
  await field(en.account.fields.email).waitFor();
  return id;
}

test("a form that is open takes up what the office writes, and writes only what was typed", async () => {
  const id = await openForm(OPENED);
  await field(en.account.fields.email).fill("hall@ernst.example");
  await world.write(id, { city: "Graz-Nord", description: "Rings twice." });
  await value(en.account.fields.city, "Graz-Nord");
  await value(en.account.fields.email, "hall@ernst.example");
  await rep.tap(en.common.save);
  await world.says(id, { email: "hall@ernst.example", city: "Graz-Nord", description: "Rings twice." });
});

test("what both changed is a conflict that the rep can settle, and texts are merged", async () => {
  await world.write(await openForm(DRAFTED), { description: "Rings twice." });
  await rep.page.getByText(en.account.moreFields).click();
  await value(en.account.fields.description, "Rings twice.");
  await field(en.account.fields.phone).fill("90-224 7777");
  await field(en.account.fields.description).fill("Always rings twice.");
  await untilDrafted(rep.page, "Always rings twice.");
  // Elsewhere while the office writes: the draft waits, with what the rep had seen.
  const id = rep.idHere;
  await phone.go(rep.page, "tasks");
  await world.write(id, { phone: "90-224 9999", city: "Turku", description: "Rings twice. Closed on Monday." });
  await phone.go(rep.page, `accounts/${id}/edit`);
  await value(en.account.fields.city, "Turku");
  await value(en.account.fields.phone, "90-224 7777");
  await rep.tap(en.common.save);
  await world.says(id, { city: "Turku", description: "Always rings twice. Closed on Monday." });
  // Wherever one is, the chip says that somebody has to choose, and leads there.
  await rep.openHeldTray();
  await rep.page.getByRole("heading", { name: en.sync.contested(1) }).waitFor();
  await look(rep.page, "app-contested-light", false);
  await rep.tap(new RegExp(`^${DRAFTED}`), "link");
  await rep.page.getByRole("group", { name: en.account.fields.phone }).waitFor();
  await rep.tap(new RegExp(`^${en.conflicts.choose}: .*90-224 9999`));
  await rep.page.getByText(en.conflicts.chosen).first().waitFor();
  await rep.page.getByRole("group", { name: en.account.fields.phone }).waitFor({ state: "hidden" });
  await world.says(id, { phone: "90-224 9999" });
  await rep.waitForChip(en.sync.allIn);
});

test("a visit that ends leaves what the office wrote in it", async () => {
  await rep.openAccount(VISITED);
  await rep.beginVisit();
  const id = rep.idHere;
  await rep.write(en.visit.notes, "Wants samples.");
  await world.says(id, { state: "checked_in" });
  await world.write(id, { next_step: "Call the buyer", purpose: "service" });
  await value(en.visit.nextStep, "Call the buyer");
  await rep.choose(en.visit.outcomes.follow_up);
  await rep.tap(en.visit.checkOut);
  await world.says(id, {
    next_step: "Call the buyer",
    purpose: "service",
    notes: "Wants samples.",
    outcome: "follow_up",
    state: "checked_out",
  });
});

test("an order that is changed leaves what the office wrote in it", async () => {
  await rep.openAccount(ORDERED);
  const line = { sku: "001", description: "Chai", quantity: 12, unit_price_minor: 1800, position: 0 };
  const item = crypto.randomUUID();
  const document = { state: "draft", currency: "USD", reference: "PO 1", lines: { [item]: line } };
  const id = await world.add(rep.idHere, "order", document);
  await phone.go(rep.page, `orders/${id}/edit`);
  await rep.tap(en.order.moreOf);
  await world.write(id, { reference: "PO-OFFICE-1", notes: "Deliver to the back door." });
  await value(en.order.reference, "PO-OFFICE-1");
  await rep.tap(en.order.saveDraft);
  await world.says(id, {
    reference: "PO-OFFICE-1",
    notes: "Deliver to the back door.",
    lines: [{ id: item, quantity: 13 }],
  });
});

test("a visit that ended too early goes on with all that was typed", async () => {
  await rep.openAccount(UNDONE);
  await rep.beginVisit();
  await rep.choose(en.visit.outcomes.follow_up);
  await rep.write(en.visit.notes, "Wants samples.");
  await rep.write(en.visit.nextStep, "Send them");
  // Nothing leaves before it is taken back, however slow this machine is.
  await phone.goOffline();
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.visit.checkedOut).first().waitFor();
  await rep.tap(en.common.undo);
  await phone.goOnline();
  await value(en.visit.notes, "Wants samples.");
  await value(en.visit.nextStep, "Send them");
  expect(await rep.page.getByRole("radio", { name: en.visit.outcomes.follow_up, exact: true }).isChecked()).toBe(true);
});

test("an order that was handed in too early is written on", async () => {
  await rep.openAccount(UNDONE);
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  await rep.tap(en.order.review);
  await rep.page.getByText(en.order.moreFields, { exact: true }).click();
  await rep.write(en.order.reference, "PO 4712");
  await phone.goOffline();
  await rep.tap(en.order.submit);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await rep.tap(en.common.undo);
  await phone.goOnline();
  await rep.tap(en.order.review);
  await value(en.order.reference, "PO 4712");
  await rep.tap(en.order.submit);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await rep.page.getByText("PO 4712").first().waitFor();
});

test("a check-in that is taken back leads back to the account, and what was typed goes on at the next one", async () => {
  await rep.openAccount(CHECKED_IN);
  await phone.goOffline();
  await rep.beginVisit();
  // What is pointed at stays until it is pressed.
  await rep.page.getByRole("button", { name: en.common.undo, exact: true }).hover();
  await rep.write(en.visit.notes, "Asked at the door.");
  await rep.tap(en.common.undo);
  await phone.goOnline();
  await rep.page.getByRole("heading", { name: CHECKED_IN, level: 1 }).waitFor();
  await rep.tap(en.account.visit);
  await value(en.visit.notes, "Asked at the door.");
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.visit.checkedOut).first().waitFor();
  await rep.page.getByRole("link", { name: /Asked at the door/ }).waitFor();
});

test("what is no number stands as it was typed, and no order leaves without it", async () => {
  await rep.openAccount(ORDERED);
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  const quantity = (): Locator => rep.page.getByRole("textbox", { name: /^Quantity of / }).first();
  await quantity().fill("1.000");
  const wrong = en.order.badQuantity("1,000,000");
  await rep.page.getByText(wrong).first().waitFor();
  await rep.tap(en.order.review);
  await rep.page.getByLabel(`${en.price.headerDiscount}, %`).fill("abc");
  await rep.page.getByText(en.order.badDiscount).waitFor();
  // Killed and opened again, it is all there.
  const form = rep.page.url();
  await rep.killTabAfter('"abc"');
  rep.page = await phone.open(new URL(form).pathname.replace("/app/", ""));
  await rep.page.getByText(wrong).first().waitFor();
  await rep.tap(en.order.review);
  await rep.page.getByText(en.order.badDiscount).waitFor();
  await rep.tap(en.order.submit);
  await vi.waitFor(async () => {
    expect(await quantity().evaluate((node) => node === document.activeElement)).toBe(true);
  }, 10_000);
  expect(await rep.page.getByText(en.order.submitted).count()).toBe(0);
  await quantity().fill("1000");
  await rep.page.getByLabel(`${en.price.headerDiscount}, %`).fill("5");
  await rep.tap(/^Submit/);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await rep.page
    .getByText(/1,000 ×|1,000/)
    .first()
    .waitFor();
});

test("what is typed for a tag is there again after the tab was killed, and goes along with the form's own Save", async () => {
  const id = await openForm(OPENED);
  const tag = (): Locator => rep.page.getByRole("textbox", { name: en.items.fields.tag, exact: true });
  await rep.tap(en.items.add.tags);
  await tag().fill("Autumn");
  await rep.killTabAfter("Autumn");
  rep.page = await phone.open(`accounts/${id}/edit`);
  await vi.waitFor(async () => {
    expect(await tag().inputValue()).toBe("Autumn");
  }, 20_000);
  await rep.page.locator("button[form=record]").click();
  await rep.page.getByText(en.common.saved).first().waitFor();
  await vi.waitFor(async () => {
    const { tags } = (await world.record(id)).document as { tags: readonly { tag: string }[] };
    expect(tags.map(({ tag }) => tag)).toEqual(["Autumn"]);
  }, 20_000);
});
