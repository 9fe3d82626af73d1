/** What the office does by itself: takes an order, tags an account, looks at what came late and at what a rep has. */
import { expect, test } from "vitest";

import { en } from "$texts/app/en.ts";
import { t } from "$texts/office/index.ts";

import type { Desk } from "./harness/desk.ts";
import { look, lookBoth } from "./harness/look.ts";
import { Phone } from "./harness/phone.ts";
import { Rep } from "./harness/rep.ts";
import { eachAtADesk } from "./harness/stage.ts";
import type { World } from "./harness/world.ts";

const ACCOUNT = "Wilman Kala";
const MOVED = "Ernst Handel";
/** A territory of Janet's. */
const JANETS = "30346";

let world: World;
let desk: Desk;

eachAtADesk((stage) => {
  ({ world, desk } = stage);
});

test("the office takes an order with two lines, and corrects it by taking one out", async () => {
  const id = await world.idOf(`/v1/accounts?q=${encodeURIComponent(ACCOUNT)}`);
  await desk.open(`accounts/${id}`);
  await desk.page.getByRole("button", { name: t.record.account.add }).click();
  await desk.page.getByRole("menuitem", { name: t.kinds.order.add }).click();
  for (const [n, sku] of ["001", "002"].entries()) {
    await desk.press(t.record.edit.addLine);
    await desk.page.getByLabel(t.record.orders.line.product).nth(n).fill(sku);
    await desk.page.getByLabel(t.record.orders.line.price).nth(n).fill("19.50");
  }
  await desk.press(t.kinds.order.add);
  await desk.page.getByText(t.record.added).waitFor();
  const order = await world.idOf(`/v1/orders?account=${id}&state=draft`);
  const lines = async (): Promise<unknown> => (await world.record(order)).document["lines"];
  expect(await lines()).toMatchObject([
    { sku: "001", quantity: 1, unit_price_minor: 1950 },
    { sku: "002", quantity: 1, unit_price_minor: 1950 },
  ]);
  await desk.open(`records/${order}`);
  await desk.page.getByRole("button", { name: t.record.orders.correct, exact: true }).click();
  await desk.press(t.record.edit.removeLine("002"));
  await desk.press(t.desk.save);
  await desk.page.getByText(t.record.edit.saved).waitFor();
  expect(await lines()).toMatchObject([{ sku: "001" }]);
});

test("tags are written and taken away", async () => {
  const id = await world.idOf(`/v1/accounts?q=${encodeURIComponent(ACCOUNT)}`);
  const tags = async (): Promise<string[]> =>
    ((await world.record(id)).document["tags"] as { tag: string }[]).map(({ tag }) => tag).sort();
  for (const [typed, expected] of [
    ["organic, night shop", ["night shop", "organic"]],
    ["organic", ["organic"]],
  ] as const) {
    await desk.open(`accounts/${id}`);
    await desk.page.getByRole("button", { name: t.record.account.edit, exact: true }).click();
    await desk.page.getByLabel(t.record.edit.tags, { exact: true }).fill(typed);
    await desk.press(t.desk.save);
    await desk.page.getByText(t.record.edit.saved).waitFor();
    expect(await tags()).toEqual(expected);
    await desk.page.reload();
    await desk.page.getByRole("heading", { level: 1, name: ACCOUNT }).waitFor();
  }
});

test("what came late, and what a rep has on their devices", async () => {
  const phone = await Phone.start(world);
  const rep = await Rep.enrol(world, phone, "Nancy Davolio");
  await phone.goOffline();
  await rep.visit(MOVED, "Captured when it was somebody else's already.");
  await world.move(MOVED, JANETS, "accept");
  await phone.goOnline();
  await rep.waitForChip(en.sync.allIn);
  await phone.end();
  await desk.open("late");
  await desk.page.getByRole("main").getByRole("link", { name: MOVED }).first().waitFor();
  await lookBoth(desk.page, "office-late-work");
  const nancy = await world.idOf("/v1/people?q=Nancy");
  await desk.open(`as/${nancy}`);
  // The visit is theirs, the account is not any more.
  const accounts = desk.page.getByRole("table", { name: t.people.asRep.accounts });
  await accounts.getByRole("link", { name: ACCOUNT }).waitFor();
  expect(await accounts.getByRole("link", { name: MOVED }).count()).toBe(0);
  await look(desk.page, "office-as-rep-light", false);
});
