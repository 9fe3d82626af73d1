/** What is typed in a dialog of the console stays until somebody throws it away: beside it, by keys, and when others write. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { World } from "./harness/world.ts";

let world: World;
let desk: Desk;
let account: string;

beforeAll(async () => {
  world = await World.begin();
  desk = await Desk.start(world);
  await desk.signIn();
  const { items } = await world.office<{ items: { id: string }[] }>("GET", "/v1/accounts?q=Wilman");
  account = items[0]?.id ?? "";
});
beforeEach(async () => {
  await desk.open("live");
  await desk.open(`accounts/${account}`);
  await desk.page.getByRole("button", { name: t.record.account.edit, exact: true }).click();
});
afterAll(async () => {
  expect(desk.complaints).toEqual([]);
  await desk.end();
  await world.end();
});

const dialog = () => desk.page.getByRole("dialog");
const press = (name: string): Promise<void> => dialog().getByRole("button", { name, exact: true }).click();
const phone = () => dialog().getByLabel("Phone", { exact: true });

test("a click beside it, Cancel or Escape asks first, and nothing typed is lost", async () => {
  await phone().fill("030 1");
  await desk.page.mouse.click(5, 5);
  await press(t.desk.unsaved.keep);
  expect(await phone().inputValue()).toBe("030 1");
  // One is where one was, for eyes, keys and ears alike.
  await phone().press("Escape");
  const question = dialog().getByRole("group", { name: t.desk.unsaved.title });
  await question.waitFor();
  await desk.page.keyboard.press("Enter");
  await question.waitFor({ state: "hidden" });
  expect(await phone().evaluate((field) => field === document.activeElement)).toBe(true);
  await press(t.desk.cancel);
  await question.waitFor();
  for (let n = 0; n < 3; n += 1) await desk.page.keyboard.press("Escape");
  await dialog().getByText(t.desk.unsaved.title).waitFor();
  expect(await phone().inputValue()).toBe("030 1");
  await press(t.desk.unsaved.discard);
  await dialog().waitFor({ state: "hidden" });
});

test("a selection that is drawn out of it leaves it open, and where nothing was typed it closes", async () => {
  const box = await phone().boundingBox();
  await desk.page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 20);
  await desk.page.mouse.down();
  await desk.page.mouse.move(5, 5);
  await desk.page.mouse.up();
  expect(await dialog().isVisible()).toBe(true);
  await desk.page.mouse.click(5, 5);
  await dialog().waitFor({ state: "hidden" });
});

test("what others wrote meanwhile is shown, and what was typed is saved on it", async () => {
  await phone().fill("030 2");
  const read = () => world.office<{ version: number; document: object }>("GET", `/v1/records/${account}`);
  const { version } = await read();
  const document = { phone: "030 3", city: "Turku" };
  await world.office("PATCH", `/v1/records/${account}`, { document }, { "if-match": `"${version}"` });
  await press(t.desk.save);
  await press(t.desk.problem.readAgain);
  await dialog().getByText(t.desk.meanwhile.yours).waitFor();
  expect(await dialog().getByText(t.desk.meanwhile.title).isVisible()).toBe(true);
  expect(await dialog().locator("li", { hasText: "Turku" }).isVisible()).toBe(true);
  expect(await phone().inputValue()).toBe("030 2");
  await press(t.desk.save);
  await desk.page.getByText(t.record.edit.saved).waitFor();
  expect((await read()).document).toMatchObject({ phone: "030 2", city: "Turku" });
  desk.complaints.length = 0;
});

test("saving one form of the settings leaves the other as it is typed", async () => {
  await press(t.desk.cancel);
  await desk.open("settings");
  const { settings: text } = t.people;
  const name = desk.page.getByLabel(text.sellerName, { exact: true });
  await name.fill("Northwind Traders GmbH");
  await desk.page.getByLabel(text.offline).fill("45");
  await desk.page.getByRole("button", { name: text.save, exact: true }).first().click();
  await desk.page.getByText(text.saved, { exact: true }).first().waitFor();
  expect(await name.inputValue()).toBe("Northwind Traders GmbH");
  await desk.page.getByRole("button", { name: text.save, exact: true }).last().click();
  await expect
    .poll(() => world.office("GET", "/v1/settings"))
    .toMatchObject({ offline_days: 45, seller_name: "Northwind Traders GmbH" });
});
