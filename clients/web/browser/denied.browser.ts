/** What a browser may deny or lose: position, camera, storage, and the store itself. Each is said, and the day goes on. */
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { codesEn } from "$texts/app/codes.en.ts";
import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";
const PHONE = "90-224 5555";
/** What every script of the app sees first, where the browser keeps storage from a page. */
const NO_STORAGE = `if (globalThis.indexedDB) IDBFactory.prototype.open = () => {
  throw new DOMException("storage is not allowed here", "SecurityError");
};`;
/** A browser with a reader of QR codes and a camera that may not be used. */
const NO_CAMERA = `globalThis.BarcodeDetector = class {};
if (globalThis.MediaDevices) MediaDevices.prototype.getUserMedia = () =>
  Promise.reject(new DOMException("not allowed", "NotAllowedError"));`;

let world: World;
let phone: Phone;

beforeEach(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
});
afterEach(async () => {
  await phone.end();
  await world.end();
});

test("a position that is denied is said, and the map goes on without", async () => {
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await phone.go(rep.page, "nearby");
  await rep.tap(en.nearby.locate);
  await rep.page.getByText(en.nearby.denied).waitFor();
  await rep.tap(en.nearby.list, "tab");
  await rep.page.getByRole("main").getByRole("listitem").first().waitFor();
  expect(phone.complaints).toEqual([]);
});

test("a camera that is denied leaves the code to be typed", async () => {
  world.front.rewrite(/^\/assets\/.*\.js$/, (script) => `${NO_CAMERA}\n${script}`);
  const page = await phone.open();
  await page.getByRole("button", { name: en.enrol.scan }).click();
  await page.getByText(en.enrol.scanDenied).waitFor();
  await page.getByRole("button", { name: en.common.cancel, exact: true }).click();
  await page.getByLabel(en.enrol.code).fill(await world.enrolLink("Nancy Davolio"));
  await page.getByRole("button", { name: en.enrol.go, exact: true }).click();
  await page.getByRole("navigation").first().waitFor();
  expect(phone.complaints).toEqual([]);
});

test("storage that is denied is said in words, instead of an empty page", async () => {
  world.front.rewrite(/^\/assets\/.*\.js$/, (script) => `${NO_STORAGE}\n${script}`);
  const page = await phone.open();
  await page.getByText(en.problems.noStore).waitFor();
  await page.getByText(codesEn.storage_denied).waitFor();
});

test("a store that is damaged is set aside: what waited in it arrives, and everything is there again", async () => {
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Written before the store was damaged.");
  await rep.waitForWork();
  await damage(rep.page, "roadbook.store.1", "device", "nonce");
  await phone.killBrowser();
  await phone.goOnline();
  await rep.reopen();
  await rep.waitForChip(en.sync.allIn);
  await rep.openAccount(ACCOUNT);
  await rep.page
    .getByRole("link", { name: /Written before the store was damaged/ })
    .first()
    .waitFor();
  // It was captured anew in the fresh store, and is sent from there.
  await vi.waitFor(
    async () => {
      const { items } = await world.office<{ items: { account_name: string }[] }>("GET", "/v1/visits?limit=50");
      expect(items.map(({ account_name: name }) => name)).toContain(ACCOUNT);
    },
    { timeout: 20_000, interval: 200 },
  );
  const stores = await rep.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(stores, "the damaged one is kept").toEqual(expect.arrayContaining(["roadbook.store.1", "roadbook.store.2"]));
  await comesAnew(rep);
  expect(phone.complaints).toEqual([]);
});

/** For a record that is damaged no store is set aside: it is fetched again, under what waits on it. */
async function comesAnew(rep: Rep): Promise<void> {
  await phone.goOffline();
  const account = rep.idHere;
  await phone.go(rep.page, `accounts/${account}/edit`);
  await rep.write(en.account.fields.phone, PHONE);
  await rep.tap(en.common.save);
  await rep.waitForWork();
  await damage(rep.page, "roadbook.store.2", "record", "accepted", account);
  await phone.killBrowser();
  await phone.goOnline();
  await rep.reopen();
  await rep.waitForChip(en.sync.allIn);
  await vi.waitFor(
    async () => {
      const { document } = await world.office<{ document: { phone?: string } }>("GET", `/v1/records/${account}`);
      expect(document.phone).toBe(PHONE);
    },
    { timeout: 20_000, interval: 200 },
  );
  // Whole again: what others wrote, and what was written on top of it.
  await phone.go(rep.page, `accounts/${account}/edit`);
  await vi.waitFor(
    async () => {
      // The label of what has to be said has a star.
      const name = rep.page.getByRole("textbox", { name: en.account.fields.name, exact: true });
      expect(await name.inputValue()).toBe(ACCOUNT);
      expect(await rep.page.getByLabel(en.account.fields.phone, { exact: true }).inputValue()).toBe(PHONE);
    },
    { timeout: 20_000, interval: 200 },
  );
  const stores = await rep.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(stores, "no store was set aside").not.toContain("roadbook.store.3");
}

/** Spoils the bytes of a field in the rows of a table, or in one of them, as a failing disk does. */
async function damage(page: Page, store: string, table: string, field: string, only?: string): Promise<void> {
  await page.evaluate(
    ([name, rowsOf, spoilt, key]) =>
      new Promise<void>((done, failed) => {
        const opened = indexedDB.open(name);
        opened.onerror = () => {
          failed(new Error("the store does not open"));
        };
        opened.onsuccess = () => {
          const writes = opened.result.transaction(rowsOf, "readwrite", { durability: "strict" });
          const rows = writes.objectStore(rowsOf);
          const cursor = rows.openCursor(key);
          cursor.onsuccess = () => {
            const at = cursor.result;
            if (at === null) return;
            at.update({ ...(at.value as object), [spoilt]: new Uint8Array(3) });
            at.continue();
          };
          writes.oncomplete = () => {
            opened.result.close();
            done();
          };
        };
      }),
    [store, table, field, only] as const,
  );
}
