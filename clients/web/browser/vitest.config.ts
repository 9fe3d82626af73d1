import { resolve } from "node:path";

import { defineConfig } from "vitest/config";

import { fromSource } from "../build/source.ts";

const at = (path: string): string => resolve(import.meta.dirname, path);

// Two files at once: each has a server, a Postgres and a browser of its own, and waits for them most of the time.
export default defineConfig({
  root: at("."),
  ssr: fromSource.ssr,
  resolve: { ...fromSource.resolve, alias: { $texts: at("../src/texts") } },
  test: {
    include: ["**/*.browser.ts"],
    globalSetup: at("harness/template.ts"),
    maxWorkers: 2,
    // Each wait has a limit of its own, much shorter, and a message.
    testTimeout: 240_000,
    expect: { poll: { timeout: 20_000, interval: 100 } },
    hookTimeout: 120_000,
  },
});
