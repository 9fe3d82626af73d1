/** Nothing moves away from under a thumb: screens that fill bit by bit keep what is there where it is; and that what is cut off is seen. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { settled, shifted, sticking } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

/** An account of Nancy's that ordered before. */
const ACCOUNT = "Ernst Handel";
/** Less than one sees. */
const SHIFT_MAX = 0.02;

let world: World;
let phone: Phone;
let rep: Rep;
let account: string;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await rep.openAccount(ACCOUNT);
  account = /[0-9a-f-]{36}/.exec(rep.page.url())?.[0] ?? "";
});
afterAll(async () => {
  await phone.end();
  await world.end();
});

test("an order form, with what was ordered before above the catalogue", async () => {
  await phone.go(rep.page, `accounts/${account}/order`);
  await rep.page.getByRole("region", { name: en.order.usual }).waitFor();
  await rep.page.getByRole("region", { name: en.order.catalogue }).waitFor();
  await settled(rep.page);
  expect(await shifted(rep.page)).toBeLessThan(SHIFT_MAX);
});

test("an account's page, with the tabs below the glance", async () => {
  await phone.go(rep.page, `accounts/${account}`);
  await rep.page.getByRole("tab", { name: en.account.people }).waitFor();
  await settled(rep.page);
  expect(await shifted(rep.page)).toBeLessThan(SHIFT_MAX);
});

test("what a box cuts off and what sticks out is found, and not what scrolls or ends in dots", async () => {
  const page = await rep.page.context().newPage();
  const long = "words that are much wider than the box in which they stand";
  const box = (name: string, style: string): string =>
    `<div class="${name}" style="width: 6rem; white-space: nowrap; ${style}">${long}</div>`;
  await page.setContent(
    box("cut", "overflow: hidden") +
      box("clipped", "overflow-x: clip") +
      box("low", "overflow: hidden; height: 1rem; white-space: normal") +
      box("dotted", "overflow: hidden; text-overflow: ellipsis") +
      box("scrolled", "overflow-x: auto"),
  );
  const places = async (): Promise<(string | undefined)[]> =>
    (await sticking(page)).map((found) => /(.*)DIV (\w+)/.exec(found)?.slice(1).join(""));
  expect(await places()).toEqual(["cut at the side: cut", "cut at the side: clipped", "cut at the foot: low"]);
  await page.setContent(box("out", "margin-left: calc(100vw - 4rem)"));
  expect(await sticking(page)).toEqual(["the page", expect.stringContaining("out")]);
  await page.close();
});
