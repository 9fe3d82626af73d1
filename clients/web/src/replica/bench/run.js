// Measures the replica in Chromium beside PouchDB, both with the same list:
//
//     node src/replica/bench/run.js 50000
//
// It builds its page, serves it with the content policy that the app has, and prints medians and 95th percentiles as JSON.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";

import { chromium } from "playwright-core";
import { build } from "vite";

const count = Number(process.argv[2] ?? 50_000);
const folder = mkdtempSync(join(tmpdir(), "roadbook-bench-"));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws://127.0.0.1:9 http://127.0.0.1:9";

async function buildPage() {
  writeFileSync(join(folder, "index.html"), `<!doctype html><script type="module" src="./main.js"></script>`);
  writeFileSync(join(folder, "main.js"), `import ${JSON.stringify(resolve(import.meta.dirname, "page.ts"))};`);
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    resolve: { preserveSymlinks: true },
    build: { outDir: join(folder, "dist"), target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
}

function serve() {
  const server = http.createServer((request, response) => {
    const file = join(folder, "dist", request.url === "/" ? "index.html" : request.url);
    try {
      const bytes = readFileSync(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)], "content-security-policy": POLICY }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

const launch = () =>
  chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });

function summary(took) {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (part) => Math.round(10 * sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]) / 10;
  return { median_ms: at(0.5), p95_ms: at(0.95) };
}

/** Each in a browser of its own, started cold. */
async function ask(origin, who) {
  const starts = [];
  for (let round = 0; round < 3; round += 1) {
    const context = await launch();
    const page = await context.newPage();
    await page.goto(origin);
    const measure = (what, times, text) =>
      page.evaluate(([w, q, n, t]) => globalThis.measure(w, q, n, t), [who, what, times, text]);
    starts.push(...(await measure("start", 1)));
    if (round < 2) {
      await context.close();
      continue;
    }
    const first = await measure("search", 1, "b");
    const searches = [];
    for (const text of ["b", "ba", "bak", "ce", "pepper", "k"]) searches.push(...(await measure("search", 10, text)));
    const result = {
      cold_start_to_list: summary(starts),
      first_search_ms: Math.round(first[0]),
      keystroke_to_result: summary(searches),
      next_list: summary(await measure("list", 50)),
      capture_to_saved: summary(await measure("save", 50)),
    };
    await context.close();
    return result;
  }
  return null;
}

async function main() {
  await buildPage();
  const server = await serve();
  const origin = `http://127.0.0.1:${server.address().port}/`;
  const context = await launch();
  const page = await context.newPage();
  page.on("pageerror", (error) => process.stderr.write(`${error.message}\n`));
  await page.goto(origin);
  await page.evaluate((n) => globalThis.seed(n), count);
  await context.close();
  const result = { records: count, replica: await ask(origin, "replica"), pouchdb: await ask(origin, "pouchdb") };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  server.close();
  server.closeAllConnections();
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
