/** The office's desk: one browser window on the console. */
import { type Browser, chromium, type Page } from "playwright-core";

import { CHROMIUM } from "../chromium.mjs";
import { lookBoth } from "./look.ts";
import { OFFICE, PASSWORD } from "./template.ts";
import type { World } from "./world.ts";

export const SIZE = { width: 1280, height: 800 };

export class Desk {
  readonly strangers: string[] = [];
  readonly complaints: string[] = [];

  private constructor(
    private readonly world: World,
    private readonly browser: Browser,
    readonly page: Page,
    private readonly isBehindFront: boolean,
  ) {}

  /** On a line of its own, or on that of the phones, which can be cut. */
  static async start(world: World, scheme: "light" | "dark" = "light", isBehindFront = false): Promise<Desk> {
    const browser = await chromium.launch(CHROMIUM);
    const context = await browser.newContext({
      viewport: SIZE,
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      colorScheme: scheme,
    });
    const desk = new Desk(world, browser, await context.newPage(), isBehindFront);
    context.on("request", (asked) => {
      const url = new URL(asked.url());
      if (url.origin !== desk.url && !["data:", "blob:"].includes(url.protocol)) desk.strangers.push(asked.url());
    });
    context.on("weberror", (error) => desk.complaints.push(String(error.error())));
    context.on("console", (message) => {
      // Whether there is a session of before is asked of the server, and no is an answer.
      const isQuestion = message.location().url.endsWith("/v1/session/refresh");
      if (message.type() === "error" && !isQuestion)
        desk.complaints.push(`${message.text()} ${message.location().url}`);
    });
    return desk;
  }

  private get url(): string {
    return this.isBehindFront ? this.world.url : this.world.officeUrl;
  }

  /** Signs somebody in, and waits until the console is there. */
  async signIn(email = OFFICE): Promise<void> {
    await this.page.goto(`${this.url}/office/`);
    await this.page.getByLabel(/e-?mail/i).fill(email);
    await this.page.getByLabel(/password/i).fill(PASSWORD);
    await this.page.getByRole("button", { name: /sign in/i }).click();
    await this.page.getByRole("navigation").first().waitFor();
  }

  /** Presses a button of the question that is asked, else of the screen. */
  async press(name: string): Promise<void> {
    const question = this.page.getByRole("dialog");
    const place = (await question.count()) > 0 ? question : this.page.getByRole("main");
    await place.getByRole("button", { name, exact: true }).click();
  }

  /** Chooses in a select by the words of an option. */
  async pick(label: string, words: string | RegExp): Promise<void> {
    const select = this.page.getByRole("combobox", { name: label, exact: true });
    const option = select.locator("option").filter({ hasText: words });
    await select.selectOption((await option.first().getAttribute("value")) ?? "");
  }

  /** Ticks a radio button by its words: what one clicks is its label. */
  async choose(group: string, words: string): Promise<void> {
    const radio = this.page.getByRole("radio", { name: words, exact: true });
    await this.page.getByRole("group", { name: group }).locator("label").filter({ has: radio }).click();
  }

  /** Looks at the screen by day and by night. */
  lookAtBoth(name: string, isKept = true): Promise<void> {
    return lookBoth(this.page, name, isKept);
  }

  /** Opens a screen by what stands behind `#/`. */
  async open(path: string): Promise<void> {
    await this.page.goto(`${this.url}/office/#/${path}`);
  }

  /** Answers the question behind a button, with a reason if one is given, and waits for what is said then. */
  async decide(name: string, done: string | RegExp, reason?: readonly [label: string, words: string]): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name, exact: true }).click();
    await this.page.getByRole("dialog").waitFor();
    if (reason !== undefined) await this.page.getByRole("dialog").getByLabel(reason[0]).fill(reason[1]);
    await this.press(name);
    await this.page.getByText(done).first().waitFor();
  }

  async end(): Promise<void> {
    await this.browser.close();
  }
}
