// Builds what is published: dist/, module by module as in src, with their types, and the licences beside it. The app needs none
// of it; it takes the sources.

import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, "../../../..");

rmSync(resolve(HERE, "dist"), { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [compiler, "--project", resolve(HERE, "tsconfig.build.json")], { stdio: "inherit" });
for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(resolve(ROOT, name), resolve(HERE, name));
