import { resolve } from "node:path";

import { defineConfig } from "vitest/config";

import { fromSource } from "../../build/source.ts";

const at = (path: string): string => resolve(import.meta.dirname, path);

export default defineConfig({
  root: at("."),
  ssr: fromSource.ssr,
  resolve: { ...fromSource.resolve, alias: { $texts: at("../../src/texts") } },
  test: {
    include: ["**/*.bench.ts"],
    globalSetup: at("template.ts"),
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
  },
});
