/** Sample data in the console: removed but for what somebody worked on, then with that, then loaded again with one click. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { look } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const WORKED = "Wilman Kala";
const OTHER = "Ernst Handel";
const text = t.people.sample;

let world: World;
let desk: Desk;
let phone: Phone;

beforeAll(async () => {
  world = await World.begin();
});
beforeEach(async () => {
  phone = await Phone.start(world);
  desk = await Desk.start(world);
  await desk.signIn();
});
afterEach(async () => {
  await phone.end();
  expect([desk.complaints, desk.strangers, phone.complaints, phone.strangers]).toEqual([[], [], [], []]);
  await desk.end();
});
afterAll(async () => {
  await world.end();
});

const press = (name: string): Promise<void> => desk.page.getByRole("button", { name, exact: true }).first().click();

/** Removes what the question is about. */
async function confirm(): Promise<void> {
  await desk.page.getByRole("dialog").getByRole("button", { name: text.remove, exact: true }).click();
}

async function accounts(): Promise<number> {
  const { items } = await world.office<{ items: unknown[] }>("GET", "/v1/accounts?limit=200");
  return items.length;
}

test("the sample goes but for what somebody worked on, then with it, and comes back as it was", async () => {
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await rep.visit(WORKED, "Tried out on the sample.");
  await rep.waitForChip(en.sync.allIn);
  await desk.open("settings");
  await desk.page.getByText(text.states.loaded).waitFor();
  await press(text.remove);
  await desk.page.getByRole("dialog").getByRole("link", { name: WORKED }).waitFor();
  for (const scheme of ["light", "dark"] as const) {
    await desk.page.emulateMedia({ colorScheme: scheme });
    await look(desk.page, `office-sample-${scheme}`);
  }
  await confirm();
  await desk.page.getByText(text.states.partly).waitFor();
  expect(await accounts()).toBe(1);
  await rep.waitUntilGone(OTHER);
  await rep.openAccount(WORKED);

  await press(text.removeRest);
  await confirm();
  await desk.page.getByText(text.states.removed).waitFor();
  // Whose phone it is works here no more: it hands over what it has and is empty.
  await rep.page.getByRole("button", { name: en.enrol.go, exact: true }).waitFor();
  await desk.open("accounts");
  await desk.page.getByText(t.record.accounts.freshText).waitFor();
  await look(desk.page, "office-accounts-fresh-light", false);
  await desk.page.getByRole("link", { name: t.record.accounts.trySample }).click();
  await press(text.again);
  await desk.page.getByText(text.states.loaded).waitFor({ timeout: 90_000 });
  expect(await accounts()).toBe(91);
});
