/** Every screen of the rep's app, light and dark: nothing for axe to find, nothing that sticks out. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { de } from "$texts/app/de.ts";
import { en } from "$texts/app/en.ts";

import { look, lookBoth, moving, sticking } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { liveAWeek } from "./harness/week.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Ernst Handel";
/** Looking at many screens, each in both schemes, takes its time where others work, too. */

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
});
afterAll(async () => {
  await phone.end();
  await world.end();
});

test("the first screen, before the phone is anybody's", async () => {
  const page = await phone.open();
  await page.getByRole("button", { name: en.enrol.go, exact: true }).waitFor();
  await lookBoth(page, "app-enrol");
  await page.close();
});

test("the screens of a working day", async () => {
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await rep.visit(ACCOUNT, "Wants the new samples by Friday.");
  await lookBoth(rep.page, "app-account");
  await phone.goOffline();
  await rep.tap(en.brief.read, "link");
  // What was captured a moment ago is in it, and leads to where it was read.
  const said = rep.page.getByRole("listitem").filter({ hasText: "outcome: follow up. Wants the new samples" });
  await said.waitFor();
  await lookBoth(rep.page, "app-brief");
  await said.getByRole("link", { name: en.brief.source(en.kinds.visit) }).click();
  await rep.page.getByText("Wants the new samples by Friday.").first().waitFor();
  await phone.goOnline();
  for (const [path, name] of [
    ["", "today"],
    ["accounts", "accounts"],
    ["accounts/new", "new-account"],
    ["nearby", "nearby"],
    ["tasks", "tasks"],
    ["held", "held"],
    ["plan", "plan"],
    ["due", "due"],
    ["month", "month"],
    ["more", "more"],
  ] as const) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await lookBoth(rep.page, `app-${name}`);
  }
});

/** The id in the address of the screen. */
const idHere = (): string => /[0-9a-f-]{36}/.exec(rep.page.url())?.[0] ?? "";

test("what is begun of an account, and what is found", async () => {
  await rep.openAccount(ACCOUNT);
  const account = idHere();
  for (const [path, name] of [
    ["plan", "plan-visit"],
    ["contact", "new-contact"],
    ["task", "new-task"],
    ["opportunity", "new-opportunity"],
    ["case", "new-case"],
    ["call", "new-call"],
    ["edit", "edit-account"],
  ] as const) {
    await phone.go(rep.page, `accounts/${account}/${path}`);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await lookBoth(rep.page, `app-${name}`);
  }
  await phone.go(rep.page, "accounts");
  await rep.page.getByRole("searchbox").fill("er");
  await rep.page.getByRole("main").getByRole("listitem").first().waitFor();
  await lookBoth(rep.page, "app-search");
  await rep.page.getByRole("searchbox").fill("nothing is called so");
  await rep.page.getByText(en.accounts.noneFound).waitFor();
  await lookBoth(rep.page, "app-search-nothing", false);
  await phone.go(rep.page, "nowhere/at/all");
  await rep.page.getByRole("heading", { level: 1 }).waitFor();
  await lookBoth(rep.page, "app-nowhere", false);
});

test("a visit, an order, and what is where", async () => {
  await rep.openAccount("Wilman Kala");
  await rep.beginVisit();
  await lookBoth(rep.page, "app-visit");
  await rep.openAccount("Wilman Kala");
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  await lookBoth(rep.page, "app-order");
  // More off than a rep may grant alone: whose approval it needs is said at once.
  await rep.tap(en.order.review);
  await rep.write(`${en.price.headerDiscount}, %`, "9");
  await rep.page.getByText(en.price.needsApprovalText).waitFor();
  await lookBoth(rep.page, "app-order-approval");
  await phone.go(rep.page, "");
  await rep.page.getByRole("button", { name: /^Sync: / }).click();
  await rep.page.getByRole("dialog").waitFor();
  await lookBoth(rep.page, "app-sync");
  await rep.page.keyboard.press("Escape");
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});

test("the records of a week, one by one", async () => {
  const week = await liveAWeek(world);
  for (const kind of ["visit", "order", "task", "case", "opportunity", "call"] as const) {
    const id = week.ofNancy[kind];
    await phone.go(rep.page, ["case", "opportunity", "call"].includes(kind) ? `${kind}/${id}` : `${kind}s/${id}`);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await rep.page.getByText(en.common.notHere).waitFor({ state: "hidden" });
    await lookBoth(rep.page, `app-one-${kind}`);
  }
  for (const [path, name] of [
    ["", "today-full"],
    ["tasks", "tasks-full"],
  ] as const) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await lookBoth(rep.page, `app-${name}`);
  }
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});

test("German words, which are longer, and letters of twice the size stick out nowhere", async () => {
  await phone.go(rep.page, "more");
  await rep.choose(en.settings.languages.de);
  await rep.page.getByText(de.settings.title).first().waitFor();
  for (const path of ["", "accounts", "nearby", "tasks", "more", "held", "accounts/new"]) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await look(rep.page, `app-${path === "" ? "today" : path.replace("/", "-")}-german-light`, false);
    await rep.page.evaluate(() => {
      document.documentElement.style.fontSize = "200%";
    });
    // The end of a long name may be cut off at that size; nothing lies where one cannot scroll to.
    const out = (await sticking(rep.page)).filter((found) => !found.startsWith("cut"));
    expect.soft(out, `what sticks out of ${path} with letters twice as large`).toEqual([]);
  }
  await phone.go(rep.page, "more");
  await rep.choose(de.settings.languages.en);
  await rep.page.getByText(en.settings.title).first().waitFor();
});

test("nothing moves for those who asked for less motion", async () => {
  await rep.page.emulateMedia({ reducedMotion: "reduce" });
  for (const path of ["", "accounts", "nearby"]) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    expect(await moving(rep.page), path).toEqual([]);
  }
});

test("a phone of somebody who has no customers yet says on each tab what will be there, and what to do", async () => {
  await world.office("POST", "/v1/people", { name: "Nora New", email: "nora@example.org", role: "rep" });
  const own = await Phone.start(world);
  const page = await own.openLink(await world.enrolLink("Nora New"));
  await page.getByRole("button", { name: en.enrol.go, exact: true }).click();
  await new Rep(own, page).waitForChip(en.sync.allIn);
  for (const [path, words] of [
    ["", en.today.nothing],
    ["accounts", en.accounts.empty],
    ["nearby", en.nearby.noneAtAll],
    ["tasks", en.tasks.empty],
    ["due", en.plan.noneDue],
    ["held", en.held.empty],
  ] as const) {
    await own.go(page, path);
    await page.getByText(words, { exact: true }).waitFor();
    await look(page, `app-${path === "" ? "today" : path}-empty-light`, false);
  }
  expect([own.complaints, own.strangers]).toEqual([[], []]);
  await own.end();
});
