/** Ways into the console and out of it: by a one-time link, and again after a session was ended in the middle of an edit. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { lookBoth } from "./harness/look.ts";
import { OFFICE, PASSWORD } from "./harness/template.ts";
import { World } from "./harness/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.begin();
});
afterAll(async () => {
  await world.end();
});

interface Listed {
  readonly items: readonly { readonly id: string; readonly is_this?: boolean }[];
}

async function linkOf(person: string): Promise<string> {
  const { items } = await world.office<Listed>("GET", `/v1/people?q=${encodeURIComponent(person)}`);
  const { url } = await world.office<{ url: string }>("POST", `/v1/people/${items[0]?.id ?? ""}/links`, { hours: 1 });
  return `${world.officeUrl}${new URL(url).pathname}${new URL(url).hash}`;
}

test("a one-time link leads straight into the office, and says so when it is used", async () => {
  const desk = await Desk.start(world);
  const link = await linkOf("Andrew");
  await desk.page.goto(link);
  await lookBoth(desk.page, "office-link");
  await desk.page.getByLabel("New password").fill(PASSWORD);
  await desk.page.getByLabel("The same again").fill("another one, mistyped");
  await desk.page.getByRole("button", { name: "Set the password" }).click();
  expect(await desk.page.getByLabel("The same again").evaluate((box: HTMLInputElement) => box.validity.valid)).toBe(
    false,
  );
  await desk.page.getByLabel("The same again").fill(PASSWORD);
  await desk.page.getByRole("button", { name: "Set the password" }).click();
  await desk.page.getByRole("navigation").first().waitFor();
  await desk.page
    .getByText(/Andrew/)
    .first()
    .waitFor();
  expect(new URL(desk.page.url()).pathname).toBe("/office/");
  expect([desk.complaints, desk.strangers]).toEqual([[], []]);
  await desk.end();
  const again = await Desk.start(world);
  await again.page.goto(link);
  await again.page.getByLabel("New password").fill(PASSWORD);
  await again.page.getByLabel("The same again").fill(PASSWORD);
  await again.page.getByRole("button", { name: "Set the password" }).click();
  await again.page.getByRole("link", { name: "Sign in to the office" }).waitFor();
  await again.end();
});

test("a rep's link leads to the app, and leaves nobody signed in", async () => {
  const desk = await Desk.start(world);
  await desk.page.goto(await linkOf("Nancy"));
  await desk.page.getByLabel("New password").fill(PASSWORD);
  await desk.page.getByLabel("The same again").fill(PASSWORD);
  await desk.page.getByRole("button", { name: "Set the password" }).click();
  await desk.page.getByRole("link", { name: "Open the app" }).waitFor();
  await desk.page.goto(`${world.officeUrl}/office/`);
  await desk.page.getByRole("heading", { name: t.desk.signIn.title }).waitFor();
  expect(desk.strangers).toEqual([]);
  await desk.end();
});

test("a session that is ended in the middle of an edit asks to sign in again, and nothing that was typed is lost", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  const { items } = await world.office<Listed>("GET", "/v1/accounts?q=Wilman");
  const account = items[0]?.id ?? "";
  await desk.open(`accounts/${account}`);
  await desk.page.getByRole("button", { name: t.record.account.edit, exact: true }).click();
  const phone = desk.page.getByRole("dialog").getByLabel("Phone");
  await phone.fill("0911 4711");
  const sessions = await world.office<Listed>("GET", "/v1/me/sessions");
  for (const session of sessions.items.filter(({ is_this: own }) => own !== true)) {
    await world.office("DELETE", `/v1/me/sessions/${session.id}`);
  }
  // The live line notices by itself, or the next request does.
  await desk.page.getByText(t.desk.signIn.ended).waitFor();
  await lookBoth(desk.page, "office-sign-in-again");
  expect(await desk.page.getByLabel(t.desk.signIn.email).inputValue()).toBe(OFFICE);
  await desk.page.getByLabel(t.desk.signIn.password).fill(PASSWORD);
  await desk.page.getByRole("button", { name: t.desk.signIn.go, exact: true }).click();
  await desk.page.getByText(t.desk.signIn.ended).waitFor({ state: "detached" });
  expect(await phone.inputValue(), "what was typed is still there").toBe("0911 4711");
  await desk.page.getByRole("button", { name: t.desk.save, exact: true }).click();
  await desk.page.getByText(t.record.edit.saved).waitFor();
  // What the browser reports of the refused requests is what was asked for.
  expect([desk.complaints.filter((text) => !text.includes("401")), desk.strangers]).toEqual([[], []]);
  await desk.end();
});
