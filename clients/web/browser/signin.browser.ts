/** A phone that was out of reach for longer than allowed: records are closed, and work goes on (rule H7). */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { untilDrafted } from "./harness/store.ts";
import { World } from "./harness/world.ts";

/** Accounts of Nancy's. */
const HERE = "Ernst Handel";
const NEXT = "Wilman Kala";
const SIXTY_DAYS_MS = 60 * 24 * 60 * 60 * 1000;

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

/** As if the server had not answered for so long: the device keeps when it last did. */
function lastContact(ago: number): Promise<void> {
  return rep.page.evaluate(async (ms) => {
    const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(new Error("the store does not answer"));
        };
      });
    const names = (await indexedDB.databases()).map(({ name = "" }) => name);
    for (const name of names.filter((one) => one.startsWith("roadbook.store."))) {
      const store = await done(indexedDB.open(name));
      const change = store.transaction("device", "readwrite");
      const table = change.objectStore("device");
      const [row] = (await done(table.getAll())) as { contact_ms: number }[];
      if (row !== undefined) table.put({ ...row, contact_ms: Date.now() - ms });
      await new Promise((resolve) => {
        change.oncomplete = resolve;
      });
      store.close();
    }
  }, ago);
}

test("in the middle of a visit: it is gone on with and ended, an order is taken, and histories stay closed", async () => {
  await rep.openAccount(HERE);
  await rep.beginVisit();
  await rep.waitForChip(en.sync.allIn);
  await rep.write(en.visit.notes, "Half way through the talk.");
  await untilDrafted(rep.page, "Half way through the talk.");
  await phone.goOffline();
  await lastContact(SIXTY_DAYS_MS);
  await phone.killBrowser();
  await phone.goOffline();
  await rep.reopen();
  await rep.page.getByText(en.sync.signInDueText).first().waitFor();
  await rep.tap(en.today.goOn, "link");
  await rep.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  expect(await rep.page.getByLabel(en.visit.notes, { exact: true }).inputValue()).toBe("Half way through the talk.");
  await rep.choose(en.visit.outcomes.follow_up);
  await rep.tap(en.visit.checkOut);
  await rep.page.getByText(en.visit.checkedOut).first().waitFor();
  await rep.openAccount(NEXT);
  await rep.page.getByRole("main").getByText(en.sync.signInDue, { exact: true }).last().waitFor();
  await rep.tap(en.account.order, "link");
  await rep.page.getByRole("button", { name: /^Add / }).first().click();
  await rep.tap(en.order.review);
  await rep.tap(en.order.submit);
  await rep.page.getByText(en.order.submitted).first().waitFor();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await rep.openAccount(HERE);
  await rep.page.getByRole("link", { name: /Half way through the talk/ }).waitFor();
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
