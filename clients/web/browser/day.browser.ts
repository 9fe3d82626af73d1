/** A day on the road: enrolled, offline, captured, tab killed, reopened, back, and seen by the office at once. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { Desk } from "./harness/desk.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

/** One of Nancy's accounts in Northwind. */
const ACCOUNT = "Ernst Handel";
/** What a rep may need for a visit, and for an order of five lines. */
const VISIT_TAPS_MAX = 12;
const ORDER_TAPS_MAX = 20;

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});
afterEach(() => {
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
afterAll(async () => {
  await phone.end();
  await world.end();
});

test("what was captured offline survives a killed tab, waits, and comes to the console by itself", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  const newest = desk.page.getByRole("main").getByRole("listitem").first();
  await newest.waitFor();
  expect(await newest.innerText()).not.toContain(ACCOUNT);
  await phone.goOffline();
  rep.taps = 0;
  await rep.visit(ACCOUNT, "Wants the new samples by Friday.");
  expect(rep.taps).toBeLessThanOrEqual(VISIT_TAPS_MAX);
  // One visit is one thing that waits, in the number and in the list, however often it was saved.
  const one = `${en.sync.waiting(1)}, ${en.sync.offline}`;
  await rep.waitForChip(one);
  await rep.tap(en.sync.open(one));
  const works = rep.page.getByRole("region", { name: en.sync.items }).getByRole("listitem");
  await works.first().waitFor();
  expect(await works.count()).toBe(1);
  await rep.page.keyboard.press("Escape");

  await phone.killTab(rep.page);
  await rep.reopen();
  await rep.waitForWork();

  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  // By itself. How soon is measured in the bench, not in a test.
  await newest.filter({ hasText: ACCOUNT }).waitFor();
  await desk.end();
});

test("a half-written visit is there again after a killed tab, to the last letter", async () => {
  await rep.openAccount(ACCOUNT);
  await rep.beginVisit();
  await rep.write(en.visit.notes, "Half a sent");
  await rep.killTabAfter("Half a sent");
  await rep.reopen();
  await rep.tap(en.today.goOn, "link");
  await rep.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  expect(await rep.page.getByLabel(en.visit.notes, { exact: true }).inputValue()).toBe("Half a sent");
  await rep.tap(en.visit.checkOut);
  await rep.waitForChip(en.sync.allIn);
});

test("an order of five lines takes at most twenty taps and gets its number from the office", async () => {
  await rep.openAccount(ACCOUNT);
  rep.taps = 0;
  await rep.tap(en.account.order, "link");
  const products = rep.page.getByRole("button", { name: /^Add / });
  for (let line = 0; line < 5; line += 1) {
    rep.taps += 1;
    await products.nth(line).click();
  }
  await rep.tap(en.order.review);
  await rep.tap(en.order.submit);
  expect(rep.taps).toBeLessThanOrEqual(ORDER_TAPS_MAX);
  await rep.waitForChip(en.sync.allIn);
});

test("a submitted order is corrected offline in one act, and is the same order, under its number, when it is back", async () => {
  await rep.openAccount(ACCOUNT);
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  await rep.tap(en.order.review);
  await rep.tap(en.order.submit);
  await rep.waitForChip(en.sync.allIn);
  const numbered = rep.page.getByRole("heading", { level: 1, name: /\d/ });
  await numbered.waitFor();
  const title = await numbered.innerText();
  await phone.goOffline();
  // As it stands on the screen and on paper, and by the number alone.
  for (const typed of [title, /\d+/.exec(title)?.[0] ?? ""]) {
    await phone.go(rep.page, "accounts");
    await rep.page.getByRole("searchbox").fill(typed);
    await rep.tap(new RegExp(`^${title}`), "link");
    await numbered.waitFor();
  }
  await rep.tap(en.order.correct, "link");
  await rep.page.getByText(en.order.correctText).waitFor();
  await rep.tap(en.order.moreOf);
  await rep.tap(en.order.submitAgain);
  await rep.page.getByText(en.order.corrected).first().waitFor();
  await rep.waitForWork();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  expect(await numbered.innerText()).toBe(title);
  const number = /\d+/.exec(title)?.[0] ?? "";
  const { items } = await world.office<{ items: { id: string; state: string }[] }>(
    "GET",
    `/v1/orders?number=${number}`,
  );
  expect(items.map(({ state }) => state)).toEqual(["submitted"]);
  const { items: steps } = await world.office<{ items: { verb: string | null }[] }>(
    "GET",
    `/v1/records/${items[0]?.id ?? ""}/history`,
  );
  const verbs = steps.map(({ verb }) => verb).filter((verb) => verb !== null);
  expect(verbs.toReversed()).toEqual(["submit", "reopen", "submit"]);
});

test("what the office has answered for is on the server until the phone has read on in the record, and then all is in the office", async () => {
  await rep.openAccount(ACCOUNT);
  await phone.goOffline();
  await phone.go(rep.page, `accounts/${rep.idHere}/task`);
  await rep.write(en.tasks.fields.subject, "Send the samples");
  await rep.tap(en.common.save);
  await rep.waitForWork();
  const states = en.sync.words;
  const work = rep.page.getByRole("region", { name: en.sync.items }).getByRole("listitem");
  await rep.tap(/^Sync: /);
  await work.getByText(states.on_this_device, { exact: true }).waitFor();
  await phone.handIn();
  await work.getByText(states.on_the_server, { exact: true }).waitFor();
  await phone.goOnline();
  await work.first().waitFor({ state: "detached" });
  await rep.page.keyboard.press("Escape");
  await rep.waitForChip(en.sync.allIn);
});

test("the battery dies offline after 'saved': the work is there when the phone starts again, and so is the map", async () => {
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Saved just before the battery died.");
  await phone.killBrowser();
  await phone.goOffline();
  await rep.reopen();
  await rep.waitForWork();
  await rep.tap(en.nav.nearby, "link");
  const map = rep.page.getByRole("application", { name: en.nearby.help });
  await map.locator("a, button.group").first().waitFor();
  await rep.page.waitForFunction(hasOutlines);
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
});

/** Whether coasts and borders are drawn on the map, in the page: the grid behind them is fainter. */
function hasOutlines(): boolean {
  const canvas = document.querySelector("canvas");
  const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  for (let alpha = 3; alpha < pixels.length; alpha += 4) if ((pixels[alpha] ?? 0) > 200) return true;
  return false;
}
