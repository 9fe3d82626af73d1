/** The plan on the phone, and a manager's word on a visit: from the console to the rep and back. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { look, lookBoth } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Ernst Handel";
const ASKED = "Ask for the order at the next visit";

let world: World;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});
afterEach(() => {
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
afterAll(async () => {
  await phone.end();
  await world.end();
});

test("the day is planned offline, and the person adds to it, leaves out, and takes back", async () => {
  await phone.goOffline();
  await phone.go(rep.page, "plan");
  const list = rep.page.getByRole("main");
  await rep.write(en.plan.addText, ACCOUNT);
  await rep.tap(en.plan.adds(ACCOUNT));
  await rep.tap(en.plan.out(ACCOUNT));
  await list.getByText(en.plan.leftOut).waitFor();
  await rep.tap(en.plan.takeBack);
  await list.getByText(en.plan.leftOut).waitFor({ state: "detached" });
  await phone.goOnline();
});

test("what was done offline waits beside the record's figures, and counts once it is there", async () => {
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Wants the new samples by Friday.");
  await phone.go(rep.page, "month");
  const made = rep.page.getByText(en.month.visits_made).locator("..");
  await made.getByText(en.month.waiting("+1")).waitFor();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await made.getByText(en.month.waiting("+1")).waitFor({ state: "detached" });
  expect(await made.getByRole("definition").innerText()).toBe("1");
});

test("a manager reads the team's accounts on a phone, is offered no edit, and what they remark reaches the rep", async () => {
  const own = await Phone.start(world);
  const boss = await Rep.enrol(world, own, "Andrew Fuller");
  // Two steps below: Robert reports to Steven, who reports to Andrew.
  const robert = await world.idOf("/v1/people?q=Robert");
  const { items } = await world.office<{ items: { name: string }[] }>("GET", `/v1/accounts?holder=${robert}&limit=1`);
  for (const name of [items[0]?.name ?? "", ACCOUNT]) {
    await boss.openAccount(name);
    await boss.page.getByRole("link", { name: en.account.addTask, exact: true }).waitFor();
    const main = boss.page.getByRole("main");
    expect(await main.getByRole("button", { name: en.account.visit, exact: true }).count()).toBe(0);
    expect(await main.getByRole("link", { name: en.account.order, exact: true }).count()).toBe(0);
    await boss.tap(en.account.details, "tab");
    await main.getByText(en.sync.words.in_the_record, { exact: true }).waitFor();
    expect(await main.getByRole("link", { name: en.account.editAccount, exact: true }).count()).toBe(0);
    await boss.tap(en.account.history, "tab");
  }
  await boss.tap(/Wants the new samples/, "link");
  await boss.page.getByText("Wants the new samples by Friday.").first().waitFor();
  expect(await boss.page.getByRole("button", { name: en.common.edit, exact: true }).count()).toBe(0);
  await boss.write(en.comment.add, "Ask for the order while you are there.");
  await boss.tap(en.comment.add);
  await boss.page.getByText("Ask for the order while you are there.").first().waitFor();
  await look(boss.page, "app-manager-visit-light", false);
  await boss.waitForChip(en.sync.allIn);
  await phone.go(rep.page, `visits/${boss.idHere}`);
  await rep.page.getByText("Ask for the order while you are there.").waitFor();
  expect([own.complaints, own.strangers]).toEqual([[], []]);
  await own.end();
});

test("a comment with a follow-up on a visit's page reaches the phone, is ticked off there, and is done in the console", async () => {
  const { items } = await world.office<{ items: { id: string }[] }>("GET", "/v1/visits?limit=1");
  const desk = await Desk.start(world);
  await desk.signIn();
  await desk.open(`records/${items[0]?.id ?? ""}`);
  await desk.page.getByRole("button", { name: t.figures.coaching.add, exact: true }).click();
  await desk.page.getByLabel(t.figures.coaching.comment).fill("Good opening. Nobody asked for the order.");
  await desk.page.getByLabel(t.figures.coaching.subject).fill(ASKED);
  await desk.page.getByRole("dialog").getByRole("button", { name: t.figures.coaching.go, exact: true }).click();
  await desk.page.getByRole("link", { name: ASKED }).waitFor();
  await lookBoth(desk.page, "office-coaching");
  await phone.go(rep.page, "tasks");
  await rep.page.getByRole("link", { name: new RegExp(ASKED) }).click();
  await rep.page.getByRole("link", { name: new RegExp(en.coaching.about) }).click();
  await rep.page.getByRole("heading", { name: en.coaching.title }).waitFor();
  await lookBoth(rep.page, "app-coaching");
  await rep.tap(en.tasks.tick(ASKED));
  await rep.write(en.comment.add, "Did it: they took two boxes.");
  await rep.tap(en.comment.add);
  await rep.waitForChip(en.sync.allIn);
  await desk.page.getByText("Did it: they took two boxes.").waitFor();
  // The chip of the task, not the visit's own state, which is called the same.
  await desk.page
    .locator("span")
    .filter({ hasText: new RegExp(`^${t.figures.coaching.states.done}$`) })
    .waitFor();
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
});
