/** A process: published at the desk with one click, carried out on a phone without a signal, and seen in the office's figures. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { en as office } from "$texts/office/en.ts";

import { Desk } from "./harness/desk.ts";
import { lookBoth } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

/** One of Nancy's accounts in Northwind. */
const ACCOUNT = "Ernst Handel";
const COMPLAINT = "A complaint is put right";
const STOCK_OUT = "What was ordered is not there";

let world: World;
let desk: Desk;
let phone: Phone;
let rep: Rep;
/** Nancy's complaint. */
let run = "";

beforeAll(async () => {
  world = await World.begin();
  desk = await Desk.start(world);
  await desk.signIn();
});
afterEach(() => {
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});
afterAll(async () => {
  await phone.end();
  await desk.end();
  await world.end();
});

test("the office publishes the processes that come with Roadbook with one click", async () => {
  await desk.page.getByRole("link", { name: office.desk.nav.processes, exact: true }).click();
  await desk.page.getByText(office.processes.empty).waitFor();
  await desk.page.getByRole("button", { name: office.processes.shipped, exact: true }).click();
  await desk.page.getByRole("button", { name: office.processes.shippedGo, exact: true }).click();
  await desk.page.getByRole("link", { name: STOCK_OUT }).waitFor();
  await lookBoth(desk.page, "office-process-list");
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
});

test("a rep begins it on a visit without a signal, and it goes awry and to its end", async () => {
  await phone.goOffline();
  await rep.openAccount(ACCOUNT);
  await rep.beginVisit();
  await rep.tap(en.process.start(STOCK_OUT));
  await rep.page.getByRole("heading", { name: STOCK_OUT, level: 1 }).waitFor();
  await rep.page.getByText("Say when the goods come, and reserve them for this customer").waitFor();
  await lookBoth(rep.page, "app-run");
  await rep.tap(en.process.yes);
  await rep.page.getByText(en.process.step(2, 3)).waitFor();
  await rep.tap(en.process.leaveOut);
  await rep.tap("cancel");
  await rep.page.getByText(`${en.process.awry}: The customer cancels`).waitFor();
  for (const words of ["At the market hall", "In two weeks"]) {
    await rep.page.getByRole("textbox", { name: en.process.answer }).fill(words);
    await rep.tap(en.process.save);
    await rep.page.getByText(words, { exact: true }).first().waitFor();
  }
  await rep.page.getByText(en.process.met).waitFor();
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
});

test("the office sees the run in the figures of the process, and what it says", async () => {
  await desk.page.getByRole("link", { name: STOCK_OUT }).click();
  await desk.page.getByRole("heading", { name: STOCK_OUT, level: 1 }).waitFor();
  const people = desk.page.getByRole("table", { name: office.processes.people, exact: true });
  await people.getByRole("row", { name: /Nancy Davolio/ }).waitFor();
  await desk.page.getByRole("table", { name: office.processes.ways }).waitFor();
  await lookBoth(desk.page, "office-process");
  await desk.page.getByRole("tab", { name: office.processes.view.says }).click();
  await desk.page.getByText("Tell the customer before the customer notices.").waitFor();
  await desk.page.getByRole("link", { name: office.processes.next, exact: true }).click();
  await desk.page.getByRole("heading", { name: office.processes.editor.title(STOCK_OUT, 2), level: 1 }).waitFor();
  await lookBoth(desk.page, "office-process-editor");
  await desk.page.getByRole("button", { name: office.processes.editor.check, exact: true }).click();
  await desk.page.getByText(office.processes.editor.fine).waitFor();
  await desk.page.getByRole("button", { name: office.processes.editor.publish, exact: true }).click();
  await desk.page.getByRole("combobox", { name: office.processes.chooseVersion }).waitFor();
  expect(await desk.page.getByRole("combobox", { name: office.processes.chooseVersion }).inputValue()).toBe("2");
});

test("the office answers a step of a run that goes on, and the phone goes on from there", async () => {
  await rep.openAccount(ACCOUNT);
  await rep.beginVisit();
  await rep.tap(en.process.start(COMPLAINT));
  await rep.page.getByText(en.process.step(1, 5)).waitFor();
  await rep.waitForChip(en.sync.allIn);
  run = new URL(rep.page.url()).pathname.split("/").at(-1) ?? "";
  await desk.open(`records/${run}`);
  await desk.page.getByRole("button", { name: /^Answer: Let the customer tell it/ }).click();
  await desk.page.getByRole("dialog").getByRole("button", { name: office.processes.run.answer, exact: true }).click();
  await rep.page.getByText(en.process.step(2, 5)).waitFor();
});

test("practising leaves nothing behind that could be sent", async () => {
  await phone.goOffline();
  await phone.go(rep.page, "practise");
  await rep.page.getByRole("link", { name: new RegExp(`^${STOCK_OUT}`) }).waitFor();
  await lookBoth(rep.page, "app-practise");
  await rep.tap(new RegExp(`^${STOCK_OUT}`), "link");
  await rep.page.getByText(en.process.practice.banner).waitFor();
  await lookBoth(rep.page, "app-practice-run");
  await rep.tap(en.process.yes);
  await rep.tap(en.process.leaveOut);
  await rep.tap("wait");
  await rep.page.getByText(en.process.met).waitFor();
  await rep.tap(en.process.practice.back);
  await rep.page.getByText(/practised to the end/).waitFor();
  await rep.page.getByRole("button", { name: new RegExp(en.sync.waiting(1)) }).waitFor({ state: "detached" });
});

test("the office sees who has practised it, once the phone is back", async () => {
  await phone.goOnline();
  await desk.open("processes/stock_out");
  await desk.page.getByRole("tab", { name: office.processes.view.practice }).click();
  const people = desk.page.getByRole("table", { name: office.processes.practice.title });
  const nancy = people.getByRole("row", { name: /Nancy Davolio/ });
  await expect
    .poll(
      async () => {
        await desk.page.reload();
        await desk.page.getByRole("tab", { name: office.processes.view.practice }).click();
        return await nancy.innerText();
      },
      { interval: 500 },
    )
    .toContain(office.processes.practice.times(1));
  expect(await people.getByRole("row", { name: /Anne Dodsworth/ }).innerText()).toContain(
    office.processes.practice.never,
  );
  await lookBoth(desk.page, "office-practice");
});

test("a rep of a department works on what waits for it, at a customer of somebody else", async () => {
  const departments = await world.office<{ items: { id: string; code: string }[] }>("GET", "/v1/departments");
  const service = departments.items.find(({ code }) => code === "service")?.id ?? "";
  const people = await world.office<{ items: { id: string }[] }>("GET", "/v1/people?q=Anne");
  await world.office("PUT", `/v1/departments/${service}/members/${people.items[0]?.id ?? ""}`);
  await world.password("anne.dodsworth@northwind.example");

  // Nancy's complaint goes on until the service has something to do.
  await phone.go(rep.page, `runs/${run}`);
  await rep.tap("goods");
  await rep.tap("credit");
  const answer = () => rep.page.getByRole("textbox", { name: en.process.answer });
  await answer().fill("A credit note by Friday");
  await rep.killTabAfter("A credit note by Friday");
  await rep.reopen();
  await rep.tap(new RegExp(en.today.draftOf["run"] ?? ""), "link");
  await expect.poll(() => answer().inputValue()).toBe("A credit note by Friday");
  await rep.tap(en.process.save);
  await rep.page.getByText("A credit note by Friday", { exact: true }).first().waitFor();
  await rep.waitForChip(en.sync.allIn);
  // The server makes the task a moment later, and who is not of the office reads the queue once a minute.
  const waits = () => world.office<{ items: unknown[] }>("GET", `/v1/departments/${service}/queue`);
  await expect.poll(async () => (await waits()).items.length).toBeGreaterThan(0);

  const anne = await Desk.start(world);
  await anne.signIn("anne.dodsworth@northwind.example");
  const text = office.people.departments;
  await anne.page.getByRole("heading", { name: text.yours, level: 1 }).waitFor();
  await anne.page
    .getByRole("row", { name: /service/i })
    .getByRole("link")
    .click();
  await anne.page.getByRole("heading", { name: text.queue }).waitFor();
  await lookBoth(anne.page, "office-queue-rep");
  await anne.page.getByRole("link", { name: text.openRun, exact: true }).click();
  await anne.page.getByRole("heading", { name: COMPLAINT, level: 1 }).waitFor();
  await anne.page.getByText("Listen first, say what happens next").waitFor();
  expect(await anne.page.getByRole("button", { name: /^Answer:/ }).count(), "no step is the service's").toBe(0);
  await lookBoth(anne.page, "office-department-run");
  await anne.page.getByRole("link", { name: text.backToQueue }).click();
  await anne.page.getByRole("button", { name: /^Done:/ }).click();
  await anne.page.getByText(text.noQueue).waitFor();
  await anne.open("accounts");
  await anne.page.getByRole("heading", { name: office.desk.notForReps.title }).waitFor();
  expect([anne.complaints, anne.strangers]).toEqual([[], []]);
  await anne.end();
});
