// What a phone loads before the app is there, compressed: at most 300 kB beside automerge's wasm. Fails above.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = resolve(import.meta.dirname, "../dist");
const BYTES_MAX = 300_000;

/** Addresses that a file names: of markup, of modules, of workers and of styles. */
const NAMED = /["'`(]([\w./-]*\/)?((?:[\w.-]+)\.(?:js|css|wasm|json|webmanifest|svg|png|woff2))["'`)?#]/g;

const known = new Map(list(DIST).map((path) => [relative(DIST, path), path]));

function list(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !/\.(br|gz|map)$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

/** What a module asks for when it comes to that: a map when somebody opens it, another language. */
const LATER = /m\.f=\[[^\]]*\]|import\([^)]*\)/g;

/** The files that the page needs before it is there, itself included. */
function reach(file, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  // The service worker names every file: it fetches them when the app is there already.
  if (!/\.(html|js|css)$/.test(file) || file === "app/sw.js") return;
  const text = readFileSync(known.get(file), "utf8").replaceAll(LATER, "");
  for (const [, folder = "", name] of text.matchAll(NAMED)) {
    const places = [join(folder, name), join(dirname(file), folder, name), join("assets", name)];
    const found = places.map((place) => place.replace(/^\//, "")).find((place) => known.has(place));
    if (found !== undefined) reach(found, reached);
  }
}

/** As the server sends it: the smaller file beside it, where the build found that worth while. */
function compressed(file) {
  const path = join(DIST, file);
  const beside = statSync(`${path}.gz`, { throwIfNoEntry: false });
  return beside?.size ?? (/\.(png|woff2)$/.test(file) ? statSync(path).size : gzipSync(readFileSync(path)).length);
}

const reached = new Set();
reach("app/index.html", reached);
const sizes = [...reached].map((file) => ({ file, bytes: compressed(file) }));
// Icons are for the home screen, the page shows one.
const counted = sizes.filter(({ file }) => !/\.(wasm|png)$/.test(file)).sort((a, b) => b.bytes - a.bytes);
const total = counted.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { file, bytes } of counted.slice(0, 12)) console.log(`${String(bytes).padStart(8)} B  ${file}`);
const wasm = sizes.filter(({ file }) => file.endsWith(".wasm"));
for (const { file, bytes } of wasm) console.log(`${String(bytes).padStart(8)} B  ${file} (not counted)`);
console.log(`first load of the app: ${total} B compressed in ${counted.length} files; at most ${BYTES_MAX}`);
if (total > BYTES_MAX) {
  console.error("over the budget: load what the first screen doesn't need later, or leave it out");
  process.exit(1);
}
