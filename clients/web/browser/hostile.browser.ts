/**
 * Text that would be markup, a script or an address of one, and words without an end, in every field that takes text: it is
 * text on every screen, and sticks out of none.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { settled, sticking } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { World } from "./harness/world.ts";

const HOSTILE = `<img src=x onerror="window.struck=1" class="hostile"><script>window.struck=1</script>\${7*7}{{7*7}}`;
/** As long as the longest line that a field takes, most of it one word. */
const LONG = HOSTILE.padEnd(200, "Wasserstoffabfüllanlagenzulieferer");
const ADDRESS = "javascript:window.struck=1";
/** An account of Nancy's. */
const ACCOUNT = "Wilman Kala";
/** Nancy's own territory. */
const TERRITORY = "06897";

interface Rule {
  readonly name: string;
  readonly required: boolean;
  readonly type: {
    readonly is: string;
    readonly chars_max?: number;
    readonly words?: readonly string[];
    readonly letters?: number;
    readonly fields?: readonly Rule[];
  };
}
const { kinds } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../protocol/model.json"), "utf8")) as {
  kinds: readonly { readonly name: string; readonly fields: readonly Rule[] }[];
};

let world: World;

beforeAll(async () => {
  world = await World.begin();
});
afterAll(async () => {
  await world.end();
});

/** A value for a field: hostile wherever text goes, and the first of what it may be elsewhere, where it must be something. */
function valueOf({ name, required, type }: Rule, account: string): unknown {
  const text = name === "website" ? ADDRESS : LONG;
  switch (type.is) {
    case "str":
    case "text":
      return text.slice(0, type.chars_max);
    case "enum":
      return required ? type.words?.[0] : undefined;
    case "code":
      return required || name === "currency" ? "EUR" : undefined;
    case "timestamp":
      return required ? "2026-12-01T09:00:00Z" : undefined;
    case "bool":
      return required ? false : undefined;
    case "date":
      return required ? "2026-12-01" : undefined;
    case "int":
      return required ? 1 : undefined;
    case "items":
      return { [crypto.randomUUID()]: documentOf(type.fields ?? [], account) };
    default:
      // An id: of the account, which everything may be about.
      return required ? account : undefined;
  }
}

function documentOf(fields: readonly Rule[], account: string): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = valueOf(field, account);
      return value === undefined ? [] : [[field.name, value]];
    }),
  );
}

interface Made {
  readonly kind: string;
  readonly id: string;
}

/** Nothing of it became more than text, and all of it stays on the screen. */
async function harmless(page: Page, where: string): Promise<void> {
  await settled(page);
  expect.soft(await sticking(page), `what sticks out of ${where}`).toEqual([]);
  const struck = await page.evaluate(() => ({
    ran: "struck" in window,
    made: document.querySelectorAll(".hostile, img[src='x'], body script:not([src])").length,
    leads: [...document.querySelectorAll("a[href]")]
      .map((link) => link.getAttribute("href") ?? "")
      .filter((address) => /^\s*(javascript|data|vbscript):/i.test(address)),
    sum: document.body.innerText.includes("}49"),
  }));
  expect(struck, where).toEqual({ ran: false, made: 0, leads: [], sum: false });
}

/** The account with every one of its fields hostile, and a record of each kind, all their fields, too. */
async function fill(): Promise<{ account: string; records: Made[] }> {
  const { items } = await world.office<{ items: { id: string }[] }>(
    "GET",
    `/v1/accounts?q=${encodeURIComponent(ACCOUNT)}`,
  );
  const account = items[0]?.id ?? "";
  const edited = await world.office<{ version: number }>("GET", `/v1/records/${account}`);
  const of = (kind: string): readonly Rule[] => kinds.find(({ name }) => name === kind)?.fields ?? [];
  const own = of("account").filter(({ type }) => ["str", "text"].includes(type.is));
  // What it is called, other tests and people look for; its number has to be one of its own.
  const edits = own.filter(({ name }) => !["name", "external_id"].includes(name));
  await world.office(
    "PATCH",
    `/v1/records/${account}`,
    { document: documentOf(edits, account) },
    { "if-match": `"${edited.version}"` },
  );
  const records: Made[] = [];
  for (const { name: kind, fields } of kinds) {
    if (kind === "account") continue;
    const document: Record<string, unknown> = documentOf(fields, account);
    const made = await world.office<{ id: string }>("POST", `/v1/accounts/${account}/records`, { kind, document });
    records.push({ kind, id: made.id });
  }
  return { account, records };
}

/** Everything that is called something and is no record: people, territories, departments, devices, files, processes, moves. */
async function nameAll(account: string, device: string): Promise<string[]> {
  const post = <Answer>(path: string, body: object): Promise<Answer> => world.office<Answer>("POST", path, body);
  interface Made {
    readonly id: string;
  }
  const person = await post<Made>("/v1/people", { name: LONG, email: "hostile@example.org", role: "rep" });
  const territory = await post<Made>("/v1/territories", { code: "HOSTILE", name: LONG });
  await post(`/v1/territories/${territory.id}/holders`, { person_id: person.id, capacity: "owner" });
  const department = await post<Made>("/v1/departments", { name: HOSTILE.slice(0, 100), code: "hostile" });
  const { version } = await world.office<{ version: number }>("GET", `/v1/devices/${device}`);
  const name = HOSTILE.slice(0, 100);
  await world.office("PATCH", `/v1/devices/${device}`, { name }, { "if-match": `"${version}"` });
  const format = { kind: "account", format: "csv" };
  const file = await post<Made>("/v1/imports", { ...format, file_name: `${HOSTILE}.csv` });
  const cell = `"${HOSTILE.replaceAll('"', '""')}"`;
  const rows = Buffer.from(`name,${cell}\n${cell},${cell}\n`).toString("base64");
  await world.office("PUT", `/v1/imports/${file.id}/parts/0`, { base64: rows });
  await post(`/v1/imports/${file.id}/check`, {});
  await post("/v1/reference/processes", { items: { "hostile@1": PROCESS } });
  const move = await post<Made>("/v1/reassignments", {
    what: { accounts: [account] },
    to: { territory: territory.id },
    terms: { note: HOSTILE },
  });
  return [
    ...["people", `people/${person.id}`, `as/${person.id}`, "days", "team"],
    ...["territories", "territories?view=map", `territories/${territory.id}`],
    ...["departments", `departments/${department.id}`, "devices", `devices/${device}`],
    ...["imports", `imports/${file.id}`, "processes", "processes/hostile", "reference/processes"],
    ...["moves", `moves/${move.id}`, "moves/new", "live?show=everything", "audit"],
  ];
}

const STEP = { key: "one", title: LONG, help: LONG, answer: { kind: "text" } };
const PROCESS = {
  process: "hostile",
  version: 1,
  name: LONG,
  owner: "hostile",
  goal: LONG,
  measure: { name: HOSTILE, of: "minutes_to_finish", is: "at_most", target: 60 },
  procedure: HOSTILE,
  steps: [STEP],
};

/** Kinds with a screen of their own stand under their plural, others under their name. */
function pathInApp(kind: string, id: string): string {
  return ["visit", "order", "contact", "task", "comment"].includes(kind) ? `${kind}s/${id}` : `${kind}/${id}`;
}

test("hostile text in every field of every kind is text in the console and in the app", async () => {
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  const { account, records } = await fill();
  const desk = await Desk.start(world);
  await desk.signIn();
  const screens = [
    "live",
    `accounts/${account}`,
    "tasks",
    "cases",
    "opportunities",
    "orders",
    "visits",
    "audit",
    "search?q=img",
  ];
  for (const path of [...screens, ...records.map(({ id }) => `records/${id}`)]) {
    await desk.open(path);
    await desk.page.getByRole("heading", { level: 1 }).waitFor();
    await harmless(desk.page, `the console's ${path}`);
  }
  await desk.open(`accounts/${account}`);
  for (const tab of await desk.page.getByRole("tab").all()) {
    await tab.click();
    await harmless(desk.page, `the account's ${await tab.innerText()}`);
  }
  await phone.go(rep.page, "accounts");
  await rep.page.getByRole("searchbox").fill("onerror");
  await rep.page
    .getByRole("link", { name: /onerror/ })
    .first()
    .waitFor();
  await harmless(rep.page, "what the app finds");
  await phone.go(rep.page, `accounts/${account}`);
  await rep.page.getByRole("heading", { name: ACCOUNT, level: 1 }).waitFor();
  await harmless(rep.page, "the app's account");
  for (const tab of await rep.page.getByRole("tab").all()) {
    await tab.click();
    await harmless(rep.page, `the app's account, ${await tab.innerText()}`);
  }
  for (const { kind, id } of records) {
    await phone.go(rep.page, pathInApp(kind, id));
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await rep.page.getByText(en.common.notHere).waitFor({ state: "hidden" });
    await harmless(rep.page, `the app's ${kind}`);
  }
  for (const path of ["", "tasks", `accounts/${account}/brief`]) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await harmless(rep.page, `the app's ${path}`);
  }
  // A policy that had to stop something would have complained.
  expect([phone.complaints, phone.strangers, desk.complaints, desk.strangers]).toEqual([[], [], [], []]);
  await phone.end();
  await desk.end();
});

test("what is typed into the search is text as well, in the console's address too", async () => {
  const desk = await Desk.start(world);
  await desk.signIn();
  await desk.page.getByRole("searchbox").first().fill(HOSTILE);
  await desk.page.keyboard.press("Enter");
  await desk.page.getByText(t.desk.searchPage.asked(HOSTILE)).waitFor();
  await harmless(desk.page, "the search");
  await desk.open(`territories/${TERRITORY}?view=${encodeURIComponent(HOSTILE)}`);
  await desk.page.getByRole("heading", { level: 1 }).waitFor();
  await harmless(desk.page, "an address that names no territory");
  const unwanted = desk.complaints.filter((text) => !text.includes("404"));
  expect([unwanted, desk.strangers]).toEqual([[], []]);
  await desk.end();
});

test("a paste of ten thousand lines: too long is said at once and kept, what fits is saved", async () => {
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await rep.openAccount("Ernst Handel");
  await rep.beginVisit();
  const notes = rep.page.getByLabel(en.visit.notes, { exact: true });
  const paste = (text: string): Promise<void> =>
    notes.evaluate((box, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      (box as HTMLTextAreaElement).select();
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  const long = Array.from({ length: 10_000 }, (_, line) => `Line ${line}: long`).join("\n");
  await paste(long);
  await rep.page
    .getByRole("alert")
    .filter({ hasText: en.common.tooLong(20_000) })
    .waitFor();
  expect((await notes.inputValue()).length).toBe(long.length);
  expect(await rep.page.getByRole("button", { name: en.visit.checkOut, exact: true }).isDisabled()).toBe(true);
  await paste(`End of ten thousand lines${"\n".repeat(9_999)}.`);
  await rep.tap(en.visit.checkOut);
  await rep.waitForChip(en.sync.allIn);
  await rep.openAccount("Ernst Handel");
  await rep.page
    .getByRole("link", { name: /End of ten thousand lines/ })
    .first()
    .waitFor();
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
  await phone.end();
});

test("hostile names of people, places, devices, files and processes are text, and so is a move's note on the phone", async () => {
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  const ids = async (path: string): Promise<string[]> =>
    (await world.office<{ items: { id: string }[] }>("GET", path)).items.map(({ id }) => id);
  const [moved = ""] = await ids(`/v1/accounts?q=${encodeURIComponent("Ernst Handel")}`);
  const [nancy = ""] = await ids("/v1/people?q=Nancy");
  const devices = await ids(`/v1/devices?person=${nancy}&state=active`);
  const screens = await nameAll(moved, devices.at(-1) ?? "");
  const desk = await Desk.start(world);
  await desk.signIn();
  for (const path of screens) {
    await desk.open(path);
    await desk.page.getByRole("heading", { level: 1 }).waitFor();
    await harmless(desk.page, `the console's ${path}`);
  }
  await rep.waitUntilGone("Ernst Handel");
  const note = en.handover.says(HOSTILE);
  await phone.go(rep.page, "");
  await rep.page.getByRole("main").getByText(note, { exact: true }).waitFor();
  await rep.tap(new RegExp(`^${en.sync.open("")}`));
  await rep.page.getByRole("dialog").getByText(note, { exact: true }).waitFor();
  await harmless(rep.page, "what is where");
  await rep.page.keyboard.press("Escape");
  const [kept = ""] = await ids(`/v1/accounts?q=${encodeURIComponent(ACCOUNT)}`);
  for (const path of ["", "more", "tasks", `accounts/${kept}`]) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await harmless(rep.page, `the app's ${path}`);
  }
  // What is called so may be begun, and covers nothing of what is done beside it.
  await rep.page.getByRole("button", { name: en.process.start(LONG), exact: true }).waitFor();
  await rep.beginVisit();
  await harmless(rep.page, "the app's visit");
  await rep.tap(en.process.start(LONG));
  await rep.page.getByRole("textbox", { name: en.process.answer }).waitFor();
  await harmless(rep.page, "the app's run");
  // A customer may be called so, too.
  const run = new URL(rep.page.url()).pathname.replace("/app/", "");
  await world.write(kept, { name: LONG });
  await rep.page.getByText(LONG).first().waitFor();
  const visit = await world.add(kept, "visit", { state: "planned", planned_start: new Date().toISOString() });
  const task = await world.add(kept, "task", { subject: LONG, state: "open", due: "2026-01-01" });
  await phone.go(rep.page, `visits/${visit}`);
  await rep.page.getByRole("button", { name: en.visit.move, exact: true }).waitFor();
  const paths = ["accounts", "held", "plan", "due", "nearby", `tasks/${task}`, `visits/${visit}`, run];
  for (const path of ["", ...paths, ...["order", "plan", "brief", "edit"].map((form) => `accounts/${kept}/${form}`)]) {
    await phone.go(rep.page, path);
    await rep.page.getByRole("heading", { level: 1 }).waitFor();
    await harmless(rep.page, `the app's ${path}, with a long name`);
  }
  for (const path of [`accounts/${kept}`, `records/${visit}`, "visits", "visits?view=list", "tasks", "due", "days"]) {
    await desk.open(path);
    await desk.page.getByRole("heading", { level: 1 }).waitFor();
    await harmless(desk.page, `the console's ${path}, with a long name`);
  }
  expect([phone.complaints, phone.strangers, desk.complaints, desk.strangers]).toEqual([[], [], [], []]);
  await phone.end();
  await desk.end();
});
