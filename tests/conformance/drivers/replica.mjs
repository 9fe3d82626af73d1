// The TypeScript replica as a driver. Node does not run TypeScript: the driver's source is bundled first, once for as long
// as it does not change. It needs `npm ci` in clients/web.
//
// With `--without KIND` it is what an earlier version was, before that kind was thought of.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const web = resolve(import.meta.dirname, "../../../clients/web");
const source = resolve(web, "src/replica");
const unknown = process.argv.includes("--without") ? process.argv[process.argv.indexOf("--without") + 1] : null;
// Beside the packages, so that what the bundle looks up at run time is found.
const bundle = resolve(web, `node_modules/.cache/roadbook/replica-driver${unknown === null ? "" : `-without-${unknown}`}.mjs`);

/** The kinds of the model as an earlier version had them. */
const earlier = {
  name: "earlier-version",
  transform(code, id) {
    if (unknown === null || !id.endsWith("src/generated/model.ts")) return null;
    const whole = code.replace("export const MODEL:", "const WHOLE:");
    if (whole === code) throw new Error("the generated model is not as this hook knows it");
    const kinds = `WHOLE.kinds.filter(({ name }) => name !== ${JSON.stringify(unknown)})`;
    return { code: `${whole}\nexport const MODEL: Model = { ...WHOLE, kinds: ${kinds} };\n`, moduleType: "ts" };
  },
};

// Renews the model's data, if they have changed.
await import(pathToFileURL(resolve(web, "scripts/model.mjs")).href);
const newest = readdirSync(source, { recursive: true }).reduce(
  (latest, file) => Math.max(latest, statSync(resolve(source, file)).mtimeMs),
  0,
);
if (!existsSync(bundle) || statSync(bundle).mtimeMs < newest) {
  const { build } = await import(pathToFileURL(resolve(web, "node_modules/rolldown/dist/index.mjs")).href);
  mkdirSync(dirname(bundle), { recursive: true });
  const input = resolve(source, "driver/main.ts");
  await build({ input, platform: "node", logLevel: "silent", plugins: [earlier], output: { file: bundle, format: "esm" } });
}
await import(pathToFileURL(bundle).href);
