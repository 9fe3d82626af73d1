/** What the console says of people's work: it leads to the record, follows the phones, and is what the phones show. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";

let world: World;
let desk: Desk;
let phone: Phone;
let account: string;
let nancy: string;
let janet: string;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
  await Rep.enrol(world, phone, "Nancy Davolio");
  desk = await Desk.start(world);
  account = await idOf(`/v1/accounts?q=${encodeURIComponent(ACCOUNT)}`);
  nancy = await idOf("/v1/people?q=Nancy");
  janet = await idOf("/v1/people?q=Janet");
  await desk.page.clock.install();
  await desk.signIn();
});
afterAll(async () => {
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await phone.end();
  await desk.end();
  await world.end();
});

async function idOf(path: string): Promise<string> {
  const { items } = await world.office<{ items: { id: string }[] }>("GET", path);
  return items[0]?.id ?? "";
}

async function add(kind: string, document: object): Promise<string> {
  const { id } = await world.office<{ id: string }>("POST", `/v1/accounts/${account}/records`, { kind, document });
  return id;
}

test("Live leads to the record, and names whose device it is", async () => {
  const visit = await add("visit", { state: "planned", planned_start: new Date().toISOString(), rep_id: nancy });
  await desk.open("live");
  const line = desk.page.getByRole("listitem").filter({ hasText: ACCOUNT }).first();
  await line.getByRole("link", { name: t.kinds.visit.made }).click();
  await expect.poll(() => desk.page.url()).toContain(`records/${visit}`);
  await desk.open("live?show=everything");
  await desk.page
    .getByText(/Device Nancy Davolio, /)
    .first()
    .waitFor();
});

test("who did what on an account tells of its visits, too", async () => {
  await add("visit", { state: "planned", planned_start: new Date().toISOString(), subject: "Autumn range" });
  await desk.open(`accounts/${account}?show=history`);
  await desk.page.getByText("Visit: Autumn range", { exact: true }).click();
  const story = desk.page.getByRole("region", { name: t.record.account.historyOf("Visit: Autumn range") });
  await story.getByText(t.record.history.created).waitFor();
});

test("a device's row is read anew without an entry of the log", async () => {
  await desk.open("devices");
  await desk.page.getByRole("link", { name: /Nancy Davolio/ }).waitFor();
  const device = await idOf(`/v1/devices?person=${nancy}`);
  const { version } = await world.office<{ version: number }>("GET", `/v1/devices/${device}`);
  await world.office("PATCH", `/v1/devices/${device}`, { name: "The blue one" }, { "if-match": `"${version}"` });
  await desk.page.clock.fastForward(31_000);
  await desk.page.getByRole("link", { name: "Nancy Davolio, The blue one" }).waitFor();
});

test("as this person: their own, what nobody is to do, and others' apart", async () => {
  await add("visit", { state: "planned", planned_start: new Date().toISOString(), rep_id: janet });
  await add("task", { state: "open", subject: "Janet's task", assignee_id: janet });
  await add("task", { state: "open", subject: "Nobody's task" });
  await desk.open(`as/${nancy}`);
  const text = t.people.asRep;
  const table = (name: string) => desk.page.getByRole("table", { name, exact: true });
  await table(text.tasks).getByRole("link", { name: "Nobody's task" }).waitFor();
  expect(await table(text.tasks).getByText("Janet's task").count()).toBe(0);
  await table(text.othersTasks).getByRole("link", { name: "Janet's task" }).waitFor();
  await table(text.othersVisits).getByText("Janet Leverling").waitFor();
  expect(await table(t.plan.visits.table).getByText("Janet Leverling").count()).toBe(0);
});

test("people's day tells who did nothing, and of a visit that is under way that it is", async () => {
  await add("visit", { state: "checked_in", checked_in_at: new Date().toISOString(), rep_id: janet });
  await desk.open("days");
  const row = (name: RegExp) => desk.page.getByRole("row", { name });
  await row(/Janet Leverling/)
    .getByText(t.plan.days.made(0, 1))
    .waitFor();
  const people = await world.office<{ items: { name: string }[] }>("GET", "/v1/people?role=rep&active=true&limit=500");
  for (const { name } of people.items) await row(new RegExp(name)).waitFor();
});

test("the search says when there is more than it shows", async () => {
  const one = Array.from({ length: 52 }, (_, n) => add("task", { state: "open", subject: `Zebra crossing ${n}` }));
  await Promise.all(one);
  await desk.open("search?q=zebra");
  await desk.page.getByText(t.desk.searchPage.cut(50)).waitFor();
});
