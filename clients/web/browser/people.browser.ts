/** People and departments at the desk: somebody begins, comes in by a link, leads, belongs to a department and does its work. */
import { expect, test } from "vitest";

import { t } from "$texts/office/index.ts";

import { Desk } from "./harness/desk.ts";
import { look } from "./harness/look.ts";
import { PASSWORD } from "./harness/template.ts";
import { eachAtADesk } from "./harness/stage.ts";
import type { World } from "./harness/world.ts";

const NAME = "Clara Neumann";
const EMAIL = "clara@northwind.example";
const DEPARTMENT = "Quality";
const TASK = "Look at the broken crates";
const text = t.people;
const own = text.departments;

let world: World;
let desk: Desk;

eachAtADesk((stage) => {
  ({ world, desk } = stage);
});

const write = (label: string, words: string): Promise<void> =>
  desk.page.getByRole("dialog").getByRole("textbox", { name: label, exact: true }).fill(words);

async function openPerson(name: string): Promise<void> {
  await desk.open("people");
  await desk.page.getByRole("link", { name, exact: true }).click();
  await desk.page.getByRole("heading", { level: 1, name }).waitFor();
}

/** The link that the console shows once. */
async function makeLink(): Promise<string> {
  await desk.page.getByRole("main").getByRole("button", { name: t.desk.menu, exact: true }).click();
  await desk.page.getByRole("menuitem", { name: text.link, exact: true }).click();
  await desk.press(text.linkGo);
  await desk.page.getByText(text.linkMade).waitFor();
  await look(desk.page, "office-one-time-link-light", false);
  const url = new URL(await desk.page.getByLabel(text.link, { exact: true }).inputValue());
  return `${world.officeUrl}${url.pathname}${url.hash}`;
}

test("somebody is added, comes in by a one-time link, and becomes a manager", async () => {
  await desk.open("people");
  await desk.press(text.add);
  await write(text.name, NAME);
  await write(text.email, "office@northwind.example");
  await desk.lookAtBoth("office-person-new");
  await desk.press(text.addGo);
  // An address that another has is said in the question, and nothing that was typed is lost.
  await desk.page.getByRole("dialog").getByRole("alert").waitFor();
  await expect.poll(() => desk.complaints.splice(0).map((words) => words.includes("409"))).toEqual([true]);
  await write(text.email, EMAIL);
  await desk.press(text.addGo);
  await desk.page.getByRole("heading", { level: 1, name: NAME }).waitFor();
  await desk.page.getByText(text.noDevices).waitFor();
  const link = await makeLink();
  const other = await Desk.start(world);
  await other.page.goto(link);
  await other.page.getByLabel("New password").fill(PASSWORD);
  await other.page.getByLabel("The same again").fill(PASSWORD);
  await other.page.getByRole("button", { name: "Set the password" }).click();
  await other.page.getByRole("link", { name: "Open the app" }).waitFor();
  await desk.page.reload();
  await desk.page.getByText(text.has, { exact: true }).waitFor();
  await desk.press(text.edit);
  await desk.pick(text.role, t.desk.roles.manager);
  await desk.press(t.desk.save);
  await desk.page.locator("header").getByText(t.desk.roles.manager, { exact: true }).waitFor();
  await other.signIn(EMAIL);
  await other.page.getByRole("navigation").first().getByRole("link", { name: t.desk.nav.team, exact: true }).waitFor();
  await other.end();
});

test("a department is added with a member, who finds what waits for it and does it", async () => {
  await desk.open("departments");
  await desk.page.getByText(own.empty, { exact: true }).waitFor();
  await desk.press(own.add);
  await write(own.name, DEPARTMENT);
  await desk.press(own.addGo);
  await desk.page.getByText(own.noMembers).waitFor();
  await desk.pick(own.addMember, NAME);
  await desk.press(own.addMemberGo);
  await desk.page.getByRole("button", { name: own.remove(NAME) }).waitFor();
  await desk.page.getByText(own.noQueue).waitFor();
  await desk.lookAtBoth("office-department");

  // A task of a customer whom the member does not have.
  const { items } = await world.office<{ items: { id: string }[] }>("GET", "/v1/accounts?limit=1");
  await desk.open(`accounts/${items[0]?.id ?? ""}`);
  await desk.page.getByRole("button", { name: t.record.account.add }).click();
  await desk.page.getByRole("menuitem", { name: t.kinds.task.add }).click();
  await desk.page.getByRole("dialog").getByLabel("Subject").fill(TASK);
  await desk.pick("Department", DEPARTMENT);
  await desk.press(t.kinds.task.add);
  await desk.page.getByText(t.record.added).waitFor();

  const member = await Desk.start(world);
  await member.signIn(EMAIL);
  await member.open("departments");
  await member.page.getByRole("heading", { level: 1, name: own.yours }).waitFor();
  await member.page.getByRole("link", { name: DEPARTMENT }).click();
  await member.page.getByText(TASK).waitFor();
  await member.lookAtBoth("office-department-member", false);
  await member.press(own.finishOf(TASK));
  await member.page.getByText(own.finished).waitFor();
  await member.page.getByText(own.noQueue).waitFor();
  expect([member.complaints, member.strangers]).toEqual([[], []]);
  await member.end();
});

test("what a rep has before them is to be looked at, and nothing on it writes", async () => {
  await openPerson("Nancy Davolio");
  await desk.page.getByRole("link", { name: text.asRep.link, exact: true }).click();
  await desk.page.getByRole("heading", { level: 1, name: text.asRep.title("Nancy Davolio") }).waitFor();
  await desk.page.getByRole("table", { name: text.asRep.accounts }).getByRole("link").first().waitFor();
  await desk.page.getByText(text.asRep.noVisits).waitFor();
  const main = desk.page.getByRole("main");
  expect(await main.locator("input, textarea, select").count()).toBe(0);
  // What can be pressed shows more of a list.
  const buttons = await main.getByRole("button").allInnerTexts();
  expect(buttons.filter((words) => words !== t.desk.more)).toEqual([]);
  await desk.lookAtBoth("office-as-rep-page", false);
});

test("what everybody's period comes to is seen whole, and the way from one to the next stands in one row", async () => {
  const { team } = t.figures;
  await desk.open("team?period=1998-04");
  const table = desk.page.getByRole("table", { name: /1998/ });
  await table.getByText(/\$/).first().waitFor();
  for (const kind of ["quarter", "year", "day", "month"] as const) {
    await desk.choose(team.show, team.kinds[kind]);
    await desk.page.getByRole("table", { name: /^Figures of/ }).waitFor();
    const cut = await desk.page
      .locator("table")
      .evaluate((node) => node.scrollWidth - (node.parentElement?.clientWidth ?? 0));
    expect(cut, kind).toBeLessThanOrEqual(0);
    await expect
      .poll(
        async () => {
          const places = [team.before, team.after].map((name) => desk.page.getByRole("button", { name, exact: true }));
          const tops = await Promise.all(places.map(async (place) => (await place.boundingBox())?.y));
          return new Set(tops).size;
        },
        { message: kind },
      )
      .toBe(1);
  }
  await desk.open("team?period=1998-04");
  await desk.page.reload();
  await table.getByText(/\$/).first().waitFor();
  expect(await table.evaluate((node) => node.scrollWidth - (node.parentElement?.clientWidth ?? 0))).toBeLessThanOrEqual(
    0,
  );
  await desk.lookAtBoth("office-team-figures", false);
});

test("the audit tells all of this in words, with who and on what", async () => {
  await desk.open("audit");
  const table = desk.page.getByRole("table", { name: text.audit.table });
  const { actions } = text.audit;
  for (const action of [
    "person.add",
    "person.link",
    "person.use_link",
    "person.change",
    "department.add",
    "department.add_member",
    "record.add",
    "task.done",
  ])
    // prettier-ignore
    await table.getByText(actions[action] ?? action, { exact: true }).first().waitFor();
  const words = await table.getByRole("rowheader").allInnerTexts();
  expect(words.filter((one) => /^[a-z_]+\.[a-z_]+$/.test(one))).toEqual([]);
  await table
    .getByRole("link", { name: new RegExp(NAME) })
    .first()
    .waitFor();
  await desk.lookAtBoth("office-audit-acts", false);
  await desk.pick(text.audit.person, NAME);
  await table.getByText(actions["person.add"] ?? "", { exact: true }).waitFor({ state: "detached" });
  await table.getByText(actions["task.done"] ?? "", { exact: true }).waitFor();
});
