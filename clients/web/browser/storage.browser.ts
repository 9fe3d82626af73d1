/** A phone that is full, or whose browser may clear what is on it: it says so, saves nothing half, and says what helps. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { Formats } from "$texts/format.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { untilDrafted } from "./harness/store.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";
/** What the browser says of its storage. It keeps what is there once it has a database of that name, which a test makes. */
const PROMISE = "promised";
const [USED, QUOTA] = [12_000_000, 2_500_000_000];
const STORAGE = `if (globalThis.StorageManager) {
  const persisted = async () => (await indexedDB.databases()).some(({ name }) => name === ${JSON.stringify(PROMISE)});
  Object.assign(StorageManager.prototype, {
    persisted,
    persist: () => {
      globalThis.askedToKeep = (globalThis.askedToKeep ?? 0) + 1;
      return persisted();
    },
    estimate: () => Promise.resolve({ usage: ${USED}, quota: ${QUOTA} }),
  });
}`;

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
  world.front.rewrite(/^\/assets\/.*\.js$/, (script) => `${STORAGE}\n${script}`);
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

test("work that waits where the browser may clear it is told of, with what helps, until the browser promises to keep it", async () => {
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Waits on a phone that promises nothing.");
  await rep.waitForWork();
  await rep.reopen();
  const asked = (): Promise<number> =>
    rep.page.evaluate(() => (globalThis as { askedToKeep?: number }).askedToKeep ?? 0);
  // At the start, without a tap.
  await expect.poll(asked).toBe(1);
  const notice = rep.page.getByText(en.sync.atRisk, { exact: true });
  await rep.page.getByText(en.sync.atRiskText).waitFor();
  await rep.tap(en.sync.persist);
  await rep.page.getByText(en.sync.persistDenied).waitFor();

  await rep.tap(/^Sync: /);
  const sheet = rep.page.getByRole("dialog");
  const formats = new Formats("en-GB");
  await sheet.getByText(en.sync.storageUsed(formats.bytes(USED), formats.bytes(QUOTA - USED))).waitFor();
  await sheet.getByText(en.sync.notPersisted).waitFor();
  const fact = (name: string) =>
    sheet.getByRole("definition").filter({ has: rep.page.locator(`xpath=preceding-sibling::dt[.="${name}"]`) });
  expect(await fact(en.sync.oldest).innerText()).toMatch(/^\d+ minutes?$/);
  expect(await fact(en.sync.lastContact).innerText()).toMatch(/ago$|^now$/);

  await rep.page.evaluate((name) => new Promise((done) => (indexedDB.open(name).onsuccess = done)), PROMISE);
  await sheet.getByRole("button", { name: en.sync.persist, exact: true }).click();
  await sheet.getByText(en.sync.persisted).waitFor();
  await rep.page.keyboard.press("Escape");
  await notice.waitFor({ state: "detached" });
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
