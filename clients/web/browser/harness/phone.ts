/** A rep's phone: Chromium with a profile folder of its own, so that it can be killed and started again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContext, chromium, type Page } from "playwright-core";

import { readFrame } from "../../src/replica/src/wire/codec.ts";
import { CHROMIUM } from "../chromium.mjs";
import type { World } from "./world.ts";

export interface PhoneOptions {
  readonly locale?: string;
  readonly scheme?: "light" | "dark";
  readonly permissions?: readonly string[];
  /** How long anything may take, where much is to be done. */
  readonly waitMs?: number;
}

/** Longer than anything takes on a busy machine. */
const WAIT_MS = 20_000;
const SIZE = { width: 360, height: 740 };

export class Phone {
  /** What the pages asked of anybody but the server, and what they complained of: both stay empty. */
  readonly strangers: string[] = [];
  readonly complaints: string[] = [];

  private constructor(
    private readonly world: World,
    private readonly profile: string,
    readonly options: PhoneOptions,
    private context: BrowserContext,
  ) {}

  static async start(world: World, options: PhoneOptions = {}): Promise<Phone> {
    const profile = await mkdtemp(join(tmpdir(), "roadbook-phone-"));
    const phone = new Phone(world, profile, options, await launch(profile, options));
    phone.listen();
    return phone;
  }

  /** Opens a tab of the app; `path` is what stands behind `/app/`. */
  async open(path = ""): Promise<Page> {
    const page = await this.context.newPage();
    await this.go(page, path);
    return page;
  }

  /** Starts the app anew at an address of its own. */
  async go(page: Page, path: string): Promise<void> {
    await page.goto(`${this.world.url}/app/${path}`);
  }

  /** Opens a tab by a link that somebody was sent. */
  async openLink(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** Waits until every file of the app is on the phone. */
  async waitUntilInstalled(page: Page): Promise<void> {
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active === null || active.state === "activated") return;
      await new Promise<void>((done) => {
        active.addEventListener("statechange", () => {
          if (active.state === "activated") done();
        });
      });
    });
  }

  /** Airplane mode: for what is in the page and for its workers. */
  async goOffline(): Promise<void> {
    this.world.front.cut();
    await this.context.setOffline(true);
  }

  async goOnline(): Promise<void> {
    this.world.front.mend();
    await this.context.setOffline(false);
  }

  /** Comes into reach for so long that the office hears what waits on it, and no longer. */
  async sayHello(): Promise<void> {
    const heard = this.world.front.passOneHello();
    await this.context.setOffline(false);
    await heard;
    await this.context.setOffline(true);
  }

  /** Comes into reach until the office has answered for what waits, and no longer: that the record has it is not heard yet. */
  async handIn(): Promise<void> {
    const answered = this.world.front.passUntil((message) => ("receipts" in readFrame(message) ? "after" : null));
    await this.context.setOffline(false);
    await answered;
    await this.context.setOffline(true);
  }

  /** Lets the app store so many bytes and no more, until what this returns is called. */
  async limitStorage(page: Page, bytes: number): Promise<() => Promise<void>> {
    const wire = await this.context.newCDPSession(page);
    await wire.send("Storage.overrideQuotaForOrigin", { origin: this.world.url, quotaSize: bytes });
    return async () => {
      await wire.send("Storage.overrideQuotaForOrigin", { origin: this.world.url });
      await wire.detach();
    };
  }

  /** Ends a tab as the system does when it needs the memory: nothing of it gets to say a word. */
  async killTab(page: Page): Promise<void> {
    const crashed = page.waitForEvent("crash");
    // The tab is gone before it can answer.
    void page.goto("chrome://crash").catch(() => undefined);
    await crashed;
    await page.close();
  }

  /** The battery is empty: the whole browser is gone at once, and starts again on the same profile. */
  async killBrowser(): Promise<void> {
    const page = this.context.pages()[0] ?? (await this.context.newPage());
    const wire = await this.context.newCDPSession(page);
    const closed = new Promise((done) => this.context.once("close", done));
    void wire.send("Browser.crash").catch(() => undefined);
    await closed;
    this.context = await launch(this.profile, this.options);
    this.listen();
  }

  async end(): Promise<void> {
    await this.context.close();
    // A process of the browser may still be writing.
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** For what the tests of one matter need alone, such as a clock or a grant. */
  get browser(): BrowserContext {
    return this.context;
  }

  private listen(): void {
    this.context.on("request", (asked) => {
      const url = new URL(asked.url());
      const isOurs = url.origin === this.world.url || ["data:", "blob:", "chrome:"].includes(url.protocol);
      if (!isOurs) this.strangers.push(asked.url());
    });
    this.context.on("weberror", (error) => this.complaints.push(String(error.error())));
    this.context.on("console", (message) => {
      // Being offline is no fault; the browser reports each request that fails.
      const isNetwork = message.text().includes("net::ERR_") || message.text().includes("WebSocket connection");
      if (message.type() === "error" && !isNetwork) this.complaints.push(message.text());
    });
  }
}

async function launch(profile: string, options: PhoneOptions): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile, {
    ...CHROMIUM,
    viewport: SIZE,
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: options.locale ?? "en-GB",
    timezoneId: "Europe/Berlin",
    colorScheme: options.scheme ?? "light",
    permissions: [...(options.permissions ?? [])],
  });
  context.setDefaultTimeout(options.waitMs ?? WAIT_MS);
  return context;
}
