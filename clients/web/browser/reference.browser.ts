/** Reference data from the console's forms to a phone, likely duplicates to their end, and a chain with its outlets. */
import { expect, test, vi } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import type { Desk } from "./harness/desk.ts";
import { look, lookBoth } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { eachAtADesk } from "./harness/stage.ts";
import type { World } from "./harness/world.ts";

const CHAIN = "Ernst Handel";
const words = t.reference;

let world: World;
let desk: Desk;

eachAtADesk((stage) => {
  ({ world, desk } = stage);
});

interface Listed<Item> {
  readonly items: readonly Item[];
}

async function idOf(path: string): Promise<string> {
  const { items } = await world.office<Listed<{ id: string }>>("GET", path);
  return items[0]?.id ?? "";
}

async function published(set: string): Promise<Record<string, unknown>> {
  const { items } = await world.office<Listed<{ key: string; value: unknown }>>(
    "GET",
    `/v1/reference/${set}?limit=500`,
  );
  return Object.fromEntries(items.map(({ key, value }) => [key, value]));
}

const dialog = (): ReturnType<Desk["page"]["getByRole"]> => desk.page.getByRole("dialog");
const press = (name: string): Promise<void> => dialog().getByRole("button", { name, exact: true }).click();
const field = (name: string): ReturnType<Desk["page"]["getByLabel"]> =>
  dialog().getByLabel(words.names[name] ?? name, { exact: true });
/** By its role: the star behind the label of what is required is not a part of its name. */
const keyOf = (set: string): ReturnType<Desk["page"]["getByRole"]> =>
  dialog().getByRole("textbox", { name: words.sets[set]?.key ?? set, exact: true });

test("a cadence is typed, refused at its field, mended, published, changed and removed", async () => {
  await desk.open("reference");
  await desk.page.getByRole("link", { name: words.sets["cadence"]?.title ?? "" }).click();
  await desk.page.getByText(words.empty).waitFor();
  await look(desk.page, "office-reference-empty-light", false);
  await desk.page.getByRole("button", { name: words.add, exact: true }).click();
  await keyOf("cadence").fill("Bakeries");
  await field("every_days").fill("often");
  await press(words.publish);
  await dialog().locator("[aria-invalid=true]").waitFor();
  await look(desk.page, "office-reference-fault-light", false);
  expect(await published("cadence")).toEqual({});
  await field("every_days").fill("21");
  await desk.page.keyboard.press("Enter");
  await desk.page.getByText(words.published("Bakeries")).waitFor();
  expect(await published("cadence")).toEqual({ Bakeries: { every_days: 21 } });
  await desk.page.getByRole("button", { name: words.editOne("Bakeries") }).click();
  await field("grace_days").fill("4");
  await press(words.publish);
  await expect.poll(() => published("cadence")).toEqual({ Bakeries: { every_days: 21, grace_days: 4 } });
  await desk.page.getByRole("button", { name: words.removeOne("Bakeries") }).click();
  await press(words.removeGo);
  await desk.page.getByText(words.removed("Bakeries")).waitFor();
  expect(await published("cadence")).toEqual({});
});

test("a goal is set for a person, with an amount in its currency", async () => {
  await desk.open("reference/goals");
  await desk.page.getByRole("button", { name: words.add, exact: true }).click();
  await keyOf("goals").fill("nancy-sales");
  const nancy = await idOf("/v1/people?q=Nancy");
  await field("person").selectOption(nancy);
  await field("period").fill("2026-11");
  await field("measure").selectOption("order_amount");
  await field("currency").fill("eur");
  await field("target").fill("50000");
  await press(t.desk.cancel);
  await press(t.desk.unsaved.keep);
  await press(words.publish);
  await desk.page.getByText(words.published("nancy-sales")).waitFor();
  expect(await published("goals")).toMatchObject({
    "nancy-sales": { person: nancy, period: "2026-11", measure: "order_amount", currency: "EUR", target: 5_000_000 },
  });
  await lookBoth(desk.page, "office-goals");
});

test("every set is a screen that axe has nothing to say of", async () => {
  await desk.open("reference");
  await lookBoth(desk.page, "office-reference");
  for (const set of Object.keys(words.sets)) {
    await desk.open(`reference/${set}`);
    await desk.page.getByRole("heading", { level: 1, name: words.sets[set]?.title ?? set }).waitFor();
    await desk.page.getByRole("button", { name: words.add, exact: true }).waitFor();
    await look(desk.page, `office-reference-${set}-light`, false);
    await desk.page.getByRole("button", { name: words.add, exact: true }).click();
    await dialog().waitFor();
    await look(desk.page, `office-reference-${set}-form-light`, false);
    await press(t.desk.cancel);
  }
});

test("a likely duplicate is set apart, taken back, and merged into the one that stays", async () => {
  const { territory_id: territory, fields } = await world.office<{
    territory_id: string;
    fields: Record<string, unknown>;
  }>("GET", `/v1/accounts/${await idOf("/v1/accounts?q=Wilman")}`);
  const { name, street, city, postal_code, phone } = fields;
  const file = `name,street,city,postal_code,phone,territory\n"${String(name)}","${String(street)}","${String(city)}","${String(postal_code)}","${String(phone)}",`;
  const { items: places } = await world.office<Listed<{ id: string; code: string }>>(
    "GET",
    "/v1/territories?limit=500",
  );
  const code = places.find(({ id }) => id === territory)?.code ?? "";
  await importFile(`${file}${code}\n`);
  const title = t.inboxes.duplicates.heading(String(name), String(name));
  await vi.waitFor(
    async () => {
      const { items } = await world.office<Listed<unknown>>("GET", "/v1/duplicates");
      expect(items.length).toBe(1);
    },
    { timeout: 20_000, interval: 200 },
  );
  const pairs = await world.command<readonly { reasons: readonly string[] }[]>("admin", "duplicates", "list");
  expect(pairs).toMatchObject([{ reasons: expect.arrayContaining(["name", "phone"]) as unknown }]);
  await desk.open("duplicates");
  await desk.page.getByRole("heading", { name: title }).waitFor();
  await lookBoth(desk.page, "office-duplicates");
  await desk.page.getByRole("button", { name: t.inboxes.duplicates.notSame, exact: true }).click();
  await desk.page.getByText(t.inboxes.duplicates.empty).waitFor();
  await desk.page.getByRole("tab", { name: t.inboxes.duplicates.apart }).click();
  await desk.page.getByRole("heading", { name: title }).waitFor();
  await look(desk.page, "office-duplicates-apart-light", false);
  await desk.page.getByRole("tabpanel").getByRole("button", { name: t.inboxes.duplicates.undo, exact: true }).click();
  await desk.page.getByText(t.inboxes.duplicates.apartEmpty).waitFor();
  await desk.page.getByRole("tab", { name: t.inboxes.duplicates.open }).click();
  await desk.page.getByRole("button", { name: t.inboxes.duplicates.merge, exact: true }).click();
  // The one that was there first has a number by which it is told from the other.
  await dialog()
    .locator("label")
    .filter({ hasText: String(fields["external_id"]) })
    .click();
  await dialog().getByText(t.record.merge.records).waitFor();
  await look(desk.page, "office-merge-pair-light", false);
  await press(t.record.merge.go);
  await desk.page.getByText(t.inboxes.duplicates.empty).waitFor();
});

async function importFile(text: string): Promise<void> {
  const added = await world.office<{ id: string }>("POST", "/v1/imports", {
    kind: "account",
    format: "csv",
    file_name: "again.csv",
  });
  const path = `/v1/imports/${added.id}`;
  await world.office("PUT", `${path}/parts/0`, { base64: Buffer.from(text).toString("base64") });
  await world.office("POST", `${path}/check`, {});
  const stands = async (state: string): Promise<void> => {
    await vi.waitFor(
      async () => {
        expect((await world.office<{ state: string }>("GET", path)).state).toBe(state);
      },
      { timeout: 20_000, interval: 200 },
    );
  };
  await stands("checked");
  await world.office("POST", `${path}/run`, {});
  await stands("done");
}

test("a chain's outlet is made without a network, and stands on both pages; a tier says its discount", async () => {
  const id = await idOf(`/v1/accounts?q=${encodeURIComponent(CHAIN)}`);
  await world.office("POST", "/v1/reference/tiers", { items: { gold: { name: "Gold", discount_bp: 250 } } });
  const { version } = await world.office<{ version: number }>("GET", `/v1/records/${id}`);
  await world.office(
    "PATCH",
    `/v1/records/${id}`,
    { document: { loyalty_tier: "gold" } },
    { "if-match": `"${version}"` },
  );
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await phone.goOffline();
  await phone.go(rep.page, `accounts/${id}`);
  await rep.page.getByRole("tab", { name: en.account.details }).click();
  await rep.page.getByText(/Gold: 2\.5\s?% off each line/).waitFor();
  await rep.page.getByRole("link", { name: en.account.newOutlet }).click();
  await rep.page.getByRole("textbox", { name: en.account.fields.name, exact: true }).fill("Ernst Handel Airport");
  await rep.tap(en.common.save);
  await rep.page.getByRole("heading", { name: "Ernst Handel Airport" }).waitFor();
  await phone.go(rep.page, `accounts/${id}`);
  await rep.page.getByRole("tab", { name: en.account.details }).click();
  await rep.page.getByRole("heading", { name: en.account.outlets }).waitFor();
  await rep.page.getByRole("link", { name: /Ernst Handel Airport/ }).waitFor();
  await lookBoth(rep.page, "app-outlets");
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await desk.open(`accounts/${id}`);
  await desk.page.getByRole("link", { name: "Ernst Handel Airport" }).waitFor();
  expect([phone.complaints, phone.strangers]).toEqual([[], []]);
  await phone.end();
});
