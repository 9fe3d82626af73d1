/** Looks at a screen as people with and without sight do: axe's findings, what sticks out or was pushed about, and a picture. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Where the README's pictures are. Only a run that is asked to (`ROADBOOK_SCREENSHOTS=1`) renews them. */
const PICTURES = resolve(import.meta.dirname, "../../../../docs/screenshots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2 AA with what came before it, and what axe's makers call good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What would be a developer's word on a screen: an id, JSON, milliseconds, a name of the model. */
export const RAW = /[0-9a-f]{8}-[0-9a-f]{4}-|[{}]|\b\d{13}\b|\b[a-z]+_[a-z]+\b|undefined|null/;

/** How often a page may have grown before it is looked at as it is. */
const GROWTHS_MAX = 5;

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** A window that is not drawn for so long is not waited for: it has no frames to give. */
const FRAMES_MS = 2_000;

/** More than this, as browsers score it, is a screen that jumps: less is less than one sees. */
const SHIFT_MAX = 0.02;

/** Goes on after a finding, so that one run shows all. Fails unless axe finds nothing, nothing sticks out or is cut off and, on a
 * screen that came by itself, nothing was pushed about. `name` says which screen it is, and by its end in which scheme it is
 * looked at; `isKept`, whether the folder of pictures holds it. */
export async function look(page: Page, name: string, isKept = true): Promise<void> {
  await settled(page);
  expect.soft(await pushedAbout(page), `how far ${name} was pushed about`).toBeLessThan(SHIFT_MAX);
  const scheme = /-(light|dark)$/.exec(name)?.[1];
  if (scheme === "light" || scheme === "dark") await page.emulateMedia({ colorScheme: scheme });
  await settled(page);
  if (isKept) await photograph(page, name);
  const findings = await unrolled(page, () => axe(page));
  expect.soft(findings, `axe on ${name}`).toEqual([]);
  expect.soft(await sticking(page), `what sticks out of ${name}`).toEqual([]);
  await noteLook(page);
}

/** How far the screen was pushed about. A slow machine may paint a state between that no other shows; a screen that jumps does so
 * each time, so what is found is looked for once more. */
async function pushedAbout(page: Page): Promise<number> {
  const first = await shiftSinceLook(page);
  if (first < SHIFT_MAX) return first;
  await page.reload();
  await page.locator("h1").first().waitFor();
  await settled(page);
  return Math.min(first, await shiftSinceLook(page));
}

interface Looked {
  /** How far the page had been pushed about by then. */
  shift: number;
  /** Whether somebody touched it since: what comes of that late, on a slow machine, is no fault of the screen's. */
  isTouched: boolean;
  /** Where: what comes to a screen that one has looked at already, others sent. */
  at: string;
}

/** How far the page was pushed about since it was loaded or looked at, nobody having touched it; 0 if somebody had. */
async function shiftSinceLook(page: Page): Promise<number> {
  const shift = await shifted(page);
  return page.evaluate((now) => {
    const { looked } = window as Window & { looked?: Looked };
    if (looked === undefined) return navigator.userActivation.hasBeenActive ? 0 : now;
    return looked.isTouched || looked.at === location.href ? 0 : now - looked.shift;
  }, shift);
}

/** What looking did itself, such as to the window's size, does not count. */
async function noteLook(page: Page): Promise<void> {
  const shift = await shifted(page);
  await page.evaluate((now) => {
    const here = window as Window & { looked?: Looked };
    if (here.looked === undefined) {
      for (const kind of ["pointerdown", "keydown"])
        addEventListener(
          kind,
          () => {
            if (here.looked !== undefined) here.looked.isTouched = true;
          },
          true,
        );
    }
    here.looked = { shift: now, isTouched: false, at: location.href };
  }, shift);
}

/** What is wider than the window, and what a box cuts off; what one may scroll or move, such as a map, is neither. */
export function sticking(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cutting = ["hidden", "clip"];
    const told = (node: Element): string =>
      `${node.tagName} ${node.getAttribute("class") ?? ""} ${node.textContent.trim().slice(0, 40)}`;
    // Not the window's inner width: that of a phone grows with what sticks out.
    const { clientWidth: wide, scrollWidth } = document.documentElement;
    const found = scrollWidth > wide ? ["the page"] : [];
    /** Whether a box above it scrolls sideways, or cuts it off, which is found there. */
    const isKept = (node: Element): boolean => {
      for (let at = node.parentElement; at !== null && at !== document.body; at = at.parentElement) {
        const { overflowX } = getComputedStyle(at);
        if (cutting.includes(overflowX) || (overflowX !== "visible" && at.scrollWidth > at.clientWidth)) return true;
      }
      return false;
    };
    for (const node of document.querySelectorAll<HTMLElement>("body *")) {
      if (node.closest("svg, [role=application]") !== null) continue;
      const { right, width, height } = node.getBoundingClientRect();
      if (width <= 1 || height <= 1) continue;
      if (right > wide + 1 && !isKept(node)) found.push(told(node));
      // What one types into scrolls by itself.
      if (node.matches("input, select, textarea") || node.textContent.trim() === "" || node.clientWidth <= 1) continue;
      const style = getComputedStyle(node);
      const across = cutting.includes(style.overflowX) && node.scrollWidth > node.clientWidth + 1;
      const down = cutting.includes(style.overflowY) && node.scrollHeight > node.clientHeight + 1;
      // Where the end is left out on purpose, dots say so.
      if (across && style.textOverflow !== "ellipsis") found.push(`cut at the side: ${told(node)}`);
      if (down && style.webkitLineClamp === "none") found.push(`cut at the foot: ${told(node)}`);
    }
    return found;
  });
}

/** The screen as it stands, in both schemes; it stays in the light one. */
export async function lookBoth(page: Page, name: string, isKept = true): Promise<void> {
  for (const scheme of ["dark", "light"]) await look(page, `${name}-${scheme}`, isKept);
}

/** By the clock and not by frames: a window that is not drawn has none. */
const ASKED = { polling: 100 };

/** The screen in a window of that width, such as beside another one: nothing sticks out. Then it has its own width again. */
export async function lookNarrow(page: Page, name: string, width: number): Promise<void> {
  const size = page.viewportSize();
  if (size === null) return;
  await page.setViewportSize({ ...size, width });
  await page.waitForFunction((wanted) => window.innerWidth <= wanted, width, ASKED);
  await settled(page);
  expect.soft(await sticking(page), `what sticks out of ${name}, ${String(width)} wide`).toEqual([]);
  await page.setViewportSize(size);
  await settled(page);
  await noteLook(page);
}

/** In a window as high as the page: what a bar at the foot covers for now can be scrolled to, and is no finding. */
async function unrolled<Answer>(page: Page, act: () => Promise<Answer>): Promise<Answer> {
  const size = page.viewportSize();
  if (size === null) return act();
  // Once more while it has grown meanwhile: a list may come after the first look.
  for (let tries = 0; tries < GROWTHS_MAX; tries += 1) {
    const [height, shown] = await page.evaluate(() => [document.documentElement.scrollHeight, window.innerHeight]);
    if (height <= shown) break;
    await page.setViewportSize({ ...size, height });
    await page.waitForFunction((wanted) => window.innerHeight >= wanted, height, ASKED);
    await settled(page);
  }
  const answer = await act();
  await page.setViewportSize(size);
  return answer;
}

/** No skeleton is left and nothing moves any more: colours are measured as they stay. */
export async function settled(page: Page): Promise<void> {
  // Asked again and again, so that what never comes to rest ends in a message, and not with the test's whole time.
  await page.waitForFunction(
    () =>
      document.querySelector("[aria-busy=true], .skeleton") === null &&
      document.fonts.status === "loaded" &&
      document.getAnimations().every(({ playState }) => playState !== "running"),
    undefined,
    ASKED,
  );
}

/** How far the page was pushed about since it was loaded, without a touch, as browsers score it: 0 is not at all. */
export function shifted(page: Page): Promise<number> {
  return page.evaluate(
    (mostMs) =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const add = (entries: PerformanceEntryList): void => {
          for (const entry of entries as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
            if (!entry.hadRecentInput) sum += entry.value;
          }
        };
        const observer = new PerformanceObserver((list) => {
          add(list.getEntries());
        });
        observer.observe({ type: "layout-shift", buffered: true });
        const end = (): void => {
          add(observer.takeRecords());
          observer.disconnect();
          resolve(sum);
        };
        // What was kept for it is handed over before the frame after the next one.
        requestAnimationFrame(() => requestAnimationFrame(end));
        setTimeout(end, mostMs);
      }),
    FRAMES_MS,
  );
}

/** By the debugging wire, whose scripts the page's content policy does not forbid. */
async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as {
      axe: { run(context: Document, options: object): Promise<{ violations: Finding[] }> };
    };
    return (await axe.run(document, { runOnly: rules, resultTypes: ["violations"] })).violations;
  }, RULES);
  return found.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${one.help}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
  );
}

async function photograph(page: Page, name: string): Promise<void> {
  if (process.env["ROADBOOK_SCREENSHOTS"] !== "1") return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), scale: "css" });
}

/** What is moving for longer than a moment, or would when it changes. */
export function moving(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const seconds = (text: string): number =>
      Math.max(0, ...text.split(",").map((part) => Number.parseFloat(part) * (part.trim().endsWith("ms") ? 0.001 : 1)));
    return [...document.querySelectorAll("*")]
      .filter((node) => {
        const style = getComputedStyle(node);
        const moves = style.animationName !== "none" && seconds(style.animationDuration) > 0.01;
        return moves || seconds(style.transitionDuration) > 0.01;
      })
      .map((node) => `${node.tagName} ${node.getAttribute("class") ?? ""}`);
  });
}
