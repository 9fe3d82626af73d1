/** What else waits on the office's desk: a field that two wrote at once, and an account that has no place yet. */
import { expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import type { Desk } from "./harness/desk.ts";
import { lookBoth, RAW } from "./harness/look.ts";
import type { Phone } from "./harness/phone.ts";
import type { Rep } from "./harness/rep.ts";
import { drawAnArea } from "./harness/week.ts";
import { allAtADeskAndAPhone } from "./harness/stage.ts";
import type { World } from "./harness/world.ts";

/** Accounts of Nancy's. */
const AT_THE_DESK = "Ernst Handel";
const ON_THE_PHONE = "Wilman Kala";

let world: World;
let phone: Phone;
let rep: Rep;
let desk: Desk;

allAtADeskAndAPhone((stage) => {
  ({ world, desk, phone, rep } = stage);
});

/** Both write a telephone number, neither knowing of the other; the account's id. */
async function bothWrite(account: string): Promise<string> {
  await rep.openAccount(account);
  const id = rep.idHere;
  await phone.goOffline();
  await phone.go(rep.page, `accounts/${id}/edit`);
  await rep.write(en.account.fields.phone, "7675-1111");
  await rep.tap(en.common.save);
  await rep.page.getByText(en.common.saved).first().waitFor();
  await world.write(id, { phone: "7675-2222" });
  await phone.goOnline();
  await rep.openAccount(account);
  await rep.page.getByRole("group", { name: en.account.fields.phone }).waitFor();
  return id;
}

test("the office chooses which of two values stays, and the phone has it", async () => {
  const id = await bothWrite(AT_THE_DESK);
  await desk.open("conflicts");
  const text = t.inboxes.conflicts;
  const card = desk.page.getByRole("article").filter({ hasText: AT_THE_DESK });
  await card.getByRole("radio", { name: /7675-1111/ }).waitFor();
  expect(await card.innerText()).toContain("Nancy Davolio");
  expect(await card.innerText()).not.toMatch(RAW);
  await lookBoth(desk.page, "office-conflict");
  await card.getByRole("radio", { name: /7675-1111/ }).focus();
  await desk.page.keyboard.press("Space");
  await card.getByRole("button", { name: text.go, exact: true }).click();
  await desk.page.getByText(text.done).waitFor();
  await desk.page.getByText(text.empty).waitFor();
  await world.says(id, { phone: "7675-1111" });
  await rep.page.getByRole("group", { name: en.account.fields.phone }).waitFor({ state: "hidden" });
});

test("a rep chooses on the phone, and the office's inbox is empty by itself", async () => {
  const id = await bothWrite(ON_THE_PHONE);
  await desk.page.getByRole("article").filter({ hasText: ON_THE_PHONE }).waitFor();
  await lookBoth(rep.page, "app-conflict");
  await rep.tap(new RegExp(`^${en.conflicts.choose}: .*7675-2222`));
  await rep.page.getByText(en.conflicts.chosen).first().waitFor();
  await rep.page.getByRole("group", { name: en.account.fields.phone }).waitFor({ state: "hidden" });
  await world.says(id, { phone: "7675-2222" });
  await desk.page.getByText(t.inboxes.conflicts.empty).waitFor();
});

test("an account that no rule places waits on the desk: its rep keeps it, or it goes to a colleague", async () => {
  const text = t.inboxes.unassigned;
  const { items } = await world.office<{ items: { id: string; code: string; name: string }[] }>(
    "GET",
    "/v1/territories?limit=200",
  );
  const janets = items.find(({ code }) => code === "30346");
  await drawAnArea(world, janets?.id ?? "");
  await desk.open("unassigned");
  await desk.page.getByText(text.empty).waitFor();
  await phone.goOffline();
  for (const name of ["Harbour Kiosk", "Station Kiosk"]) {
    await phone.go(rep.page, "accounts/new");
    await rep.page.getByRole("textbox", { name: en.account.fields.name }).first().fill(name);
    await rep.tap(en.common.save);
    await rep.page.getByRole("heading", { name, level: 1 }).waitFor();
  }
  await phone.goOnline();
  const row = (name: string) => desk.page.getByRole("row", { name: new RegExp(name) });
  await row("Harbour Kiosk").waitFor();
  await row("Station Kiosk").waitFor();
  expect(await row("Harbour Kiosk").innerText()).toContain(text.reasons["no_rule"]);
  await lookBoth(desk.page, "office-unassigned-account");
  const [account] = (await world.office<{ items: { territory_id: string }[] }>("GET", "/v1/accounts?q=Harbour")).items;
  for (const [name, territory] of [
    ["Harbour Kiosk", account?.territory_id ?? ""],
    ["Station Kiosk", janets?.id ?? ""],
  ] as const) {
    await desk.page.getByRole("button", { name: text.placeOne(name), exact: true }).click();
    await desk.page.getByRole("dialog").getByLabel(text.territory).selectOption(territory);
    await desk.press(text.go);
    await row(name).waitFor({ state: "hidden" });
  }
  await desk.page.getByText(text.empty).waitFor();
  await rep.waitUntilGone("Station Kiosk");
  await rep.openAccount("Harbour Kiosk");
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
