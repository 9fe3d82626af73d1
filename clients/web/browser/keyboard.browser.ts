/** By the keys alone, and by ear: what has the focus is in sight, a closed sheet gives it back, and headings make an outline. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { settled } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { liveAWeek, type Week } from "./harness/week.ts";
import { World } from "./harness/world.ts";

/** More stops than the longest list has: a round that is longer goes in circles. */
const STOPS_MAX = 1_500;

let world: World;
let week: Week;
let phone: Phone;
let rep: Rep;
let desk: Desk;

beforeAll(async () => {
  world = await World.begin();
  week = await liveAWeek(world);
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
  desk = await Desk.start(world);
  await desk.signIn();
});
afterAll(async () => {
  await phone.end();
  await desk.end();
  await world.end();
});

interface Stop {
  readonly name: string;
  /** What covers its middle, or null if nothing does. */
  readonly coveredBy: string | null;
  readonly isSeen: boolean;
  /** Whether the round has been here before; a day has several stops of its own. */
  readonly isAgain: boolean;
  /** Whether it began here. */
  readonly isFirst: boolean;
}

/** What a round has been at, in the page. */
interface Been {
  been?: Set<Element>;
  /** What it has to come to: what the screen had as it began. */
  controls?: readonly HTMLElement[];
}

const CONTROLS = "a[href], button:enabled, input:enabled:not([type=radio]), select:enabled, textarea:enabled";

/** Puts the focus before everything, so that the next Tab goes to the first stop. */
async function begin(page: Page): Promise<void> {
  await page.evaluate((controls) => {
    const here = globalThis as Been;
    here.been = new Set();
    here.controls = [...document.querySelectorAll<HTMLElement>(controls)];
    const { body } = document;
    body.tabIndex = -1;
    body.focus();
    body.removeAttribute("tabindex");
  }, CONTROLS);
}

/** Where the focus is; null on the page itself, which is where a round of Tab ends. */
function stop(page: Page): Promise<Stop | null> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || at === document.body) return null;
    const { left, top, width, height } = at.getBoundingClientRect();
    const label = at.getAttribute("aria-label") ?? at.textContent.trim().slice(0, 40);
    const over = document.elementFromPoint(left + width / 2, top + height / 2);
    // The real control of a styled choice is small and under its label.
    const own = at.closest("label, li, tr, .map") ?? at;
    const isCovered = over !== null && !own.contains(over) && !over.contains(at);
    const been = ((globalThis as Been).been ??= new Set());
    const stops = [...been];
    const isParted = /^(date|time|month|week)/.test(at.getAttribute("type") ?? "");
    const isAgain = been.has(at) && !(isParted && stops.at(-1) === at);
    const isFirst = stops[0] === at;
    been.add(at);
    const isSeen = width > 0 && height > 0 && top >= -1 && left >= -1 && top < innerHeight && left < innerWidth;
    return {
      name: `${at.tagName.toLowerCase()} ${label}`,
      coveredBy: isCovered ? `${over.tagName.toLowerCase()} ${over.className}` : null,
      isSeen,
      isAgain,
      isFirst,
    };
  });
}

/** What the keys should have come to in a round, and have not. */
function missed(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { been = new Set(), controls = [] } = globalThis as Been;
    return controls
      .filter(
        (one) =>
          one.isConnected && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !been.has(one),
      )
      .map((one) => `${one.tagName.toLowerCase()} ${one.textContent.trim().slice(0, 40)} is out of reach`);
  });
}

/** Goes once round the screen by Tab, to the page itself or to where it began; what is wrong on the way. */
async function round(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  await begin(page);
  for (let n = 0; n < STOPS_MAX; n += 1) {
    await page.keyboard.press("Tab");
    const at = await stop(page);
    if (at === null || (at.isAgain && at.isFirst)) return [...wrong, ...(await missed(page))];
    if (at.isAgain) return [...wrong, `${at.name} has the focus again before the round is over`];
    if (!at.isSeen) wrong.push(`${at.name} has the focus out of sight`);
    if (at.coveredBy !== null) wrong.push(`${at.name} has the focus under ${at.coveredBy}`);
  }
  return [...wrong, `after ${STOPS_MAX} stops the round is not over`];
}

/** What is wrong with the outline of a screen: one first heading, and no level left out. */
function outline(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>("h1, h2, h3, h4, h5, h6")].filter((one) =>
      one.checkVisibility(),
    );
    const levels = all.map((one) => Number(one.tagName[1]));
    const wrong =
      levels.filter((level) => level === 1).length === 1 ? [] : [`${levels.join()} has not one first heading`];
    for (const [n, level] of levels.entries()) {
      if (level > (levels[n - 1] ?? 0) + 1)
        wrong.push(`h${level} “${all[n]?.textContent ?? ""}” follows h${levels[n - 1] ?? 0}`);
    }
    const seen = new Set<string>();
    for (const { textContent: words } of all) {
      const text = words.trim().toLowerCase();
      if (seen.has(text)) wrong.push(`“${text}” is a heading twice`);
      seen.add(text);
    }
    return wrong;
  });
}

async function examined(page: Page): Promise<string[]> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await settled(page);
  return [...(await outline(page)), ...(await round(page))];
}

test("the app: each stop of the Tab key is in sight, and headings make an outline", async () => {
  await rep.openAccount("Ernst Handel");
  const account = /[0-9a-f-]{36}/.exec(rep.page.url())?.[0] ?? "";
  for (const path of [
    "",
    "accounts",
    "nearby",
    "tasks",
    "plan",
    "due",
    "month",
    "more",
    "held",
    `accounts/${account}`,
    `accounts/${account}/plan`,
    `accounts/${account}/edit`,
    `visits/${week.ofNancy.visit}`,
    `orders/${week.ofNancy.order}`,
    `tasks/${week.ofNancy.task}`,
  ]) {
    await phone.go(rep.page, path);
    expect.soft(await examined(rep.page), path).toEqual([]);
  }
});

test("the console: each stop of the Tab key is in sight, and headings make an outline", async () => {
  for (const path of [
    "live",
    `accounts/${week.account}`,
    `records/${week.order}`,
    "orders",
    "visits",
    "days",
    "held",
    "territories",
    `territories/${week.territory}`,
    "moves/new",
    "people",
    `people/${week.person}`,
    "devices",
    "imports",
    "settings",
    "audit",
  ]) {
    await desk.open(path);
    expect.soft(await examined(desk.page), path).toEqual([]);
  }
});

test("a round that does not get out is found", async () => {
  await desk.open("settings");
  await desk.page.getByRole("heading", { level: 1 }).waitFor();
  expect(await round(desk.page)).toEqual([]);
  await desk.page.evaluate(() => {
    const [trap] = document.querySelectorAll("main input");
    trap?.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Tab") event.preventDefault();
    });
  });
  expect(await round(desk.page)).toMatchObject([expect.stringContaining("has the focus again")]);
  await desk.page.reload();
});

/** Opens something with the keys, leaves it with Escape, and says where the focus is then. */
async function cameBack(page: Page, opener: ReturnType<Page["getByRole"]>): Promise<boolean> {
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").first().waitFor();
  const isInside = await page.evaluate(() => document.activeElement?.closest("dialog") !== null);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").first().waitFor({ state: "hidden" });
  return isInside && (await opener.evaluate((node) => node === document.activeElement));
}

test("a sheet takes the focus, and gives it back to what opened it", async () => {
  await phone.go(rep.page, "");
  expect(await cameBack(rep.page, rep.page.getByRole("button", { name: /^Sync: / }))).toBe(true);
  await desk.open("settings");
  expect(await cameBack(desk.page, desk.page.getByRole("button", { name: t.people.sample.remove, exact: true }))).toBe(
    true,
  );
  await desk.open(`records/${week.order}`);
  const correct = desk.page.getByRole("button", { name: t.record.orders.correct, exact: true });
  expect(await cameBack(desk.page, correct)).toBe(true);
});

test("what was saved is told to who listens, and taking it back leaves the focus on the screen", async () => {
  await phone.go(rep.page, "tasks");
  const box = rep.page
    .getByRole("main")
    .getByRole("button", { name: /Send the new price list/ })
    .first();
  await box.focus();
  await rep.page.keyboard.press("Enter");
  const undo = rep.page.getByRole("button", { name: en.common.undo, exact: true });
  await undo.waitFor();
  expect(await undo.evaluate((node) => node.closest("[aria-live=polite]") !== null)).toBe(true);
  await undo.focus();
  await rep.page.keyboard.press("Enter");
  await undo.waitFor({ state: "hidden" });
  expect(await rep.page.evaluate(() => document.activeElement !== document.body)).toBe(true);
});
