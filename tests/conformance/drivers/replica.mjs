// The TypeScript replica as a driver. Node does not run TypeScript: the driver's source is bundled first, once for as long
// as it does not change. It needs `npm ci` in clients/web.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const web = resolve(import.meta.dirname, "../../../clients/web");
const source = resolve(web, "src/replica");
// Beside the packages, so that what the bundle looks up at run time is found.
const bundle = resolve(web, "node_modules/.cache/roadbook/replica-driver.mjs");

const newest = readdirSync(source, { recursive: true }).reduce(
  (latest, file) => Math.max(latest, statSync(resolve(source, file)).mtimeMs),
  0,
);
if (!existsSync(bundle) || statSync(bundle).mtimeMs < newest) {
  const { build } = await import(pathToFileURL(resolve(web, "node_modules/rolldown/dist/index.mjs")).href);
  mkdirSync(dirname(bundle), { recursive: true });
  const input = resolve(source, "driver/main.ts");
  await build({ input, platform: "node", logLevel: "silent", output: { file: bundle, format: "esm" } });
}
await import(pathToFileURL(bundle).href);
