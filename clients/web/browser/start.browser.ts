/** What must hold before anything else: both pages come by the server, installable, under a strict content policy. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { Desk } from "./harness/desk.ts";
import { Phone } from "./harness/phone.ts";
import { World } from "./harness/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.begin();
});
afterAll(async () => {
  await world.end();
});

afterEach(() => {
  world.front.mend();
});

test("the app starts without a network once it has been open, also after the whole browser was killed", async () => {
  const phone = await Phone.start(world);
  const first = await phone.open();
  await first.locator("#root > *").first().waitFor();
  // Every file is on the device when the service worker has taken over.
  await phone.waitUntilInstalled(first);
  // Opened once more, the page comes from there already.
  await phone.go(first, "");
  await first.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await phone.goOffline();
  await phone.killBrowser();
  await phone.browser.setOffline(true);
  const page = await phone.open();
  await page.locator("#root > *").first().waitFor();
  expect(await page.evaluate(() => navigator.onLine)).toBe(false);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
  await phone.goOnline();
  await phone.end();
});

test("the browser finds nothing in the way of installing the app", async () => {
  const phone = await Phone.start(world);
  const page = await phone.open();
  await phone.waitUntilInstalled(page);
  const wire = await phone.browser.newCDPSession(page);
  const { installabilityErrors: errors } = await wire.send("Page.getInstallabilityErrors");
  // A profile of a test is to the browser like a private window, in which nothing is installed.
  expect(errors.filter((one) => one.errorId !== "in-incognito")).toEqual([]);
  const manifest = await wire.send("Page.getAppManifest");
  expect(manifest.errors).toEqual([]);
  await phone.end();
});

test("both pages come with a content policy that allows the server alone", async () => {
  for (const path of ["/app/", "/office/"]) {
    const answer = await fetch(`${world.url}${path}`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:/);
  }
  const desk = await Desk.start(world);
  await desk.page.goto(`${world.officeUrl}/office/`);
  await desk.page.locator("#root > *").first().waitFor();
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});
