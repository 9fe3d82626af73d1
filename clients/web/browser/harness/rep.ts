/** What a rep does with the app, tap by tap, by the words on the screen. Taps are counted. */
import type { Page } from "playwright-core";

import { en } from "$texts/app/en.ts";

import type { Phone } from "./phone.ts";
import { untilDrafted, untilFilled } from "./store.ts";
import type { World } from "./world.ts";

/** The chip at the top, whatever waits besides and whether the line is up or not. */
export const NEEDS_YOU = new RegExp(`^${en.sync.open(en.sync.needsYou)}`);

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
    return rep;
  }

  /** The record on the screen, by its address. */
  get idHere(): string {
    return /[0-9a-f-]{36}/.exec(this.page.url())?.[0] ?? "";
  }

  /** The page again, after a tab or browser is gone. */
  async reopen(path = ""): Promise<void> {
    this.page = await this.phone.open(path);
    await this.page.getByRole("navigation").first().waitFor();
  }

  async tap(name: string | RegExp, role: "button" | "link" | "tab" = "button"): Promise<void> {
    this.taps += 1;
    await this.page
      .getByRole(role, { name, exact: typeof name === "string" })
      .first()
      .click();
  }

  /** Picks one of a few: what one taps is its label. */
  async choose(name: string): Promise<void> {
    this.taps += 1;
    const radio = this.page.getByRole("radio", { name, exact: true });
    await this.page.locator("label").filter({ has: radio }).click();
  }

  /**
   * Goes to an account by searching for it, from wherever it is. It goes by the address, which starts the app anew; the taps
   * are those of a thumb: back to where the tabs are, unless they are in sight, the tab, the field, the account.
   */
  async openAccount(name: string): Promise<void> {
    const tab = this.page.getByRole("navigation").getByRole("link", { name: en.nav.accounts, exact: true });
    this.taps += (await tab.isVisible()) ? 2 : 3;
    await this.phone.go(this.page, "accounts");
    await this.page.getByRole("searchbox").fill(name);
    await this.tap(new RegExp(`^${name}`), "link");
    await this.page.getByRole("heading", { name, level: 1 }).waitFor();
  }

  /** Checks in at the account on the screen, which opens the visit. */
  async beginVisit(): Promise<void> {
    await this.tap(en.account.visit);
    await this.page.getByLabel(en.visit.notes, { exact: true }).waitFor();
  }

  /** Taps into a field, and types. */
  async write(label: string, words: string): Promise<void> {
    this.taps += 1;
    // By its name, too: a label may also have what is not read out, such as the star of what has to be said.
    const named = this.page.getByRole("textbox", { name: label, exact: true });
    await this.page.getByLabel(label, { exact: true }).or(named).first().fill(words);
  }

  /** A whole visit, saved; with a next step, of which a task reminds. */
  async visit(account: string, notes: string, next = ""): Promise<void> {
    await this.openAccount(account);
    await this.beginVisit();
    await this.choose(en.visit.outcomes.follow_up);
    await this.write(en.visit.notes, notes);
    if (next !== "") await this.write(en.visit.nextStep, next);
    await this.tap(en.visit.checkOut);
    await this.page.getByText(en.visit.checkedOut).first().waitFor();
  }

  /** Hands in an order of so many products for the account on the screen; with what it asks for besides, before it goes. */
  async order(products = 1, more?: () => Promise<void>): Promise<void> {
    await this.tap(en.account.order, "link");
    for (let n = 0; n < products; n += 1) await this.tap(/^Add /);
    await this.tap(en.order.review);
    await more?.();
    await this.tap(en.order.submit);
    await this.page.getByText(en.order.submitted).first().waitFor();
  }

  /** Waits until the phone doesn't know this account any more. */
  async waitUntilGone(account: string): Promise<void> {
    await this.phone.go(this.page, "accounts");
    await this.page.getByRole("searchbox").fill(account);
    await this.page.getByText(en.accounts.noneFound).waitFor();
  }

  async openHeldTray(): Promise<void> {
    await this.tap(NEEDS_YOU);
    await this.tap(en.sync.toTray, "link");
    await this.page.getByRole("heading", { name: en.held.title, level: 1 }).waitFor();
  }

  /** Waits until the chip at the top says that something waits, and that there is no connection. */
  async waitForWork(): Promise<void> {
    const words = en.sync.open(`${en.sync.waiting(1)}, ${en.sync.offline}`);
    await this.page.getByRole("button", { name: new RegExp(words.replace("1", "\\d+")) }).waitFor();
  }

  /** Waits until the chip at the top says this, and nothing besides: that the office has all is said offline, too. */
  async waitForChip(words: string): Promise<void> {
    await this.page.getByRole("button", { name: en.sync.open(words), exact: true }).waitFor();
  }

  /** Ends the tab in the middle of what was typed last, once the store has these words of it. */
  async killTabAfter(words: string): Promise<void> {
    await untilDrafted(this.page, words);
    await this.phone.killTab(this.page);
  }

  /** Waits until the phone has all records of its person, and every file of the app. */
  async waitForRecords(): Promise<void> {
    await this.page.getByRole("navigation").first().waitFor();
    await this.waitForChip(en.sync.allIn);
    await this.phone.go(this.page, "accounts");
    await this.page.getByText(en.accounts.arriving).waitFor({ state: "hidden" });
    await this.page.getByRole("main").getByRole("listitem").first().waitFor();
    await untilFilled(this.page, this.phone.options.waitMs);
    await this.phone.waitUntilInstalled(this.page);
  }
}
