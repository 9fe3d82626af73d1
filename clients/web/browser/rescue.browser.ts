/** Work that no network brings, in a file: written on the phone, loaded by the office. And two accounts made one, by the office. */
import { readFile } from "node:fs/promises";

import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { people } from "$texts/office/en/people.ts";
import { record } from "$texts/office/en/record.ts";

import { Desk } from "./harness/desk.ts";
import { lookBoth } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";
const PASSPHRASE = "Zürich, 12 Bäume";
const text = people.rescue;

let world: World;

beforeAll(async () => {
  world = await World.begin();
});
afterAll(async () => {
  await world.end();
});

interface Visit {
  readonly account_name: string;
}
const visits = async (): Promise<number> => {
  const { items } = await world.office<{ items: readonly Visit[] }>("GET", "/v1/visits?limit=500");
  return items.filter((visit) => visit.account_name === ACCOUNT).length;
};

test("a rescue file brings unsent work into the record once, whoever sends it later", async () => {
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Brought by a file.");
  await rep.page.getByRole("button", { name: en.sync.offline }).click();
  await rep.page.getByText(en.sync.rescue, { exact: true }).click();
  await rep.write(en.sync.rescuePassphrase, PASSPHRASE);
  const download = rep.page.waitForEvent("download");
  await rep.tap(en.sync.rescueSave);
  const file = await readFile(await (await download).path());

  const desk = await Desk.start(world);
  await desk.signIn();
  await desk.open("rescue");
  await lookBoth(desk.page, "office-rescue");
  await desk.page.getByLabel(text.choose).setInputFiles({ name: "nancy.rescue", mimeType: "", buffer: file });
  await desk.page.getByRole("textbox", { name: text.passphrase }).fill("not that one");
  await desk.page.getByRole("button", { name: text.open, exact: true }).click();
  await desk.page.getByText("wrong_passphrase").waitFor();
  await desk.page.getByRole("textbox", { name: text.passphrase }).fill(PASSPHRASE);
  await desk.page.getByRole("button", { name: text.open, exact: true }).click();
  await desk.page.getByText(text.waiting, { exact: true }).first().waitFor();
  expect(await visits(), "looking changes nothing").toBe(0);
  await desk.page.getByRole("button", { name: text.bring, exact: true }).click();
  await desk.page.getByText(text.outcomes.in_record, { exact: true }).first().waitFor();
  await lookBoth(desk.page, "office-rescued");
  expect(await visits()).toBe(1);

  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await desk.page.getByRole("button", { name: text.again, exact: true }).click();
  await desk.page.getByText(text.before(text.outcomes.in_record)).first().waitFor();
  expect(await visits(), "the phone sent it too").toBe(1);
  expect([phone.complaints, phone.strangers, desk.complaints, desk.strangers]).toEqual([[], [], [], []]);
  await phone.end();
  await desk.end();
});

test("the office makes one of two accounts, after it saw what will stand under it", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  const { items } = await world.office<{ items: readonly { id: string }[] }>("GET", "/v1/accounts?q=Blauer%20See");
  const [account] = items;
  if (account === undefined) throw new Error("Northwind has no Blauer See");
  await desk.open(`accounts/${account.id}`);
  await desk.page.getByRole("button", { name: record.account.merge, exact: true }).click();
  await desk.page.getByLabel(record.merge.find).fill("Alfreds");
  await desk.page.locator("label").filter({ hasText: "Alfreds Futterkiste" }).click();
  await desk.page.getByText(record.merge.records).waitFor();
  await lookBoth(desk.page, "office-merge");
  await desk.page.getByRole("button", { name: record.merge.go, exact: true }).click();
  await desk.page.getByRole("heading", { name: "Alfreds Futterkiste", level: 1 }).waitFor();
  await desk.open(`accounts/${account.id}`);
  await desk.page.getByText(record.account.mergedInto("Alfreds Futterkiste")).waitFor();
  expect(await desk.page.getByRole("button", { name: record.account.merge, exact: true }).count()).toBe(0);
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});
