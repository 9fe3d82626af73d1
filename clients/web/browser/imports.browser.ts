/** A file of another system at the desk: columns that nobody could guess, a look before anything is written, and rows that come back. */
import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { t } from "$texts/office/index.ts";

import type { Desk } from "./harness/desk.ts";
import { look } from "./harness/look.ts";
import { eachAtADesk } from "./harness/stage.ts";
import type { World } from "./harness/world.ts";

const text = t.exchange;
/** One row names a territory that is not there. */
const FILE = [
  "Lfd;Betrieb;Ort;Bezirk",
  "K-1;Bäckerei Sonnenschein;Bremen;30346",
  "K-2;Hafencafé;Hamburg;30346",
  "K-3;Kiosk am Tor;Kiel;no-such-place",
].join("\n");

let world: World;
let desk: Desk;

eachAtADesk((stage) => {
  ({ world, desk } = stage);
});

async function accounts(words: string): Promise<string[]> {
  const { items } = await world.office<{ items: { name: string }[] }>(
    "GET",
    `/v1/accounts?q=${encodeURIComponent(words)}`,
  );
  return items.map(({ name }) => name);
}

async function upload(name: string, content: string): Promise<void> {
  await desk.open("imports");
  const file = { name, mimeType: "text/csv", buffer: Buffer.from(content) };
  await desk.page.locator("input[type=file]").setInputFiles(file);
  await desk.page.getByText(name, { exact: true }).first().waitFor();
  await desk.press(text.upload);
  await desk.page.getByText(text.states["checked"] ?? "", { exact: true }).waitFor();
}

/** What a column is for. */
const isFor = (column: string, field: string): Promise<void> =>
  desk.pick(text.fieldOf(column), new RegExp(`^${field.replace(/[()]/g, "\\$&")}$`));

/** What nobody could guess; the town is guessed. */
async function sayWhatColumnsAreFor(): Promise<void> {
  expect(await desk.page.getByRole("combobox", { name: text.fieldOf("Ort") }).inputValue()).toBe("city");
  await isFor("Lfd", text.words["external_id"] ?? "");
  await isFor("Betrieb", "Name");
  await isFor("Bezirk", text.words["territory"] ?? "");
}

/** How many rows have each outcome, as the choice of rows says it. */
async function waitForOutcome(outcome: keyof typeof text.outcomes, count: number): Promise<void> {
  await desk.page.getByText(`${text.outcomes[outcome]} (${count})`, { exact: true }).waitFor();
}

async function run(added: number): Promise<void> {
  await desk.press(text.run);
  await desk.page.getByText(text.runText(added, 0)).waitFor();
  await desk.press(text.run);
  await desk.page.getByText(text.states["done"] ?? "", { exact: true }).waitFor();
}

/** The rows that were not taken, as the file that comes back. */
async function failedRows(): Promise<string> {
  const coming = desk.page.waitForEvent("download");
  await desk.press(text.failedRows);
  return readFile(await (await coming).path(), "utf8");
}

test("columns are said to be for fields, the rows are looked at, those that can are taken, the others come back as a file", async () => {
  await desk.open("imports");
  await desk.page.getByText(text.empty, { exact: true }).waitFor();
  await desk.lookAtBoth("office-imports-empty", false);
  await upload("customers.csv", FILE);
  await sayWhatColumnsAreFor();
  await desk.press(text.again);
  await waitForOutcome("added", 2);
  await waitForOutcome("failed", 1);
  await desk.lookAtBoth("office-import-checked");
  expect(await accounts("Sonnenschein"), "nothing is written by a look").toEqual([]);
  await desk.choose(text.which, `${text.outcomes.failed} (1)`);
  const rows = desk.page.getByRole("table", { name: text.rows, exact: true });
  await rows.getByRole("row", { name: /Sonnenschein/ }).waitFor({ state: "detached" });
  await rows.getByRole("row", { name: /Kiosk am Tor/ }).waitFor();
  expect(await rows.getByRole("row").count()).toBe(2);

  await run(2);
  expect(await accounts("Sonnenschein")).toEqual(["Bäckerei Sonnenschein"]);
  await desk.lookAtBoth("office-import-done", false);
  const back = await failedRows();
  expect(back).toContain("Kiosk am Tor");
  expect(back).not.toContain("Sonnenschein");
  expect(back.split("\n")[0]).toContain("Betrieb");

  // Mended, the file that came back is one to bring in.
  await upload("mended.csv", back.replace("no-such-place", "30346"));
  await sayWhatColumnsAreFor();
  await desk.press(text.again);
  await waitForOutcome("added", 1);
  await run(1);
  expect(await accounts("Kiosk")).toEqual(["Kiosk am Tor"]);
});

test("the accounts are there, lead to their rows, and a stopped import writes nothing", async () => {
  await desk.open("accounts");
  await desk.page.getByRole("searchbox", { name: t.record.accounts.text }).fill("Hafencaf");
  await desk.page.getByRole("link", { name: "Hafencafé" }).click();
  await desk.page.getByRole("heading", { level: 1, name: "Hafencafé" }).waitFor();
  await upload("again.csv", "Name;City\nNie gesehen;Ulm");
  await desk.press(text.cancel);
  await desk.page.getByText(text.cancelText).waitFor();
  await desk.press(text.cancel);
  await desk.page.getByText(text.states["cancelled"] ?? "", { exact: true }).waitFor();
  expect(await accounts("Nie gesehen")).toEqual([]);
  await desk.open("imports");
  const list = desk.page.getByRole("table", { name: text.list });
  await list.getByRole("row", { name: /customers\.csv/ }).waitFor();
  await look(desk.page, "office-imports-list-light", false);
});
