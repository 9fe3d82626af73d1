/** Nothing moves away from under a thumb: screens that fill bit by bit keep what is there where it is. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";

import { settled, shifted } from "./harness/look.ts";
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
