/** Held work on the office's desk: a visit with its reminder and its order is one piece, and gets one fate; and what the phone says of it. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { lookBoth, RAW } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { OFFICE } from "./harness/template.ts";
import { World } from "./harness/world.ts";

/** Accounts of Nancy's, one for each fate. */
const RELEASED = "Ernst Handel";
const TAKEN = "Wilman Kala";
const DISCARDED = "Vaffeljernet";
/** A territory of Janet's. */
const JANETS = "30346";
const text = t.inboxes.held;

interface Listed {
  readonly items: readonly { readonly record_id: string; readonly kind: string }[];
}

let world: World;
let phone: Phone;
let rep: Rep;
let desk: Desk;
let office = "";

beforeAll(async () => {
  world = await World.begin();
  desk = await Desk.start(world);
  await desk.signIn();
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, "Nancy Davolio");
  const { items } = await world.office<{ items: { name: string; email: string | null }[] }>(
    "GET",
    "/v1/people?limit=50",
  );
  office = items.find(({ email }) => email === OFFICE)?.name ?? "";
});
afterAll(async () => {
  await phone.end();
  await desk.end();
  await world.end();
});

/** A visit with a reminder and an order, captured offline while the account goes to somebody else; opened on the desk. */
async function holdAndOpen(account: string): Promise<string> {
  await phone.goOffline();
  await rep.visit(account, `Wants samples, says ${account}.`, "Send them");
  await rep.openAccount(account);
  const id = rep.idHere;
  await rep.order();
  await world.move(account, JANETS, "review");
  await desk.open("held");
  await phone.goOnline();
  // It comes by itself, as one: the visit's beginning and end, its reminder, the order and its hand-in.
  await world.holds(5);
  const row = desk.page.getByRole("row", { name: new RegExp(account) });
  await row.getByText(/order/).waitFor();
  expect(await row.count()).toBe(1);
  await row.getByRole("link").click();
  await desk.page.getByRole("article").getByText("Send them").first().waitFor();
  return id;
}

/** Everything of an account on a day, by kind, with who made it and how it stands. */
async function todayOf(account: string): Promise<Map<string, Awaited<ReturnType<World["record"]>>>> {
  const { items } = await world.office<Listed>("GET", `/v1/accounts/${account}/timeline?limit=20`);
  const found = new Map<string, Awaited<ReturnType<World["record"]>>>();
  for (const { record_id: id, kind } of items) if (!found.has(kind)) found.set(kind, await world.record(id));
  return found;
}

test("what is released is in the record under its author's name, and what it asks for is answered", async () => {
  const account = await holdAndOpen(RELEASED);
  const article = desk.page.getByRole("article");
  const said = await article.innerText();
  for (const words of ["Nancy Davolio", RELEASED, `Wants samples, says ${RELEASED}.`, "Send them", "1 × "])
    expect(said).toContain(words);
  expect(said).not.toMatch(RAW);
  await lookBoth(desk.page, "office-held-piece");
  await article.getByRole("button", { name: text.verdicts.release, exact: true }).click();
  await lookBoth(desk.page, "office-held-release");
  // By the keys alone, and the reading goes on at the head.
  await desk.page.getByLabel(text.reason).fill("She was there before the hand-over.");
  await desk.page.getByRole("dialog").getByRole("button", { name: text.verdicts.release, exact: true }).focus();
  await desk.page.keyboard.press("Enter");
  await desk.page.getByText(text.done.release).waitFor();
  await article.getByRole("button", { name: text.verdicts.release, exact: true }).waitFor({ state: "hidden" });
  await article.getByText("She was there before the hand-over.").first().waitFor();
  expect(await article.getByRole("heading", { level: 2 }).evaluate((node) => node === document.activeElement)).toBe(
    true,
  );
  const records = await todayOf(account);
  expect(records.get("visit")).toMatchObject({
    creator_name: "Nancy Davolio",
    document: { notes: `Wants samples, says ${RELEASED}.`, state: "checked_out" },
  });
  expect(records.get("task")).toMatchObject({ creator_name: "Nancy Davolio", document: { subject: "Send them" } });
  const order = records.get("order");
  expect(order?.decision?.decided_by_name).toBe("Nancy Davolio");
  expect(["submitted", "to_approve", "prices_differ"]).toContain(order?.decision?.state);
  await rep.waitForChip(en.sync.allIn);
  await phone.go(rep.page, "held");
  await rep.page.getByText(en.held.empty).waitFor();
});

test("what is taken over is in the record under the office's name, and its author reads why", async () => {
  const account = await holdAndOpen(TAKEN);
  const why = "Janet goes there now; we keep your visit.";
  await desk.decide(text.verdicts.re_author, text.done.re_author, [text.reason, why]);
  const records = await todayOf(account);
  for (const kind of ["visit", "task", "order"]) expect(records.get(kind)?.creator_name, kind).toBe(office);
  expect(records.get("visit")?.document).toMatchObject({ notes: `Wants samples, says ${TAKEN}.` });
  expect(records.get("order")?.decision?.decided_by_name).toBe(office);
  await rep.openHeldTray();
  await rep.page
    .getByText(en.held.fates["re_authored"] ?? "")
    .first()
    .waitFor();
  await rep.page.getByText(why).first().waitFor();
  expect(await rep.page.getByRole("main").innerText()).not.toMatch(RAW);
  await lookBoth(rep.page, "app-held-decided");
  await readAll();
});

test("what is discarded is not in the record, and the rest of the piece can be left", async () => {
  const account = await holdAndOpen(DISCARDED);
  const before = await todayOf(account);
  const why = "The order was entered by telephone already.";
  await desk.page.getByRole("main").getByRole("button", { name: text.verdicts.discard, exact: true }).click();
  for (const kind of ["visit", "task"])
    await desk.page.getByRole("checkbox", { name: new RegExp(`^New ${kind}`) }).uncheck();
  await desk.page.getByLabel(text.reason).fill(why);
  await desk.press(text.verdicts.discard);
  await desk.page.getByText(text.done.discard).waitFor();
  await desk.page.getByRole("article").getByText(why).first().waitFor();
  await phone.go(rep.page, "held");
  await rep.page.getByText(why).first().waitFor();
  // What is left is still one piece.
  await desk.decide(text.verdicts.release, text.done.release, [text.reason, "The visit itself was made."]);
  const after = await todayOf(account);
  expect(after.get("visit")?.document).toMatchObject({ notes: `Wants samples, says ${DISCARDED}.` });
  expect(after.get("order")?.version).toBe(before.get("order")?.version);
  await desk.open("held");
  await desk.page.getByText(text.empty).waitFor();
  await readAll();
  await rep.waitForChip(en.sync.allIn);
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
});

/** Reads everything that the office decided, on the phone. */
async function readAll(): Promise<void> {
  await phone.go(rep.page, "held");
  const read = rep.page.getByRole("button", { name: en.held.gotIt, exact: true });
  await read.first().waitFor();
  for (let left = await read.count(); left > 0; left = await read.count()) {
    await read.first().click();
    await expect.poll(() => read.count()).toBeLessThan(left);
  }
}
