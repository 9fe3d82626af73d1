import { resolve } from "node:path";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { compress } from "./build/compress.ts";
import { offline } from "./build/offline.ts";
import { fromSource } from "./build/source.ts";

const at = (path: string): string => resolve(import.meta.dirname, path);

// Two pages from one build: the rep's app and the office console share what they have in common and load nothing else.
export default defineConfig({
  root: at("."),
  publicDir: at("public"),
  plugins: [svelte(), offline("app"), compress()],
  ssr: fromSource.ssr,
  resolve: {
    ...fromSource.resolve,
    alias: { $design: at("src/design"), $map: at("src/map"), $texts: at("src/texts"), $api: at("src/api") },
  },
  worker: { format: "es" },
  build: {
    outDir: at("dist"),
    emptyOutDir: true,
    target: "es2022",
    // A strict content policy allows no script or picture inside of markup.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { app: at("app/index.html"), office: at("office/index.html") } },
  },
  server: { proxy: { "/v1": { target: process.env["ROADBOOK_URL"] ?? "http://127.0.0.1:7878", ws: true } } },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"] },
});
