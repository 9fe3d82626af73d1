/** Every screen of the console, light and dark: nothing for axe to find, nothing that sticks out. */
import { afterAll, beforeAll, expect, test } from "vitest";

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
  // Whatever the navigation offers is a screen; its address says which.
  const links = await desk.page.getByRole("navigation").first().getByRole("link").all();
  const addresses = await Promise.all(links.map((link) => link.getAttribute("href")));
  const paths = addresses.flatMap((address) => /#\/([\w-]+)/.exec(address ?? "")?.[1] ?? []);
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
