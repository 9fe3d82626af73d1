/** Devices at the desk: enrolled by a picture, seen with what waits on them, named, and taken out of use in either way. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import decodeQR from "qr/decode.js";

import { codesEn } from "$texts/app/codes.en.ts";
import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const PERSON = "Nancy Davolio";
const ACCOUNT = "Ernst Handel";
/** A territory of Janet's. */
const JANETS = "30346";
/** It gives up after a picture of a film otherwise. */
const DECODING_MS = 10_000;
const people = t.people;
const text = t.people.fleet;

let world: World;
let desk: Desk;
let phone: Phone;
let rep: Rep;

beforeAll(async () => {
  world = await World.begin();
});
beforeEach(async () => {
  desk = await Desk.start(world);
  await desk.signIn();
});
afterEach(async () => {
  expect([desk.complaints, desk.strangers, phone.complaints, phone.strangers]).toEqual([[], [], [], []]);
  await desk.end();
});
afterAll(async () => {
  await world.end();
});

/** Opens Nancy's page and makes a code; gives what the picture says, as a camera reads it. */
async function linkInThePicture(): Promise<string> {
  await desk.open("people");
  await desk.page.getByRole("link", { name: PERSON }).click();
  await desk.press(people.enrol);
  await desk.press(people.enrolGo);
  const picture = desk.page.getByRole("img", { name: people.qr(PERSON) });
  await picture.waitFor();
  const { pixels, width, height } = await picture.evaluate((image: HTMLImageElement) => {
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("there is no canvas");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    // As text: a list of numbers takes its time on the way.
    const text = Array.from(data, (byte) => String.fromCharCode(byte)).join("");
    return { pixels: btoa(text), width: canvas.width, height: canvas.height };
  });
  return decodeQR({ data: Buffer.from(pixels, "base64"), width, height }, { timeLimit: DECODING_MS });
}

/** A phone that was set up by the picture, under a name. */
async function setUp(name: string): Promise<void> {
  const link = await linkInThePicture();
  expect(link).toBe(await desk.page.getByLabel(people.link, { exact: true }).inputValue());
  await desk.lookAtBoth("office-enrol");
  phone = await Phone.start(world);
  rep = new Rep(phone, await phone.openLink(link));
  await rep.write(en.enrol.device, name);
  await rep.tap(en.enrol.go);
  await rep.waitForRecords();
}

/** Cells of a device's row in the list of all. */
async function rowOf(name: string): Promise<Readonly<Record<"state" | "seen" | "unsent" | "oldest" | "held", string>>> {
  await desk.open("live");
  await desk.open("devices");
  const row = desk.page.getByRole("row", { name });
  await row.waitFor();
  const [state = "", seen = "", unsent = "", oldest = "", held = ""] = await row.getByRole("cell").allInnerTexts();
  return { state, seen, unsent, oldest, held };
}

/** Takes the device on the screen out of use, and says how. */
async function revoke(name: string, mode: "leaving" | "blocked"): Promise<void> {
  await desk.open("devices");
  await desk.page.getByRole("link", { name: `${PERSON}, ${name}` }).click();
  await desk.press(text.revoke);
  const question = desk.page.getByRole("dialog", { name: text.revokeTitle(name) });
  const go = question.getByRole("button", { name: text.revokeGo, exact: true });
  expect(await go.isDisabled()).toBe(true);
  await desk.choose(text.mode, text.modes[mode]);
  await desk.lookAtBoth(`office-revoke-${mode}`, mode === "leaving");
  await go.click();
  await desk.page.getByText(text.revokedNow[mode]).waitFor();
}

test("a device is enrolled by the picture, is seen with what waits on it and what of it is held, and gets another name", async () => {
  await desk.open("devices");
  await desk.page.getByText(text.empty, { exact: true }).waitFor();
  await setUp("Nancy's phone");
  expect(await rowOf("Nancy's phone")).toMatchObject({
    state: text.states["active"],
    unsent: "0",
    oldest: "–",
    held: "0",
  });
  await phone.goOffline();
  await rep.visit(ACCOUNT, "Told by the office's list before it is there.");
  await phone.sayHello();
  const away = await rowOf("Nancy's phone");
  expect(Number(away.unsent)).toBeGreaterThan(0);
  expect([away.seen, away.oldest]).not.toContain("–");
  await desk.lookAtBoth("office-fleet");
  await world.command("admin", "move", "--account", ACCOUNT, "--to", JANETS, "--policy", "review");
  await phone.goOnline();
  await rep.waitForChip(en.sync.needsYou);
  await rep.waitUntilGone(ACCOUNT);
  const back = await rowOf("Nancy's phone");
  expect(back).toMatchObject({ unsent: "0", oldest: "–" });
  expect(Number(back.held)).toBeGreaterThan(0);

  await desk.page.getByRole("link", { name: `${PERSON}, Nancy's phone` }).click();
  await desk.page.getByRole("table", { name: text.heldItems }).getByRole("row").nth(1).waitFor();
  await desk.lookAtBoth("office-device");
  await desk.press(text.rename);
  await desk.page.getByRole("dialog").getByRole("textbox", { name: text.name, exact: true }).fill("The old one");
  await desk.page.keyboard.press("Enter");
  await desk.page.getByRole("heading", { level: 1, name: /The old one/ }).waitFor();
});

test("one that is blocked while its app is open is told at once", async () => {
  await phone.go(rep.page, "");
  await revoke("The old one", "blocked");
  await rep.page.getByText(codesEn.blocked).first().waitFor();
  await desk.page.getByText(text.blocked).waitFor();
  expect(await desk.page.getByRole("button", { name: text.revoke, exact: true }).count()).toBe(0);
  await desk.lookAtBoth("office-device-blocked", false);
  expect(await rowOf("The old one")).toMatchObject({ state: text.states["blocked"] });
  await phone.end();
});

test("one that leaves without a connection is said not to have answered, until it has handed over and wiped itself", async () => {
  await setUp("The new one");
  const [account] = (await world.office<{ items: { name: string }[] }>("GET", "/v1/accounts?limit=1&q=Wilman")).items;
  await phone.goOffline();
  await rep.visit(account?.name ?? "", "The last one on this phone.");
  await revoke("The new one", "leaving");
  await desk.page.getByText(text.notWiped).waitFor();
  expect(await rowOf("The new one")).toMatchObject({ state: text.states["leaving"] });
  await desk.page.getByRole("link", { name: `${PERSON}, The new one` }).click();
  await desk.lookAtBoth("office-device-leaving", false);
  await phone.goOnline();
  await rep.page.getByText(en.enrol.wiped, { exact: true }).waitFor();
  await desk.page.getByText(text.notWiped).waitFor({ state: "detached" });
  await desk.page.getByText(text.wiped, { exact: true }).first().waitFor();
  await desk.lookAtBoth("office-device-wiped", false);
  // What it sent as it left waits for the office.
  const { items } = await world.office<{ items: { account_name: string }[] }>("GET", "/v1/held?state=held&limit=50");
  expect(items.some((item) => item.account_name === account?.name)).toBe(true);
  await phone.end();
});
