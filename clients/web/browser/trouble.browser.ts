/** What goes wrong on the road: moved while offline, held, two tabs, an update, a server that was away. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

/** Accounts of Nancy's in Northwind, one for each test that moves one. */
const MOVED = "Ernst Handel";
const HELD = "Frankenversand";
const OVERRULED = "Santé Gourmet";
const GIVEN_UP = "Vaffeljernet";
const STAYING = "Wilman Kala";
/** A territory of Nancy's, and one of Janet's. */
const NANCYS = "06897";
const JANETS = "30346";

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
});
// Each trouble has a phone of its own.
beforeEach(async () => {
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});
afterEach(async () => {
  world.front.mend();
  await phone.end();
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
afterAll(async () => {
  await world.end();
});

test("an account that moved while the phone was offline: its work arrives late, and the account leaves the phone", async () => {
  await phone.goOffline();
  await rep.visit(MOVED, "Captured when it was somebody else's already.");
  await world.move(MOVED, JANETS, "accept");
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await rep.waitUntilGone(MOVED);
  await rep.tap(en.sync.open(en.sync.allIn));
  const arrived = rep.page.getByRole("region", { name: en.sync.arrived });
  await arrived.getByText(en.sync.words.late, { exact: true }).first().waitFor();
  await arrived.getByText(MOVED).first().waitFor();
  await rep.page.keyboard.press("Escape");
  const { head } = await world.office<{ head: number }>("GET", "/v1/log?limit=1");
  const { entries } = await world.office<{ entries: { late?: boolean; account_name: string | null }[] }>(
    "GET",
    `/v1/log?after=${Math.max(0, head - 500)}&limit=500`,
  );
  expect(entries.filter((entry) => entry.late === true).map((entry) => entry.account_name)).toContain(MOVED);
});

test("work that is held says so at once, lies in the tray, and is captured anew when the account is back", async () => {
  await phone.goOffline();
  await rep.visit(HELD, "To be looked at first.");
  await world.move(HELD, JANETS, "review");
  await phone.goOnline();
  await rep.waitForChip(en.sync.needsYou);
  await rep.openHeldTray();
  await rep.page.getByRole("button", { name: en.held.discard, exact: true }).first().waitFor();
  await world.holds(2);
  await world.move(HELD, NANCYS);
  // The visit was begun and ended, and the office holds both: to the rep it is one thing, captured anew at once.
  await rep.tap(en.held.reapply);
  await rep.page.getByText(en.held.empty).waitFor();
  await rep.waitForChip(en.sync.allIn);
  await rep.openAccount(HELD);
  await rep.page.getByRole("link", { name: /To be looked at first/ }).waitFor();
});

test("what is captured anew where the office wrote the same meanwhile says so, and keeps what was written until it was read", async () => {
  await phone.goOffline();
  await rep.openAccount(OVERRULED);
  const id = /[0-9a-f-]{36}/.exec(rep.page.url())?.[0] ?? "";
  await phone.go(rep.page, `accounts/${id}/edit`);
  await rep.write(en.account.fields.phone, "REP-111");
  await rep.tap(en.common.save);
  await rep.page.getByText(en.common.saved).first().waitFor();
  await world.command("admin", "move", "--account", OVERRULED, "--to", JANETS, "--policy", "review");
  await phone.goOnline();
  await rep.waitForChip(en.sync.needsYou);
  await world.write(id, { phone: "OFFICE-222" });
  await world.command("admin", "move", "--account", OVERRULED, "--to", NANCYS);
  await rep.openHeldTray();
  await rep.tap(en.held.reapply);
  await rep.page.getByText(en.held.othersStand).first().waitFor();
  await rep.page.getByText(en.held.fates["overruled"] ?? "", { exact: true }).waitFor();
  await rep.page.getByText("REP-111").first().waitFor();
  await rep.waitForChip(en.sync.needsYou);
  await rep.tap(en.held.gotIt);
  await rep.page.getByText(en.held.empty).waitFor();
  await rep.waitForChip(en.sync.allIn);
  await rep.openAccount(OVERRULED);
  await rep.tap(en.account.details, "tab");
  await rep.page.getByText("OFFICE-222").first().waitFor();
});

test("what the office gave up is told, with the reason, until it was read", async () => {
  await phone.goOffline();
  await rep.visit(GIVEN_UP, "Nobody needs this.");
  await world.move(GIVEN_UP, JANETS, "review");
  await phone.goOnline();
  await rep.waitForChip(en.sync.needsYou);
  // The end of the visit is sent a little later than its beginning: it can be taken back until then.
  await world.giveUpAll(2, "Janet was there the same day.");
  await rep.openHeldTray();
  await rep.page.getByText("Janet was there the same day.").first().waitFor();
  await rep.page.getByText("Nobody needs this.").first().waitFor();
  const gotIt = rep.page.getByRole("button", { name: en.held.gotIt, exact: true });
  // Its beginning and its end were given up for the same reason: that is told once, when nothing of it is held any more.
  await rep.page.getByRole("button", { name: en.held.discard, exact: true }).waitFor({ state: "hidden" });
  await gotIt.waitFor();
  await rep.tap(en.held.gotIt);
  await rep.tap(en.common.undo);
  await gotIt.waitFor();
  await rep.tap(en.held.gotIt);
  await rep.waitForChip(en.sync.allIn);
});

test("two tabs are one device: each shows what the other captured, and one goes on when the other is killed", async () => {
  const first = rep.page;
  await phone.goOffline();
  const second = new Rep(phone, await phone.open("accounts"));
  await second.visit(STAYING, "Written in the second tab.");
  await rep.waitForWork();
  await phone.killTab(first);
  rep.page = second.page;
  await rep.visit(STAYING, "Written after the first tab was killed.");
  await rep.waitForWork();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
});

test("two tabs on one visit are one form: neither wipes what the other holds", async () => {
  await rep.openAccount(STAYING);
  await rep.beginVisit();
  const first = rep.page;
  const visit = new URL(first.url()).pathname.replace("/app/", "");
  const second = new Rep(phone, await phone.open(visit));
  await second.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  await rep.write(en.visit.notes, "Typed in the first tab.");
  await first.getByText(en.visit.kept).waitFor();
  await second.write(en.visit.nextStep, "Typed in the second tab");
  await second.page.getByText(en.visit.kept).waitFor();
  await vi.waitFor(async () => {
    expect(await second.page.getByLabel(en.visit.notes, { exact: true }).inputValue()).toBe("Typed in the first tab.");
  }, 10_000);
  await first.close();
  rep.page = second.page;
  const id = rep.idHere;
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.visit.checkedOut).first().waitFor();
  await world.says(id, { notes: "Typed in the first tab.", next_step: "Typed in the second tab" });
});

test("an update waits until it is asked for, and what waits and what is half written outlives it", async () => {
  await phone.goOffline();
  await rep.visit(STAYING, "Waits while the app is renewed.");
  await rep.openAccount(STAYING);
  await rep.beginVisit();
  await rep.write(en.visit.notes, "Half written");
  world.front.rewrite(/^\/app\/$/, (page) => page.replace("<head>", '<head><meta name="release" content="next">'));
  world.front.rewrite(/^\/app\/sw\.js$/, (worker) => worker.replace(/(url:"\/app\/",revision:")/, "$1next-"));
  await phone.goOnline();
  await rep.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await rep.page.getByText(en.update.ready).waitFor();
  await phone.goOffline();
  expect(await rep.page.locator("meta[name=release]").count()).toBe(0);
  await rep.tap(en.update.take);
  await rep.page.locator("meta[name=release]").waitFor({ state: "attached" });
  await rep.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  expect(await rep.page.getByLabel(en.visit.notes, { exact: true }).inputValue()).toBe("Half written");
  await phone.goOnline();
  await rep.tap(en.visit.checkOut);
  await rep.waitForChip(en.sync.allIn);
});

test("a server that is stopped and started again is found again without a touch", async () => {
  await world.restart();
  await rep.visit(STAYING, "After the server came back.");
  await rep.waitForChip(en.sync.allIn);
});
