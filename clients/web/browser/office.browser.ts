/** Every screen of the console, light and dark: nothing for axe to find, nothing that sticks out. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { dayAfter, dayStart, Formats, isoDay } from "$texts/format.ts";
import { t } from "$texts/office/index.ts";

import { Desk, SIZE } from "./harness/desk.ts";
import { look, lookBoth, lookNarrow, moving } from "./harness/look.ts";
import { drawAnArea, liveAWeek, type Week } from "./harness/week.ts";
import { World } from "./harness/world.ts";

let world: World;
let week: Week;

beforeAll(async () => {
  world = await World.begin();
  week = await liveAWeek(world);
});
afterAll(async () => {
  await world.end();
});

/** Half of a usual screen: the navigation is behind a button then. */
const NARROW = 800;

/** Screens that the navigation does not offer: how each is called, and its address. */
const inner = (): readonly (readonly [name: string, path: string])[] => [
  ["account", `accounts/${week.account}`],
  ["record", `records/${week.order}`],
  ["visit", `records/${week.visit}`],
  ["person", `people/${week.person}`],
  ["as-rep", `as/${week.person}`],
  ["territory", `territories/${week.territory}`],
  ["territory-map", "territories?view=map"],
  ["visit-map", "visits?view=map"],
  ["visit-list", "visits?view=list"],
  ["new-move", "moves/new"],
  ["search", "search?q=ch"],
  ["rescue", "rescue"],
  ["nowhere", "nowhere"],
];

test.each(["light", "dark"] as const)("the console's screens, %s", async (scheme) => {
  const desk = await Desk.start(world, scheme);
  await desk.page.goto(`${world.officeUrl}/office/`);
  await desk.page.getByRole("button").first().waitFor();
  await look(desk.page, `office-sign-in-${scheme}`);
  await desk.signIn();
  const paths = await offered(desk);
  expect(paths.length).toBeGreaterThan(3);
  for (const [name, path] of [...paths.map((path) => [path, path] as const), ...inner()]) {
    await desk.open(path);
    await desk.page.getByRole("heading", { level: 1 }).waitFor();
    await look(desk.page, `office-${name}-${scheme}`, !["nowhere", "visit-list"].includes(name));
    if (scheme === "light") await lookNarrow(desk.page, `office-${name}`, NARROW);
  }
  await desk.open("live");
  await desk.page.setViewportSize({ ...SIZE, width: NARROW });
  await desk.page.getByRole("button", { name: t.desk.menu, exact: true }).click();
  await look(desk.page, `office-narrow-${scheme}`, false);
  await desk.page.setViewportSize(SIZE);
  // The parts of an account's page stand behind tabs.
  await desk.open(`accounts/${week.account}`);
  await desk.page.getByRole("tab").first().waitFor();
  for (const tab of await desk.page.getByRole("tab").all()) {
    await tab.click();
    const part = (await tab.innerText()).toLowerCase().replaceAll(/\W+/g, "-");
    await look(desk.page, `office-account-${part}-${scheme}`, ["timeline", "hand-over-brief"].includes(part));
  }
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});

/** The screens that the navigation of a desk offers, by their addresses. */
async function offered(desk: Desk): Promise<string[]> {
  const links = await desk.page.getByRole("navigation").first().getByRole("link").all();
  const addresses = await Promise.all(links.map((link) => link.getAttribute("href")));
  return addresses.flatMap((address) => /#\/([\w-]+)/.exec(address ?? "")?.[1] ?? []);
}

test("the map of territories says in its list what it shows, and the keys alone lead from a territory to its accounts", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  await drawAnArea(world, week.territory);
  await desk.open("territories?view=map");
  const list = desk.page.getByRole("list", { name: t.territories.map.list });
  const first = list.getByRole("button").first();
  await first.waitFor();
  const pins = desk.page.getByRole("application").getByRole("link");
  const all = await pins.count();
  await first.focus();
  await desk.page.keyboard.press("Enter");
  expect(await first.getAttribute("aria-expanded")).toBe("true");
  await lookBoth(desk.page, "office-territory-chosen");
  await desk.page.keyboard.press("Tab");
  await desk.page.keyboard.press("Tab");
  const account = await desk.page.evaluate(() => document.activeElement?.getAttribute("href") ?? "");
  expect(account).toMatch(/^#\/accounts\//);
  await desk.page.keyboard.press("Enter");
  await desk.page.getByRole("tab").first().waitFor();
  expect(all).toBeGreaterThan(0);
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});

test("the console moves nothing for those who asked for less motion", async () => {
  const desk = await Desk.start(world);
  await desk.page.emulateMedia({ reducedMotion: "reduce" });
  await desk.signIn();
  for (const path of ["live", "accounts", `territories/${week.territory}`]) {
    await desk.open(path);
    await desk.page.getByRole("heading", { level: 1 }).waitFor();
    expect(await moving(desk.page), path).toEqual([]);
  }
  await desk.end();
});

test("a visit stands in its day of the calendar, weeks go by, and a pin leads to its visit", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  const formats = new Formats("en-GB");
  const day = isoDay(Date.parse(String((await world.record(week.visit)).document["planned_start"])));
  const heading = (iso: string) =>
    desk.page.getByRole("heading", { level: 3, name: new RegExp(`^${formats.longDay(dayStart(iso) ?? 0)}: `) });
  const visit = desk.page.locator(`a[href$="records/${week.visit}"]`);
  await desk.open(`visits?day=${day}`);
  await desk.page
    .getByRole("listitem")
    .filter({ has: heading(day) })
    .locator(visit)
    .waitFor();
  expect(await visit.count()).toBe(1);
  for (const [words, days] of [
    [t.plan.visits.after, 7],
    [t.plan.visits.before, 0],
    [t.plan.visits.before, -7],
  ] as const) {
    await desk.press(words);
    await heading(dayAfter(dayStart(day) ?? 0, days)).waitFor();
    await visit.waitFor({ state: days === 0 ? "visible" : "detached" });
  }
  await desk.press(t.plan.visits.after);
  await visit.click();
  await expect.poll(() => desk.page.url()).toContain(`records/${week.visit}`);

  // Alone in its week, so that no other pin covers it.
  const start = new Date(Date.now() + 35 * 86_400_000);
  start.setUTCHours(12, 0, 0, 0);
  const alone = await world.add(week.account, "visit", { state: "planned", planned_start: start.toISOString() });
  await desk.open(`visits?view=map&day=${isoDay(start.getTime())}`);
  await desk.page.getByRole("application").getByRole("link").click();
  await expect.poll(() => desk.page.url()).toContain(`records/${alone}`);
  await desk.page.getByRole("heading", { level: 1 }).waitFor();
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});

test("territories as a list: what is looked for stays, and one opens beside it", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  const { name, code } = await world.office<{ name: string; code: string }>("GET", `/v1/territories/${week.territory}`);
  await desk.open("territories?view=list");
  const list = desk.page.getByRole("table", { name: t.territories.list });
  await list.getByRole("link").nth(1).waitFor();
  await desk.page.getByLabel(t.territories.find).fill(code);
  await expect.poll(() => list.getByRole("link").count()).toBe(1);
  await list.getByRole("link", { name, exact: true }).click();
  await desk.page.getByRole("heading", { level: 2, name: new RegExp(name) }).waitFor();
  expect(desk.page.url()).toMatch(new RegExp(`territories/${week.territory}\\?view=list$`));
  expect(await list.getByRole("link").count()).toBe(1);
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});

/** What goes on showing what came before, and what asks the server for nothing. */
const UNCUT = ["live", "reference"];

test("when the line is cut each screen says so, and what it could not read is there once one tries again", async () => {
  const desk = await Desk.start(world, "light", true);
  await desk.signIn();
  const main = desk.page.getByRole("main");
  const again = main.getByRole("button", { name: t.desk.retry, exact: true });
  const sign = (words: string) => desk.page.locator("header").getByRole("status").filter({ hasText: words });
  const paths = await offered(desk);
  await sign(t.desk.line.live).waitFor();
  world.front.cut();
  await sign(t.desk.line.offline).waitFor();
  for (const path of paths) {
    await desk.open(path);
    // Until then it is the screen before, which says so, too.
    await desk.page.locator(`nav a[aria-current="page"][href*="#/${path}"]`).waitFor();
    await main.getByRole("heading", { level: 1 }).waitFor();
    if (UNCUT.includes(path)) await main.getByRole("listitem").first().waitFor();
    else await expect.poll(() => again.count(), { message: path }).toBeGreaterThan(0);
  }
  world.front.mend();
  // It may also be read anew by itself, as the line comes back.
  await expect
    .poll(async () => {
      const [first] = await again.all();
      await first?.click({ timeout: 1_000 }).catch(() => undefined);
      return again.count();
    })
    .toBe(0);
  await sign(t.desk.line.live).waitFor();
  expect(desk.complaints.filter((said) => !said.includes("net::ERR_"))).toEqual([]);
  expect(desk.strangers).toEqual([]);
  await desk.end();
});
