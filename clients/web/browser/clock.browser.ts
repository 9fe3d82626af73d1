/** A phone whose clock is set back by years, in the page and in the worker, enrols, captures and syncs all the same. */
import { expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const SIX_YEARS_MS = 6 * 365 * 24 * 60 * 60 * 1000;
/** What every script of the app sees first. */
const SET_BACK = `{
  const Real = globalThis.Date;
  globalThis.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now() - ${SIX_YEARS_MS}); else super(...args); }
    static now() { return Real.now() - ${SIX_YEARS_MS}; }
  };
}`;

test("a wrong clock decides nothing", async () => {
  const world = await World.begin();
  world.front.rewrite(/^\/assets\/.*\.js$/, (script) => `${SET_BACK}\n${script}`);
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  expect(await rep.page.evaluate(() => new Date().getFullYear())).toBeLessThan(new Date().getFullYear() - 4);
  await phone.goOffline();
  await rep.visit("Wilman Kala", "By a clock of years ago.");
  await phone.killTab(rep.page);
  await rep.reopen();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  expect(phone.complaints).toEqual([]);
  await phone.end();
  await world.end();
});
