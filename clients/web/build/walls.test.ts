import { resolve } from "node:path";

import { ESLint, Linter } from "eslint";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const eslint = new ESLint({ cwd: root });

/** How many of these imports the walls refuse in such a file. */
async function refused(file: string, ...imported: readonly string[]): Promise<readonly string[]> {
  const config = (await eslint.calculateConfigForFile(resolve(root, file))) as { rules: Linter.RulesRecord };
  const rule = config.rules["no-restricted-imports"] ?? "off";
  const found = (from: string): number =>
    new Linter().verify(`import ${JSON.stringify(from)};`, { rules: { "no-restricted-imports": rule } }).length;
  return imported.filter((from) => found(from) > 0);
}

test("the replica imports no screen and no API, and nothing from outside of its package", async () => {
  const out = [
    "svelte",
    "svelte/reactivity",
    "$design/Icon.svelte",
    "$texts/told",
    "$api/client",
    "../../../app/model.ts",
  ];
  const model = "../../../../../../protocol/model.json";
  expect(await refused("src/replica/src/model/model.ts", ...out, model)).toEqual([...out, model]);
  expect(await refused("src/replica/src/model/model.ts", "../generated/model.ts", "@noble/hashes/sha2.js")).toEqual([]);
  expect(await refused("src/replica/driver/socket.ts", "svelte", "../../../../../protocol/node/websocket.mjs")).toEqual(
    ["svelte"],
  );
});

test("the app knows nothing of the API, the console no device, and neither reaches past what is exported", async () => {
  const deep = ["../replica/src/index.ts", "@roadbook/replica/testing", "@roadbook/replica/dist/index.js"];
  const app = ["$api/client", "../office/state/words.ts", ...deep];
  expect(await refused("src/app/items.ts", ...app, "@roadbook/replica", "$design/Icon.svelte")).toEqual(app);
  const office = ["@roadbook/replica", "../app/model.ts", ...deep];
  expect(await refused("src/office/main.ts", ...office, "@roadbook/replica/model", "$api/client")).toEqual(office);
});

test("what both share knows neither", async () => {
  expect(await refused("src/design/table.ts", "../app/model.ts", "$api/client", "svelte")).toEqual([
    "../app/model.ts",
    "$api/client",
  ]);
  expect(await refused("src/api/feed.ts", "../office/App.svelte", "@roadbook/replica", "openapi-fetch")).toEqual([
    "../office/App.svelte",
    "@roadbook/replica",
  ]);
});
