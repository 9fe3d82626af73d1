/** Every screen of the rep's app, light and dark: nothing for axe to find, nothing that sticks out. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { look } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Ernst Handel";

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

/** The screen as it stands, in both schemes. */
async function both(page: Page, name: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await look(page, `app-${name}-${scheme}`);
  }
}

test("the first screen, before the phone is anybody's", async () => {
  const page = await phone.open();
  await page.getByRole("button", { name: en.enrol.go, exact: true }).waitFor();
  await both(page, "enrol");
  await page.close();
});

test("the screens of a working day", async () => {
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await rep.visit(ACCOUNT, "Wants the new samples by Friday.");
  await both(rep.page, "account");
  await phone.goOffline();
  await rep.tap(en.brief.read, "link");
  // What was captured a moment ago is in it, and leads to where it was read.
  const said = rep.page.getByRole("listitem").filter({ hasText: "outcome: follow up. Wants the new samples" });
  await said.waitFor();
  await both(rep.page, "brief");
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
    await both(rep.page, name);
  }
});

test("a visit, an order, and what is where", async () => {
  await rep.openAccount("Wilman Kala");
  await rep.beginVisit();
  await both(rep.page, "visit");
  await rep.openAccount("Wilman Kala");
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  await both(rep.page, "order");
  await phone.go(rep.page, "");
  await rep.page.getByRole("button", { name: /^Sync: / }).click();
  await rep.page.getByRole("dialog").waitFor();
  await both(rep.page, "sync");
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
