// How the system's Chromium is started: alone, quiet, and without a word to anybody.
import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/lib/chromium/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** `ROADBOOK_CHROMIUM`, or the first that is installed. */
const executablePath = process.env["ROADBOOK_CHROMIUM"] ?? PLACES.find((place) => existsSync(place));
if (executablePath === undefined) throw new Error("Chromium is missing: install it, or name it in ROADBOOK_CHROMIUM");

/** What Playwright's `launch` takes. */
export const CHROMIUM = {
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
