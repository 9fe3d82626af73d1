/** Every screen of the console, light and dark: nothing for axe to find, nothing that sticks out. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { Desk } from "./harness/desk.ts";
import { look } from "./harness/look.ts";
import { World } from "./harness/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.begin();
});
afterAll(async () => {
  await world.end();
});

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
  for (const path of paths) {
    await desk.open(path);
    await desk.page.getByRole("heading", { level: 1 }).waitFor();
    await look(desk.page, `office-${path}-${scheme}`);
  }
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});
