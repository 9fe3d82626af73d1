// Writes src/replica/src/generated/http.ts from protocol/openapi.json: of the HTTP API what a device itself says and hears. The
// rest of it is the office's.
import { resolve } from "node:path";
import { readFileSync } from "node:fs";

import openapiTS, { astToString } from "openapi-typescript";

import { renew } from "./renew.mjs";

const SOURCE = resolve(import.meta.dirname, "../../../protocol/openapi.json");
const TARGET = resolve(import.meta.dirname, "../src/replica/src/generated/http.ts");
const WANTED = ["EnrolRequest", "EnrolAnswer"];

/** The schemas of those names, and those that they name. */
function withNamed(all, names) {
  const found = {};
  const take = (name) => {
    if (Object.hasOwn(found, name)) return;
    found[name] = all[name];
    const named = JSON.stringify(all[name]).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, inner] of named) take(inner);
  };
  names.forEach(take);
  return found;
}

const { openapi, info, components } = JSON.parse(readFileSync(SOURCE, "utf8"));
const schemas = withNamed(components.schemas, WANTED);
const types = astToString(await openapiTS({ openapi, info, paths: {}, components: { schemas } }, { immutable: true }));
const named = WANTED.map((name) => `export type ${name} = components["schemas"]["${name}"];\n`).join("");
renew(TARGET, `// Generated from protocol/openapi.json by \`npm run types\`; do not edit.\n\n${types}\n${named}`);
