/** An app and a server of different builds: what waits stays, the words say what to do, and it goes on once both fit again. */
import { writeFrame } from "@roadbook/replica/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { codesEn } from "$texts/app/codes.en.ts";
import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { NEEDS_YOU, Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
});
beforeEach(async () => {
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});
afterEach(async () => {
  world.front.answer("/v1/sync", null);
  world.front.mend();
  await phone.end();
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
afterAll(async () => {
  await world.end();
});

/** What the sheet behind the chip says, and that the work is still here. */
async function says(words: string): Promise<void> {
  await rep.tap(NEEDS_YOU);
  const sheet = rep.page.getByRole("dialog");
  await sheet.getByText(words).first().waitFor();
  await sheet.getByText(en.sync.waiting(1), { exact: true }).first().waitFor();
  await rep.page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
}

async function isInTheRecord(words: string): Promise<void> {
  const { items } = await world.office<{ items: unknown[] }>("GET", `/v1/search?q=${encodeURIComponent(words)}`);
  expect(items).toHaveLength(1);
}

/** Files of the next release are on the server: the worker that keeps them is another one. */
function release(name: string): void {
  world.front.rewrite(/^\/app\/sw\.js$/, (worker) => worker.replace(/(url:"\/app\/",revision:")/, `$1${name}-`));
}

test("a server that is newer than the app: the newer app is offered at once, and then the work goes", async () => {
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Captured before the server was renewed.");
  const text = "this server speaks protocol versions 2 to 3, not 1; update the app";
  world.front.answer("/v1/sync", writeFrame({ error: { code: "unknown_version", text, retry_after_ms: null } }));
  release("newer");
  await phone.goOnline();
  await says(codesEn.unknown_version);
  await rep.page.getByText(en.update.ready).waitFor();
  // What the newer app says, the server understands.
  world.front.answer("/v1/sync", null);
  await rep.tap(en.update.take);
  await rep.waitForChip(en.sync.allIn);
  await isInTheRecord("Captured before the server was renewed");
});

test("a server that is older than the app: it says so, and the work goes once the server is renewed", async () => {
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Captured before the server was up to date.");
  const text = "this server speaks protocol versions 0 to 0, not 1; update the server";
  world.front.answer("/v1/sync", writeFrame({ error: { code: "unknown_version", text, retry_after_ms: null } }));
  await phone.goOnline();
  await says(codesEn.server_too_old);
  world.front.answer("/v1/sync", null);
  await rep.tap(NEEDS_YOU);
  await rep.tap(en.sync.now);
  await rep.page.getByText(en.sync.done).waitFor();
  await isInTheRecord("Captured before the server was up to date");
});

test("an app of a later build is refused by the server in words that say which of the two is to be renewed", async () => {
  const hello = /version:[\w$]+,device:/;
  let built = 0;
  world.front.rewrite(/^\/assets\/.*\.js$/, (script) => {
    built += hello.test(script) ? 1 : 0;
    // Where it says its version, and where it compares it with what the server says.
    return script.replace(hello, "version:9,device:").replace(/Number\((\w+)\)<1\?/, "Number($1)<9?");
  });
  await phone.end();
  phone = await Phone.start(world);
  rep = new Rep(phone, await phone.openLink(await world.enrolLink("Nancy Davolio")));
  await rep.tap(en.enrol.go);
  await rep.tap(NEEDS_YOU);
  expect(built).toBeGreaterThan(0);
  await rep.page.getByRole("dialog").getByText(codesEn.server_too_old).first().waitFor();
});
