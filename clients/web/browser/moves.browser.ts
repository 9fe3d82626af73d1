/** Accounts change hands at the desk: looked at before it happens, followed to the end, covered, called off, undone. */
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const FIRST = "Ernst Handel";
const SECOND = "Wilman Kala";
const COVERED = "Vaffeljernet";
const OLD = "Nancy Davolio";
const NEW = "Janet Leverling";
/** One of Janet's territories. */
const PLACE = "Atlanta";
const NOTE = "Janet knows them both.";
const text = t.moves;

let world: World;
let desk: Desk;
let phone: Phone;
let rep: Rep;
let gaining: Phone;
let janet: Rep;

beforeAll(async () => {
  world = await World.begin();
  phone = await Phone.start(world);
  rep = await Rep.enrol(world, phone, OLD);
  gaining = await Phone.start(world);
  janet = await Rep.enrol(world, gaining, NEW);
});
beforeEach(async () => {
  desk = await Desk.start(world);
  await desk.signIn();
});
afterEach(async () => {
  const browsers = [desk, phone, gaining];
  expect(browsers.flatMap(({ complaints, strangers }) => [...complaints, ...strangers])).toEqual([]);
  await desk.end();
});
afterAll(async () => {
  await gaining.end();
  await phone.end();
  await world.end();
});

/** Chooses accounts of Nancy's in the list, by the keys, and goes to the form. */
async function choose(...names: readonly string[]): Promise<void> {
  await desk.open("accounts");
  await desk.pick(t.record.accounts.holder, OLD);
  for (const name of names) {
    await desk.page.getByRole("checkbox", { name: t.record.accounts.select(name), exact: true }).focus();
    await desk.page.keyboard.press("Space");
  }
  await desk.page.getByText(t.record.accounts.selected(names.length), { exact: true }).waitFor();
  await desk.press(t.record.accounts.move);
  await desk.page.getByText(text.make.chosenSome(names.length)).waitFor();
}

/** To Janet, who holds several territories: one of them is asked for. */
async function toJanet(): Promise<void> {
  await desk.pick(text.make.person, NEW);
  await desk.pick(text.make.ofPerson, PLACE);
}

/** How the move on the screen stands. */
async function waitForState(state: string): Promise<void> {
  await desk.page
    .locator("header")
    .getByText(text.states[state] ?? state, { exact: true })
    .waitFor();
}

/** Of how many leases the rep's device has handed over so many. */
async function waitForHandedOver(count: string): Promise<void> {
  const devices = desk.page.getByRole("table", { name: text.one.progress });
  await devices.getByRole("row", { name: OLD }).getByText(count, { exact: true }).waitFor();
}

/** What a rep's screen says of accounts that changed hands, with the move's note. */
const noteOn = ({ page }: Rep): Locator =>
  page
    .getByRole("main")
    .getByRole("status")
    .filter({ hasText: en.handover.says(NOTE) });

/** Reads the note on the screen, which is gone from there then. */
async function readNote(by: Rep): Promise<void> {
  await noteOn(by).getByRole("button", { name: en.held.gotIt, exact: true }).click();
  await noteOn(by).waitFor({ state: "detached" });
}

/** A moment as the form's local time, some minutes on, at a full minute that is not upon us. */
function minuteAhead(least: number): Promise<string> {
  return desk.page.evaluate((seconds) => {
    const at = new Date(Math.ceil((Date.now() + seconds * 1000) / 60_000) * 60_000);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }, least);
}

test("a cover takes an account away for a while", async () => {
  await desk.open("moves");
  await desk.page.getByText(text.empty, { exact: true }).waitFor();
  await desk.lookAtBoth("office-moves-empty", false);
  await choose(COVERED);
  await toJanet();
  await desk.choose(text.make.length, text.make.lengthKind.cover);
  await desk.page.getByLabel(text.make.until).fill(await minuteAhead(60));
  await desk.press(text.make.preview);
  await desk.press(text.make.go(1));
  await rep.waitUntilGone(COVERED);
  await waitForState("in_effect");
  await desk.page.getByText(text.one.ends, { exact: true }).waitFor();
  await desk.lookAtBoth("office-move-cover", false);
  await desk.open("moves");
  await desk.page.getByRole("link", { name: `Back: ${COVERED}, from ${NEW} to ${OLD}` }).waitFor();
});

test("what would happen stands before the button, and a phone that was away is followed until it has handed over", async () => {
  await phone.goOffline();
  await rep.visit(FIRST, "Before anybody told me.");
  await phone.sayHello();

  await choose(FIRST, SECOND);
  await toJanet();
  const go = desk.page.getByRole("button", { name: text.make.go(2), exact: true });
  expect(await go.count()).toBe(0);
  await desk.press(text.make.preview);
  await go.waitFor();
  await desk.page.getByText(/unsent items?: they still come in/).waitFor();
  const row = desk.page.getByRole("table", { name: text.make.table }).getByRole("row", { name: OLD });
  const [loses, gains, , unsent] = await row.getByRole("cell").allInnerTexts();
  expect([loses, gains]).toEqual(["2", "0"]);
  expect(Number(unsent)).toBeGreaterThan(0);
  await desk.lookAtBoth("office-move-preview");
  // What is changed after the look takes the button away until one has looked anew.
  await desk.page.getByLabel(text.terms.note).fill(NOTE);
  await desk.page.getByText(text.make.stale).waitFor();
  expect(await go.count()).toBe(0);
  await desk.press(text.make.again);
  await go.click();

  await waitForState("draining");
  await waitForHandedOver("0 / 2");
  await desk.lookAtBoth("office-move-draining");
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await waitForHandedOver("2 / 2");
  await waitForState("complete");
  await desk.lookAtBoth("office-move-complete", false);
  await desk.page.getByRole("link", { name: text.one.late, exact: true }).click();
  await desk.page.getByRole("main").getByRole("link", { name: FIRST }).first().waitFor();
  await rep.waitUntilGone(FIRST);

  // Who lost them reads why by their names, though nothing else of them is left there.
  await phone.go(rep.page, "");
  await noteOn(rep).filter({ hasText: FIRST }).filter({ hasText: SECOND }).waitFor();
  await readNote(rep);
  // Who has them now reads it on each, until it was read there.
  await gaining.go(janet.page, "");
  await noteOn(janet).filter({ hasText: FIRST }).filter({ hasText: SECOND }).waitFor();
  await janet.openAccount(FIRST);
  await noteOn(janet).waitFor();
  await readNote(janet);
  await gaining.go(janet.page, "");
  await noteOn(janet).filter({ hasText: SECOND, hasNotText: FIRST }).waitFor();

  await desk.open("moves");
  await desk.page.getByRole("link", { name: `For good: ${FIRST} and ${SECOND}, from ${OLD} to ${NEW}` }).waitFor();
});

test("undone, the accounts go back, with a name of its own in the list", async () => {
  await desk.open("moves");
  await desk.page.getByRole("link", { name: /^For good/ }).click();
  await waitForState("complete");
  await desk.press(text.one.reverse);
  await desk.page.getByText(text.one.reverseText(2)).waitFor();
  await desk.press(text.one.reverseGo);
  await waitForState("complete");
  await rep.openAccount(FIRST);
  await desk.open("moves");
  await desk.page.getByRole("link", { name: `Back: ${FIRST} and ${SECOND}, from ${NEW} to ${OLD}` }).waitFor();
  await desk.lookAtBoth("office-moves-done");
});

test("what is planned is called off before its time, and nothing has moved", async () => {
  await choose(SECOND);
  await toJanet();
  await desk.choose(text.make.when, text.make.whenKind.later);
  await desk.page.getByLabel(text.make.at).fill(await minuteAhead(3_600));
  await desk.press(text.make.preview);
  await desk.press(text.make.plan(1));
  await waitForState("planned");
  await desk.press(text.one.cancel);
  await desk.page.getByText(text.one.cancelText(1)).waitFor();
  await desk.press(text.one.cancelGo);
  await waitForState("cancelled");
  await rep.openAccount(SECOND);
});

test("the cover has come back by itself", async () => {
  await desk.open("moves");
  await desk.page.getByRole("link", { name: `Cover: ${COVERED}, from ${OLD} to ${NEW}` }).click();
  await desk.page
    .locator("header")
    .getByText(text.states["complete"] ?? "", { exact: true })
    .waitFor({ timeout: 120_000 });
  await rep.openAccount(COVERED);
});
