/** A phone that is full: it says so, saves nothing half, and goes on when there is room again. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { untilDrafted } from "./harness/store.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";

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

test("a full phone keeps what is on it and what is being written, and saves it once there is room", async () => {
  await rep.openAccount(ACCOUNT);
  await rep.beginVisit();
  await world.says(rep.idHere, { state: "checked_in" });
  await rep.waitForChip(en.sync.allIn);
  await rep.write(en.visit.notes, "Written on a full phone.");
  await untilDrafted(rep.page, "Written on a full phone.");
  // The browser looks how much room there is at its first write, and then only now and again.
  await phone.killBrowser();
  await phone.goOffline();
  const blank = await phone.browser.newPage();
  const giveRoom = await phone.limitStorage(blank, 1);
  await rep.reopen();
  await rep.tap(en.today.goOn, "link");
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.codes.storage_full).waitFor();
  // Nothing was saved, and nothing is gone: what was written stands where it was, and nothing waits.
  await rep.page.getByRole("button", { name: en.sync.open(`${en.sync.allIn}, ${en.sync.offline}`) }).waitFor();
  expect(await rep.page.getByLabel(en.visit.notes, { exact: true }).inputValue()).toBe("Written on a full phone.");
  // Everything that was on the phone can still be read.
  const other = new Rep(phone, await phone.open());
  await other.openAccount(ACCOUNT);
  await other.page.close();
  await giveRoom();
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.visit.checkedOut).first().waitFor();
  await rep.waitForWork();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
