/** A tray that is full: told in words of people, in both languages, counted as it is shown. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { de } from "$texts/app/de.ts";
import { en } from "$texts/app/en.ts";

import { look, RAW, settled } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Ernst Handel";
/** A territory of Janet's. */
const JANETS = "30346";

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

/** A visit with a reminder and an order, captured offline and held, as the account is Janet's by then. */
test("what is held is told by customer, time, goods and money, and counted as it is shown", async () => {
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Wants samples.", "Send them");
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  const goods = await rep.page
    .getByRole("group", { name: /^Quantity of / })
    .first()
    .getAttribute("aria-label");
  await rep.tap(en.order.review);
  await rep.tap(en.order.submit);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await world.move(ACCOUNT, JANETS, "review");
  await phone.goOnline();
  await rep.waitForChip(en.sync.needsYou);
  await rep.waitUntilGone(ACCOUNT);
  await phone.go(rep.page, "held");
  const cards = rep.page
    .getByRole("main")
    .getByRole("listitem")
    .filter({ has: rep.page.getByRole("heading", { level: 2 }) });
  await cards.nth(2).waitFor();
  await settled(rep.page);
  const text = await rep.page.getByRole("main").innerText();
  expect(text).not.toMatch(RAW);
  expect(text).toContain("1 × " + (goods ?? "").replace("Quantity of ", ""));
  expect(text).toContain("Follow-up");
  expect(text.split(ACCOUNT).length - 1).toBe(3);
  await look(rep.page, "held-full", false);
  expect(await cards.count()).toBe(3);
  await phone.go(rep.page, "more");
  await rep.page.getByRole("link", { name: new RegExp(`${en.settings.held}.*3`) }).waitFor();
});

test("the same in German", async () => {
  await phone.go(rep.page, "more");
  await rep.choose(en.settings.languages.de);
  await rep.page.getByText(de.settings.language).first().waitFor();
  await phone.go(rep.page, "held");
  await rep.page.getByRole("heading", { name: de.held.title, level: 1 }).waitFor();
  await rep.page.getByRole("button", { name: de.held.discard, exact: true }).nth(2).waitFor();
  await settled(rep.page);
  const text = await rep.page.getByRole("main").innerText();
  expect(text).not.toMatch(RAW);
  expect(text).not.toMatch(/Priced|Rule|checked|follow/i);
  expect(text).toContain(de.visit.outcomes.follow_up);
  await look(rep.page, "held-full-de", false);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
