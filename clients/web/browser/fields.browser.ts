/** What the record holds and people choose: a hold, whose a task is, what a case is about, what was agreed on the telephone. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

/** One of Nancy's accounts in Northwind. */
const ACCOUNT = "Ernst Handel";
const BARE = "A product without a price of its own";

let world: World;
let desk: Desk;
let phone: Phone;
let rep: Rep;
let account = "";

beforeAll(async () => {
  world = await World.begin();
  desk = await Desk.start(world);
  await desk.signIn();
  await world.office("POST", "/v1/departments", { code: "service", name: "Service" });
  await world.office("POST", "/v1/reference/products", { items: { "900": { name: BARE, category: "Confections" } } });
  await world.office("POST", "/v1/reference/price_lists", { items: { BASE: { name: "Base", currency: "USD" } } });
  await world.office("POST", "/v1/reference/prices", { items: { "BASE/900": { unit_price_minor: 990 } } });
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await rep.openAccount(ACCOUNT);
  account = /[0-9a-f-]{36}/.exec(rep.page.url())?.[0] ?? "";
});
afterEach(() => {
  expect([phone.complaints, phone.strangers, desk.complaints, desk.strangers]).toEqual([[], [], [], []]);
});
afterAll(async () => {
  await phone.end();
  await desk.end();
  await world.end();
});

type Document = Readonly<Record<string, unknown>>;
const documentOf = async (id: string): Promise<Document> =>
  (await world.office<{ document: Document }>("GET", `/v1/records/${id}`)).document;

/** The one record of this title that the account's timeline holds, once it is there. */
function arrived(title: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const path = `/v1/accounts/${account}/timeline?limit=50`;
      const { items } = await world.office<{ items: { record_id: string; title: string | null }[] }>("GET", path);
      const found = items.find((item) => item.title === title);
      if (found === undefined) throw new Error(`${title} has not come`);
      return found.record_id;
    },
    { timeout: 20_000, interval: 200 },
  );
}

const field = (label: string) => rep.page.getByLabel(label, { exact: true });
const dialog = () => desk.page.getByRole("dialog");

test("the office sets a hold by a tick, and the rep sees it without a signal, with the limit", async () => {
  await desk.open(`accounts/${account}`);
  await desk.page.getByRole("button", { name: t.record.account.edit, exact: true }).click();
  await dialog()
    .getByLabel(t.fields.names["credit_hold"] ?? "", { exact: true })
    .check();
  await dialog()
    .getByLabel(t.fields.names["credit_limit_minor"] ?? "", { exact: true })
    .fill("1000");
  await dialog()
    .getByLabel(t.fields.names["owed_minor"] ?? "", { exact: true })
    .fill("990");
  await dialog().getByRole("button", { name: t.desk.save, exact: true }).click();
  await desk.page.getByText(t.record.edit.saved).waitFor();
  expect(await documentOf(account)).toMatchObject({ credit_hold: true, credit_limit_minor: 100_000 });
  await desk.page.getByText("Credit hold", { exact: true }).waitFor();
  await rep.page.getByText(en.account.creditHold).waitFor();
  await phone.goOffline();
  await rep.openAccount(ACCOUNT);
  await rep.page.getByText(en.account.creditHold).waitFor();
  await rep.tap(en.account.details, "tab");
  await rep.page.getByText(/1,000\.00/).waitFor();
  await rep.page.getByText(/990\.00/).waitFor();
  await phone.go(rep.page, `accounts/${account}/brief`);
  await rep.page.getByText("The office holds their orders.").waitFor();
  await phone.goOnline();
});

test("a product that only a list prices is found, taken at a price of its own, and sent with freight", async () => {
  await phone.go(rep.page, `accounts/${account}/order`);
  await rep.page.getByRole("searchbox").fill(BARE);
  await rep.tap(en.order.addOne(BARE));
  await rep.tap(en.order.review);
  await rep.write(en.order.ownPriceOf(BARE), "8.50");
  await rep.write(`${en.order.freight}, USD`, "12");
  await rep.page.keyboard.press("Tab");
  await rep.page
    .getByText(/20\.50/)
    .first()
    .waitFor();
  await rep.tap(en.order.saveDraft);
  const { items } = await vi.waitFor(
    async () => {
      const path = `/v1/orders?account=${account}&state=draft`;
      const page = await world.office<{ items: { id: string; total_minor: number }[] }>("GET", path);
      expect(page.items).toMatchObject([{ total_minor: 2050 }]);
      return page;
    },
    { timeout: 20_000, interval: 200 },
  );
  expect(await documentOf(items[0]?.id ?? "")).toMatchObject({
    freight_minor: 1200,
    lines: [{ sku: "900", own_price: true, unit_price_minor: 850 }],
  });
});

test("a task that is put into a department's queue is no task of the rep's own, and says whose it is", async () => {
  for (const [subject, department] of [
    ["Ring them", ""],
    ["Fetch the broken jars", "Service"],
  ] as const) {
    await phone.go(rep.page, `accounts/${account}/task`);
    await rep.write(en.tasks.fields.subject, subject);
    await rep.page.getByText(en.account.moreFields).click();
    if (department !== "") await field(en.tasks.fields.department_id).selectOption({ label: department });
    await rep.tap(en.common.save);
    await rep.page.getByText(en.common.saved).first().waitFor();
  }
  const documents = [
    await documentOf(await arrived("Ring them")),
    await documentOf(await arrived("Fetch the broken jars")),
  ];
  expect(documents.map(({ assignee_id, department_id }) => [assignee_id !== null, department_id !== null])).toEqual([
    [true, false],
    [false, true],
  ]);
  await phone.go(rep.page, "tasks");
  await rep.page.getByText("Ring them").waitFor();
  expect(await rep.page.getByText("Fetch the broken jars").count()).toBe(0);
  await rep.tap(en.tasks.others, "tab");
  await rep.page.getByText(en.tasks.queueOf("Service")).waitFor();
  await rep.tap(/Fetch the broken jars/, "link");
  await rep.page.getByText(en.tasks.queueOf("Service")).waitFor();
});

test("a case says which order and which of its lines it is about, in the app and at the desk", async () => {
  const words = en.plain.case.fields;
  await phone.go(rep.page, `accounts/${account}/case`);
  await rep.choose(en.plain.case.words["case_type"]?.["complaint"] ?? "");
  await rep.write(words["subject"] ?? "", "Glass in the jam");
  await rep.page.getByText(en.account.moreFields).click();
  await field(words["order_id"] ?? "").selectOption({ index: 1 });
  await field(words["department_id"] ?? "").selectOption({ label: "Service" });
  // Its goods, while it is still being written: one that was added, and one that Save takes along.
  for (const reason of ["Chipped", "Leaking"]) {
    await rep.tap(en.items.add.lines);
    await field(en.items.fields.line_id).selectOption({ index: 1 });
    await rep.write(en.items.fields.reason, reason);
    if (reason === "Chipped") await rep.tap(en.items.take);
  }
  await rep.tap(en.common.save);
  const id = await arrived("Glass in the jam");
  await phone.go(rep.page, `case/${id}`);
  await rep.tap(en.items.add.lines);
  await field(en.items.fields.line_id).selectOption({ index: 1 });
  await rep.write(en.items.fields.reason, "Broken");
  await rep.page.getByRole("button", { name: en.common.save, exact: true }).first().click();
  await vi.waitFor(
    async () => {
      const { lines, order_id } = await documentOf(id);
      expect(order_id).not.toBeNull();
      const reasons = (lines as { reason: string; sku: string }[]).map(({ reason, sku }) => (sku === "" ? "" : reason));
      expect(reasons.toSorted()).toEqual(["Broken", "Chipped", "Leaking"]);
    },
    { timeout: 20_000, interval: 200 },
  );
  await desk.open(`records/${id}`);
  await desk.page.getByText("Service", { exact: true }).first().waitFor();
  await desk.page
    .getByText(/Broken/)
    .first()
    .waitFor();
  await desk.page.getByRole("button", { name: t.desk.edit, exact: true }).click();
  await dialog()
    .getByLabel(t.fields.names["contact_id"] ?? "", { exact: true })
    .selectOption({ index: 1 });
  await dialog().getByRole("button", { name: t.desk.save, exact: true }).click();
  await desk.page.getByText(t.record.edit.saved).waitFor();
  expect((await documentOf(id))["contact_id"]).not.toBeNull();
  await rep.openAccount(ACCOUNT);
  await rep.page.getByText(en.account.openCases).waitFor();
});

test("a next step that was agreed on the telephone is a promise of the month and of the brief", async () => {
  const due = new Date().toISOString().slice(0, 10);
  await phone.go(rep.page, `accounts/${account}/call`);
  await rep.write(en.plain.call.fields["subject"] ?? "", "They rang");
  await rep.write(en.plain.call.fields["next_step"] ?? "", "Send a new jar");
  await rep.page.locator('input[type="date"]').first().fill(due);
  await rep.tap(en.common.save);
  await arrived("They rang");
  await phone.go(rep.page, `accounts/${account}/brief`);
  await rep.page.getByText(/^Next step: Send a new jar/).waitFor();
  const people = await world.office<{ items: { id: string; name: string }[] }>("GET", "/v1/people?limit=200");
  const nancy = people.items.find(({ name }) => name === "Nancy Davolio")?.id ?? "";
  const figures = await world.office<{ record: { promises_due: number } }>(
    "GET",
    `/v1/people/${nancy}/figures?period=${due}`,
  );
  expect(figures.record.promises_due).toBe(1);
});
