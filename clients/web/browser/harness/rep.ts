/** What a rep does with the app, tap by tap, by the words on the screen. Taps are counted. */
import type { Page } from "playwright-core";

import { en } from "$texts/app/en.ts";

import type { Phone } from "./phone.ts";
import type { World } from "./world.ts";

export class Rep {
  /** Since the last `taps = 0`. */
  taps = 0;

  constructor(
    readonly phone: Phone,
    public page: Page,
  ) {}

  /** A phone that is enrolled for a person and has all its records. */
  static async enrol(world: World, phone: Phone, person: string): Promise<Rep> {
    const page = await phone.openLink(await world.enrolLink(person));
    await page.getByRole("button", { name: en.enrol.go, exact: true }).click();
    const rep = new Rep(phone, page);
    await rep.waitForRecords();
    await phone.waitUntilInstalled(page);
    return rep;
  }

  /** The page again, after a tab or browser is gone. */
  async reopen(path = ""): Promise<void> {
    this.page = await this.phone.open(path);
    await this.page.getByRole("navigation").first().waitFor();
  }

  async tap(name: string | RegExp, role: "button" | "link" | "radio" | "tab" = "button"): Promise<void> {
    this.taps += 1;
    await this.page
      .getByRole(role, { name, exact: typeof name === "string" })
      .first()
      .click();
  }

  /** Goes to an account by searching for it. */
  async openAccount(name: string): Promise<void> {
    await this.tap(en.nav.accounts, "link");
    this.taps += 1;
    await this.page.getByRole("searchbox").fill(name);
    await this.tap(new RegExp(`^${name}`), "link");
    await this.page.getByRole("heading", { name, level: 1 }).waitFor();
  }

  /** Opens the form of a visit at the account on the screen, and checks in. */
  async beginVisit(): Promise<void> {
    await this.tap(en.account.visit, "link");
    await this.tap(en.visit.checkIn);
  }

  async write(label: string, words: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(words);
  }

  /** A whole visit, saved. */
  async visit(account: string, notes: string): Promise<void> {
    await this.openAccount(account);
    await this.beginVisit();
    await this.tap(en.visit.outcomes.follow_up, "radio");
    await this.write(en.visit.notes, notes);
    await this.tap(en.visit.checkOut);
    await this.page.getByText(en.visit.checkedOut).first().waitFor();
  }

  /** Waits until the phone doesn't know this account any more. */
  async waitUntilGone(account: string): Promise<void> {
    await this.tap(en.nav.accounts, "link");
    await this.page.getByRole("searchbox").fill(account);
    await this.page.getByText(en.accounts.noneFound).waitFor();
  }

  async openHeldTray(): Promise<void> {
    await this.tap(en.sync.open(en.sync.needsYou));
    await this.tap(en.sync.toTray, "link");
    await this.page.getByRole("heading", { name: en.held.title, level: 1 }).waitFor();
  }

  /** Waits until the chip at the top says this. */
  async waitForChip(words: string): Promise<void> {
    await this.page.getByRole("button", { name: en.sync.open(words) }).waitFor();
  }

  private async waitForRecords(): Promise<void> {
    await this.page.getByRole("navigation").first().waitFor();
    await this.waitForChip(en.sync.allIn);
    await this.page.getByRole("link", { name: en.nav.accounts, exact: true }).click();
    await this.page.getByText(en.accounts.arriving).waitFor({ state: "hidden" });
    await this.page.getByRole("main").getByRole("listitem").first().waitFor();
  }
}
