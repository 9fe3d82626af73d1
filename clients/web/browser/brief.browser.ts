/**
 * Hand-over briefs, made on a device in TypeScript from the records that it synced: word for word the golden ones of the
 * Rust device, and the server's own once the account has a life. On the screen each statement leads to its source.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { nodePlatform } from "../src/replica/driver/platform.ts";
import { Device } from "../src/replica/src/shell/device.ts";
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
    await rm(home, { recursive: true });
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
  await device.create("contact", account, { name: "Zoë Ärmel", preferred_channel: "none", status: "active" });
  await device.edit(account, [
    { set: { path: ["visit_every_days"], value: 14 } },
    { addItem: { path: ["tags"], item: crypto.randomUUID(), fields: { tag: "key" } } },
  ]);
  await device.syncNow();
  const made = await device.brief(account, Date.parse(DAY));
  expect(made).toEqual(await servers(account, DAY));
  const said = (made?.sections ?? []).flatMap(({ statements }) => statements.map(({ text }) => text));
  expect(said).toContain("Task: Send samples, priority high, due 1 May 1998 (6 days overdue).");
  expect(said).toContain("Zoë Ärmel does not wish to be approached.");
});
