// What is published, in the hands of a stranger: packed as npm packs it, unpacked elsewhere, type-checked, bundled, and run.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

const HERE = import.meta.dirname;
const WEB = resolve(HERE, "../..");
const COMPILER = createRequire(import.meta.url).resolve("typescript/bin/tsc");

const stranger = mkdtempSync(join(tmpdir(), "roadbook-stranger-"));
const unpacked = join(stranger, "node_modules/@roadbook/replica");

const node = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, { cwd: stranger, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

function filesOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** What a registry would bring besides: the packages that ours names, and no other. */
function installDependencies(): void {
  const { dependencies } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    const place = join(stranger, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(WEB, "node_modules", name), place, "dir");
  }
}

beforeAll(() => {
  // As the script that runs this one calls it, where there is one.
  const npm = process.env["npm_execpath"];
  const [program, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]];
  const args = [...first, "pack", "--silent", "--pack-destination", stranger];
  execFileSync(program, args, { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
  const packed = readdirSync(stranger).filter((name) => name.endsWith(".tgz"));
  expect(packed).toHaveLength(1);
  mkdirSync(unpacked, { recursive: true });
  execFileSync("tar", ["-xzf", join(stranger, packed[0] ?? ""), "--strip-components", "1", "-C", unpacked]);
  installDependencies();
}, 300_000);

afterAll(() => {
  rmSync(stranger, { recursive: true, force: true });
});

test("the package holds the library, its types and its licences, and neither sources nor tests", () => {
  const files = filesOf(unpacked).map((file) => file.slice(unpacked.length + 1));
  expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE-APACHE", "LICENSE-MIT", "package.json"]));
  expect(files).toEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts", "dist/shell/worker.js"]));
  const others = files.filter((file) => !/^dist\/.*(?<!\.test)(\.js|\.d\.ts)$/.test(file));
  expect(others.sort()).toEqual(["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"]);
  expect(files.filter((file) => file.includes("testing"))).toEqual([]);
});

const CONSUMER = `
import { connect, type Status } from "@roadbook/replica";
import { type Kind, MODEL } from "@roadbook/replica/model";
import { openRescueFile } from "@roadbook/replica/rescue";

const replica = connect();
const status: Status = await replica.status();
const kinds: readonly Kind[] = MODEL.kinds.map(({ name }) => name);
const saved = await replica.create(kinds[0] ?? "visit", "an account", { notes: "Wants oat milk." });
const rescued = await openRescueFile(new Uint8Array(), "a passphrase");
document.title = [status.waiting, saved.record, rescued.person_name].join(" ");

// @ts-expect-error Types are known, and hold: there is no such kind.
export const wrong: Kind = "nonsense";
// @ts-expect-error Nor is a number a passphrase.
void replica.rescueFile(7);
`;

test("a stranger's strict compiler knows its types, and a bundler finds the worker and the wasm", async () => {
  const options = {
    ...{ target: "ES2022", module: "ESNext", moduleResolution: "bundler", lib: ["ES2022", "DOM"], types: [] },
    ...{ strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  };
  writeFileSync(join(stranger, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(stranger, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["main.ts"] }));
  writeFileSync(join(stranger, "main.ts"), CONSUMER);
  writeFileSync(join(stranger, "index.html"), `<script type="module" src="/main.ts"></script>`);
  expect(node(COMPILER, "--project", ".")).toBe("");

  await build({
    configFile: false,
    root: stranger,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: "out", target: "es2022" },
  });
  const made = filesOf(join(stranger, "out"));
  const wasm = made.filter((file) => file.endsWith(".wasm"));
  expect(wasm).toHaveLength(1);
  expect(made.filter((file) => /worker-[^/]*\.js$/.test(file))).toHaveLength(1);
  const scripts = made.filter((file) => file.endsWith(".js")).map((file) => readFileSync(file, "utf8"));
  // The worker asks for the wasm by the name that the bundler gave it.
  expect(scripts.filter((text) => text.includes(wasm[0]?.split("/").at(-1) ?? "?"))).toHaveLength(1);
  expect(scripts.filter((text) => text.includes(WEB))).toEqual([]);
}, 120_000);

test("the rules can be read without any bundler", () => {
  const script = `
    import { kindNamed, MODEL } from "@roadbook/replica/model";
    process.stdout.write(JSON.stringify([MODEL.kinds.length, kindNamed("visit")?.name]));`;
  const known = JSON.parse(readFileSync(resolve(WEB, "../../protocol/model.json"), "utf8")) as { kinds: unknown[] };
  const said = node("--input-type=module", "--eval", script);
  expect(JSON.parse(said)).toEqual([known.kinds.length, "visit"]);
}, 60_000);
