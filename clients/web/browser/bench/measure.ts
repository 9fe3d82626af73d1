/** Times as a person has them: from the touch to what the screen shows, both read by one clock in the page itself. */
import type { Page } from "playwright-core";

/** The middle one. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** From the beginning of the navigation until an element matches; the page must be opened by what is passed. */
export async function untilShown(page: Page, selector: string, open: () => Promise<unknown>): Promise<number> {
  await page.addInitScript((wanted) => {
    const seen = new MutationObserver(() => {
      if (document.querySelector(wanted) === null) return;
      seen.disconnect();
      // What is in the tree is on the screen with the next frame.
      requestAnimationFrame(() => Object.assign(window, { shownAt: performance.now() }));
    });
    seen.observe(document, { childList: true, subtree: true });
  }, selector);
  await open();
  const shown = await page.waitForFunction(() => (window as unknown as { shownAt?: number }).shownAt);
  return Number(await shown.jsonValue());
}

/** From a search text's being there until the first item of the list shows it. */
export function untilFound(page: Page, list: string, words: string): Promise<number> {
  return page.evaluate(
    ([selector, text]) =>
      new Promise<number>((done) => {
        const input = document.querySelector<HTMLInputElement>("input[type=search]");
        const wanted = text.toLowerCase();
        const isThere = (): boolean =>
          (document.querySelector(selector)?.textContent ?? "").toLowerCase().includes(wanted);
        const start = performance.now();
        const seen = new MutationObserver(() => {
          if (!isThere()) return;
          seen.disconnect();
          requestAnimationFrame(() => {
            done(performance.now() - start);
          });
        });
        seen.observe(document.body, { childList: true, subtree: true, characterData: true });
        if (input === null) return;
        input.value = text;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    [list, words] as const,
  );
}

/** From a tap on a button until the page says something that it does not say now. */
export function untilSaid(page: Page, button: string, words: string): Promise<number> {
  return page.evaluate(
    ([name, text]) =>
      new Promise<number>((done) => {
        const wanted = [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === name);
        const start = performance.now();
        const seen = new MutationObserver(() => {
          if (!document.body.textContent.includes(text)) return;
          seen.disconnect();
          requestAnimationFrame(() => {
            done(performance.now() - start);
          });
        });
        seen.observe(document.body, { childList: true, subtree: true, characterData: true });
        wanted?.click();
      }),
    [button, words] as const,
  );
}

/** Presses a button; when, by a clock that all pages share. */
export function press(page: Page, button: string): Promise<number> {
  return page.evaluate((name) => {
    const wanted = [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === name);
    const pressed = performance.timeOrigin + performance.now();
    wanted?.click();
    return pressed;
  }, button);
}

/** Looks from now on for one more line of an account on a screen. */
export async function watchFor(page: Page, account: string): Promise<void> {
  await page.evaluate((name) => {
    const count = (): number => document.querySelector("main")?.textContent.split(name).length ?? 0;
    const before = count();
    Object.assign(window, { seenAt: undefined });
    const seen = new MutationObserver(() => {
      if (count() <= before) return;
      seen.disconnect();
      Object.assign(window, { seenAt: performance.timeOrigin + performance.now() });
    });
    seen.observe(document.body, { childList: true, subtree: true, characterData: true });
  }, account);
}

/** When it was there, in milliseconds since 1970. */
export async function seenAt(page: Page): Promise<number> {
  const seen = await page.waitForFunction(() => (window as unknown as { seenAt?: number }).seenAt);
  return Number(await seen.jsonValue());
}
