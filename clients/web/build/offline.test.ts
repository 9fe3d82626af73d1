import { expect, test } from "vitest";

import { type Bundle, filesOfOthers } from "./offline.ts";

function chunk(name: string, isEntry: boolean, imports: string[], dynamicImports: string[] = [], css: string[] = []) {
  const viteMetadata = { importedCss: new Set(css), importedAssets: new Set<string>() };
  return { type: "chunk" as const, name, fileName: `${name}.js`, isEntry, imports, dynamicImports, viteMetadata };
}

test("the app keeps what it loads, now or later, and what nobody names; the office's own files are left out", () => {
  const bundle = {
    "app.js": chunk("app", true, ["shared.js"], ["map.js"]),
    "office.js": chunk("office", true, ["shared.js", "table.js"], [], ["office.css"]),
    "shared.js": chunk("shared", false, []),
    "map.js": chunk("map", false, []),
    "table.js": chunk("table", false, []),
    "office.css": { type: "asset" },
    "worker.js": { type: "asset" },
  } satisfies Record<string, unknown> as unknown as Bundle;
  expect(filesOfOthers("app", bundle).sort()).toEqual(["office.css", "office.js", "table.js"]);
});
