/** Signing out on the phone: nothing is lost by it, and nothing is left. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { lookBoth } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";
const t = en.settings;

let world: World;

beforeAll(async () => {
  world = await World.begin();
});
afterAll(async () => {
  await world.end();
});

interface Visit {
  readonly account_name: string;
}
const visits = async (): Promise<number> => {
  const { items } = await world.office<{ items: readonly Visit[] }>("GET", "/v1/visits?limit=500");
  return items.filter((visit) => visit.account_name === ACCOUNT).length;
};

async function signOut(rep: Rep): Promise<void> {
  const button = rep.page.getByRole("button", { name: t.signOutNow, exact: true });
  await button.click();
  await lookBoth(rep.page, "app-sign-out");
  await rep.page.getByRole("dialog").getByRole("button", { name: t.signOutNow, exact: true }).click();
}

test("without a connection nobody signs out, and with one everything is with the office first", async () => {
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await phone.goOffline();
  await rep.visit(ACCOUNT, "The last one on this phone.");
  await phone.go(rep.page, "more");
  await rep.page.getByText(t.signOut, { exact: true }).click();
  await signOut(rep);
  await rep.page.getByText(t.signOutNot, { exact: true }).waitFor();
  await rep.page.getByText(en.codes.unsent_work).waitFor();
  expect(await visits()).toBe(0);
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await signOut(rep);
  await rep.page.getByText(en.enrol.wiped, { exact: true }).waitFor();
  expect(await visits()).toBe(1);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
  await phone.end();
});
