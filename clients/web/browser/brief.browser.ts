/**
 * Hand-over briefs, made on a device in TypeScript from the records that it synced: word for word the golden ones of the
 * Rust device, and the server's own once the account has a life. On the screen each statement leads to its source.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Device, nodePlatform } from "@roadbook/replica/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

import { World } from "./harness/world.ts";

import "fake-indexeddb/auto";

const GOLDEN = resolve(import.meta.dirname, "../../../tests/golden/briefs");
/** The day after Northwind's last order. */
const DAY = "1998-05-07";

interface Account {
  readonly id: string;
  readonly external_id: string;
}
interface Sections {
  readonly sections: readonly { readonly section: string; readonly statements: readonly { readonly text: string }[] }[];
}

let world: World;
let accounts: Map<string, string>;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  world = await World.begin();
  const { items } = await world.office<{ items: Account[] }>("GET", "/v1/accounts?limit=200");
  accounts = new Map(items.map(({ id, external_id: name }) => [name, id]));
});
afterAll(async () => {
  for (const end of ends) await end();
  await world.end();
});

/** A person's device, with all records that they may see. */
async function deviceOf(person: string): Promise<Device> {
  const home = await mkdtemp(join(tmpdir(), "roadbook-brief-"));
  const device = await Device.open(nodePlatform(home, "any"));
  ends.push(async () => {
    await device.close();
    await rm(home, { recursive: true, maxRetries: 10, retryDelay: 100 });
  });
  await device.enrol(await world.enrolLink(person), "a device that reads briefs");
  await device.syncNow();
  return device;
}

const idOf = (name: string): string => accounts.get(name) ?? "";

/** The server's, without the section that no device can have. */
async function servers(account: string, day: string): Promise<Sections> {
  const found = await world.office<Sections>("GET", `/v1/accounts/${account}/brief?day=${day}`);
  return { ...found, sections: found.sections.filter(({ section }) => section !== "outstanding") };
}

test("the golden briefs of three accounts", async () => {
  const device = await deviceOf("Andrew Fuller");
  for (const name of ["savea", "centc", "paris"]) {
    const golden = JSON.parse(await readFile(join(GOLDEN, `${name}.json`), "utf8")) as unknown;
    expect(await device.brief(idOf(name.toUpperCase()), Date.parse(DAY))).toEqual(golden);
  }
});

test("a device says what the server says of visits, promises, warnings and people", async () => {
  const device = await deviceOf("Nancy Davolio");
  const account = idOf("SAVEA");
  const [contact] = (await device.list({ kind: "contact", account })).records;
  const at = (day: string): number => Date.parse(`${day}T09:00:00Z`);
  await device.create("visit", account, {
    state: "checked_out",
    checked_in_at: at("1998-04-01"),
    checked_out_at: at("1998-04-01"),
    rep_id: (await device.identity())?.person ?? "",
    contact_id: contact?.record ?? "",
    purpose: "payment",
    outcome: "follow_up",
    notes: "Asked for <b>longer</b> terms.\n".repeat(20),
    next_step: "Answer on terms",
    next_step_due: "1998-04-20",
  });
  await device.create("visit", account, { state: "planned", planned_start: at("1998-05-12"), purpose: "order" });
  await device.create("task", account, { subject: "Send samples", state: "open", due: "1998-05-01", priority: "high" });
  const agreed = { next_step: "Send the offer", next_step_due: "1998-05-05" };
  await device.create("call", account, { direction: "incoming", started_at: at("1998-05-02"), ...agreed });
  await device.create("case", account, {
    subject: "Glass in the jam",
    case_type: "complaint",
    state: "open",
    due: "1998-05-03",
    opened_at: at("1998-05-01"),
  });
  await device.create("opportunity", account, { subject: "A second fridge", stage: "proposed" });
  await device.create("contact", account, { name: "Zoë Ärmel", preferred_channel: "none", status: "active" });
  await device.edit(account, [
    { set: { path: ["visit_every_days"], value: 14 } },
    { addItem: { path: ["tags"], item: crypto.randomUUID(), fields: { tag: "key" } } },
  ]);
  const credit = { credit_limit_minor: 10_000, credit_hold: true, owed_minor: 2500, currency: "USD" };
  // What the device wrote is there first: the office writes on it.
  await device.syncNow();
  await world.write(account, credit);
  await expect.poll(() => device.credit(account)).toMatchObject({ limit_minor: 10_000, hold: true });
  const line = { position: 0, sku: "001", quantity: 10, unit_price_minor: 800, own_price: true, discount_bp: 0 };
  const ordered = { state: "draft", currency: "USD", priced_tax_minor: 150, lines: { [crypto.randomUUID()]: line } };
  const order = await device.create("order", account, ordered);
  await device.request("submit", order.record);
  const texts = async (): Promise<string[]> =>
    ((await device.brief(account, Date.parse(DAY)))?.sections ?? []).flatMap(({ statements }) =>
      statements.map(({ text }) => text),
    );
  const over = "They owe USD 106.50 with their open orders, more than the credit limit of USD 100.00.";
  expect(await texts(), "what waits is owed, too").toContain(over);
  await device.syncNow();
  expect(await texts()).toEqual(expect.arrayContaining(["The office holds their orders.", over]));
  expect(await device.credit(account)).toMatchObject({ limit_minor: 10_000, hold: true, open_minor: 10_650 });
  const made = await device.brief(account, Date.parse(DAY));
  expect(made).toEqual(await servers(account, DAY));
  const said = (made?.sections ?? []).flatMap(({ statements }) => statements.map(({ text }) => text));
  expect(said).toContain("Task: Send samples, priority high, due 1 May 1998 (6 days overdue).");
  expect(said.some((text) => text.startsWith("Next step: Send the offer, due 5 May 1998 (2 days overdue)"))).toBe(true);
  expect(said).toContain("Open complaint since 1 May 1998: Glass in the jam.");
  expect(said).toContain("Opportunity, proposed: A second fridge, seen through by Nancy Davolio.");
  expect(said).toContain("Zoë Ärmel does not wish to be approached.");
});
