/** What a hand does with the app beside capturing: moves plans, orders again, takes back, pins; and all of it by the keyboard. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

/** Accounts of Nancy's. */
const ONE = "Ernst Handel";
const OTHER = "Wilman Kala";
const SHARED = "Vaffeljernet";

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});
afterAll(async () => {
  await phone.end();
  await world.end();
});

const button = (name: string | RegExp) =>
  rep.page.getByRole("button", { name, exact: typeof name === "string" }).first();

const idOf = (person: string): Promise<string> => world.idOf(`/v1/people?q=${person}`);

/** What has the focus, by its name. */
const focused = (): Promise<string> =>
  rep.page.evaluate(() => {
    const node = document.activeElement;
    return node === null || node === document.body ? "" : (node.getAttribute("aria-label") ?? node.textContent);
  });
function focusIs(name: string): Promise<void> {
  return vi.waitFor(async () => {
    expect(await focused()).toBe(name);
  }, 10_000);
}

async function press(name: string | RegExp): Promise<void> {
  await button(name).focus();
  await rep.page.keyboard.press("Enter");
}

test("the focus stays where the work is", async () => {
  await rep.openAccount(ONE);
  await rep.tap(en.account.order, "link");
  await button(/^Add /).waitFor();
  await press(/^Add /);
  await focusIs(en.order.moreOf);
  await press(/^Add /);
  await focusIs(en.order.moreOf);
  await press(en.order.review);
  await focusIs(en.order.newTitle);
  const removals = rep.page.getByRole("button", { name: /^Remove / });
  const second = (await removals.nth(1).getAttribute("aria-label")) ?? "";
  await removals.first().focus();
  await rep.page.keyboard.press("Enter");
  await focusIs(second);
  // A line that was taken out by mistake comes back.
  await rep.tap(en.common.undo);
  await removals.nth(1).waitFor();
});

test("a task that is ticked hands the focus on", async () => {
  await rep.openAccount(ONE);
  const nancy = await idOf("Nancy");
  for (const subject of ["First thing", "Second thing"])
    await world.add(rep.idHere, "task", { subject, state: "open", assignee_id: nancy });
  await phone.go(rep.page, "tasks");
  await button(en.tasks.tick("Second thing")).waitFor();
  await press(en.tasks.tick("First thing"));
  await focusIs(en.tasks.tick("Second thing"));
});

test("an order is cancelled, and the same is ordered again", async () => {
  await rep.openAccount(ONE);
  const line = { sku: "001", description: "Chai", quantity: 12, unit_price_minor: 1800, position: 0 };
  const lines = { [crypto.randomUUID()]: line };
  await rep.order(0);
  // Only what the office has can be cancelled.
  await rep.waitForChip(en.sync.allIn);
  await rep.tap(en.order.cancel);
  await rep.page.getByRole("dialog").getByRole("button", { name: en.order.cancel, exact: true }).click();
  await rep.page.getByText(en.order.cancelled).first().waitFor();
  await rep.openAccount(OTHER);
  const order = await world.add(rep.idHere, "order", { state: "draft", currency: "USD", lines });
  await rep.tap(en.account.orders, "tab");
  await rep.page.locator(`a[href$="/orders/${order}"]`).waitFor();
  await rep.tap(en.account.orderAgain, "link");
  await rep.page.getByRole("heading", { name: en.order.againTitle, level: 1 }).waitFor();
  await rep.page.getByText("Chai", { exact: true }).first().waitFor();
});

test("an account that is pinned, and those that were opened last, stand first", async () => {
  await rep.openAccount(OTHER);
  await rep.tap(en.account.pin);
  await rep.openAccount(ONE);
  await rep.page.getByRole("searchbox").waitFor({ state: "hidden" });
  await phone.go(rep.page, "accounts");
  const pinned = rep.page.getByRole("region", { name: en.accounts.pinned });
  await pinned.getByRole("link", { name: new RegExp(`^${OTHER}`) }).waitFor();
  const recent = rep.page.getByRole("region", { name: en.accounts.recent });
  await recent.getByRole("link", { name: new RegExp(`^${ONE}`) }).waitFor();
});

test("a planned visit is moved, and called off with a reason", async () => {
  await rep.openAccount(OTHER);
  const at = new Date(Date.now() + 3 * 24 * 60 * 60 * 1000).toISOString();
  const visit = await world.add(rep.idHere, "visit", { state: "planned", planned_start: at, subject: "Autumn range" });
  await phone.go(rep.page, `visits/${visit}`);
  await button(en.visit.move).waitFor();
  await rep.tap(en.visit.move);
  await rep.choose(en.common.tomorrow);
  await rep.page.getByRole("dialog").getByRole("button", { name: en.visit.plan, exact: true }).click();
  await rep.page.getByText(en.visit.moved).first().waitFor();
  await rep.page.getByText(/^tomorrow, /).waitFor();
  await rep.tap(en.visit.callOff);
  await rep.write(en.visit.callOffWhy, "The shop is closed that week.");
  await rep.killTabAfter("The shop is closed that week.");
  await rep.reopen();
  await rep.tap(new RegExp(en.today.draftOf["call_off"] ?? ""), "link");
  await vi.waitFor(async () => {
    const why = rep.page.getByRole("dialog").getByLabel(en.visit.callOffWhy, { exact: true });
    expect(await why.inputValue()).toBe("The shop is closed that week.");
  }, 20_000);
  await rep.page.getByRole("dialog").getByRole("button", { name: en.visit.callOff, exact: true }).click();
  await rep.page.getByText(en.visit.calledOff).first().waitFor();
  await rep.page.getByText(en.visit.dayless, { exact: true }).waitFor();
  await rep.page.getByText("The shop is closed that week.").waitFor();
  await rep.page.getByText(en.today.calledOff, { exact: true }).waitFor();
  const told = new RegExp(`Autumn range.*${en.visit.off("The shop is closed that week.")}`);
  await phone.go(rep.page, "");
  await rep.page.getByRole("region", { name: en.today.calledOff }).getByRole("link", { name: told }).waitFor();
  await rep.page.getByRole("link", { name: en.month.title }).waitFor();
  expect(await rep.page.getByText("Autumn range").count()).toBe(1);
  await rep.openAccount(OTHER);
  await rep.page.getByRole("link", { name: told }).waitFor();
});

test("a visit that was begun the day before goes on from Today", async () => {
  await rep.openAccount(OTHER);
  const begun = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString();
  const nancy = await idOf("Nancy");
  const visit = await world.add(rep.idHere, "visit", { state: "checked_in", checked_in_at: begun, rep_id: nancy });
  await phone.go(rep.page, "");
  await rep.tap(en.today.goOn, "link");
  expect(rep.idHere).toBe(visit);
  await rep.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.visit.checkedOut).first().waitFor();
});

test("a visit that somebody else is at is theirs: told apart, and not gone on with", async () => {
  await rep.openAccount(SHARED);
  const now = new Date().toISOString();
  const theirs = await world.add(rep.idHere, "visit", {
    state: "checked_in",
    checked_in_at: now,
    rep_id: await idOf("Janet"),
  });
  await phone.go(rep.page, "");
  const others = rep.page.getByRole("region", { name: en.today.others });
  await others.locator(`a[href$="/visits/${theirs}"]`).filter({ hasText: "Janet Leverling" }).waitFor();
  expect(await rep.page.getByRole("link", { name: en.today.goOn, exact: true }).count()).toBe(0);
  await rep.openAccount(SHARED);
  await rep.beginVisit();
  expect(rep.idHere).not.toBe(theirs);
  await rep.write(en.visit.notes, "Met Janet there.");
  await rep.tap(en.visit.checkOut);
  await rep.waitForChip(en.sync.allIn);
  expect((await world.record(theirs)).document["state"]).toBe("checked_in");
});

test("whoever checks in to a planned visit makes it", async () => {
  await rep.openAccount(SHARED);
  const at = new Date().toISOString();
  const visit = await world.add(rep.idHere, "visit", {
    state: "planned",
    planned_start: at,
    rep_id: await idOf("Janet"),
  });
  await phone.go(rep.page, `visits/${visit}`);
  await button(en.visit.checkIn).waitFor();
  await rep.tap(en.visit.checkIn);
  await rep.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  await rep.tap(en.visit.checkOut);
  await rep.waitForChip(en.sync.allIn);
  const nancy = await idOf("Nancy");
  expect((await world.record(visit)).document["rep_id"]).toBe(nancy);
});

test("a form that was thrown away by mistake is there again", async () => {
  await rep.openAccount(ONE);
  await phone.go(rep.page, `accounts/${rep.idHere}/edit`);
  await rep.write(en.account.fields.phone, "7675-9999");
  await rep.tap(en.common.discard);
  await rep.tap(en.common.undo);
  await vi.waitFor(async () => {
    expect(await rep.page.getByLabel(en.account.fields.phone, { exact: true }).inputValue()).toBe("7675-9999");
  }, 10_000);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
