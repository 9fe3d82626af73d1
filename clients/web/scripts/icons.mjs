// Draws the PNG icons of the installable app from its SVGs, by Chromium: `npm run icons` after a change of either.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { chromium } from "playwright-core";

import { CHROMIUM } from "../browser/chromium.mjs";

const FOLDER = resolve(import.meta.dirname, "../public/app/icons");
/** Source, target and size in pixels. */
const ICONS = [
  ["icon.svg", "icon-192.png", 192],
  ["icon.svg", "icon-512.png", 512],
  ["maskable.svg", "maskable-512.png", 512],
  ["maskable.svg", "apple-touch-180.png", 180],
];

const browser = await chromium.launch(CHROMIUM);
for (const [source, target, size] of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = readFileSync(resolve(FOLDER, source), "utf8");
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  await page.screenshot({ path: resolve(FOLDER, target), omitBackground: true });
}
await browser.close();
