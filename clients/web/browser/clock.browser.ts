/** A phone whose clock is wrong by years, and moves while work waits, in the page and in the worker, enrols, captures and syncs all the same. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_MS = 365 * DAY_MS;
/** What every script of the app sees first: a clock that is six years back until somebody moves it, for all of them together. */
const MOVABLE = `if (!("movedMs" in globalThis)) {
  const Real = globalThis.Date;
  const line = new BroadcastChannel("clock");
  const isPage = "localStorage" in globalThis;
  globalThis.movedMs = Number((isPage ? localStorage.getItem("clock") : null) ?? ${-6 * YEAR_MS});
  line.onmessage = ({ data }) => {
    if (data !== "ask") globalThis.movedMs = data;
    else if (isPage) line.postMessage(globalThis.movedMs);
  };
  if (!isPage) line.postMessage("ask");
  globalThis.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now() + globalThis.movedMs); else super(...args); }
    static now() { return Real.now() + globalThis.movedMs; }
  };
}`;

async function move(page: Page, byMs: number): Promise<void> {
  await page.evaluate((ms) => {
    localStorage.setItem("clock", String(ms));
    (globalThis as { movedMs?: number }).movedMs = ms;
    new BroadcastChannel("clock").postMessage(ms);
  }, byMs);
}

const yearsApart = async (page: Page): Promise<number> =>
  ((await page.evaluate(() => Date.now())) - Date.now()) / YEAR_MS;

test("a wrong clock decides nothing, nor one that moves while work waits", async () => {
  const world = await World.begin();
  world.front.rewrite(/^\/assets\/.*\.js$/, (script) => `${MOVABLE}\n${script}`);
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  expect(await yearsApart(rep.page)).toBeCloseTo(-6, 1);
  await phone.goOffline();
  await rep.visit("Wilman Kala", "By a clock of years ago.");
  await move(rep.page, -6 * YEAR_MS + 20 * DAY_MS);
  await rep.visit("Ernst Handel", "By a clock that went ahead by days.");
  await move(rep.page, -9 * YEAR_MS);
  await rep.visit("Wilman Kala", "By a clock that went back by years.");
  await phone.killTab(rep.page);
  await rep.reopen();
  expect(await yearsApart(rep.page)).toBeCloseTo(-9, 1);
  await rep.waitForWork();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  for (const notes of ["of years ago", "went ahead by days", "went back by years"]) {
    const { items } = await world.office<{ items: { kind: string }[] }>(
      "GET",
      `/v1/search?q=${encodeURIComponent(`clock ${notes}`)}`,
    );
    expect(items, notes).toMatchObject([{ kind: "visit" }]);
  }
  expect(phone.complaints).toEqual([]);
  await phone.end();
  await world.end();
});
