/**
 * The service worker of the rep's app: every file that the app can need is on the device before it says "works offline",
 * and an update waits until the person asks for it. Workbox writes it; here stands what goes in.
 */
import type { Plugin, Rolldown } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** Of the bundler's output, what says who loads whom. */
export type Bundle = Readonly<Record<string, Chunk | { readonly type: "asset" }>>;
type Chunk = Pick<
  Rolldown.OutputChunk,
  "type" | "name" | "fileName" | "isEntry" | "imports" | "dynamicImports" | "viteMetadata"
>;

/** Also the largest file it may bring: automerge's wasm is by far the largest. */
const FILE_BYTES_MAX = 6 * 1024 * 1024;
/** Page of the app, as the server answers it for every address under it. */
const PAGE = "/app/";

/** The service worker, with what only other pages than `page` load left out. */
export function offline(page: string): Plugin[] {
  const others = new Set<string>();
  return [
    {
      name: "roadbook:files-of-other-pages",
      apply: "build",
      generateBundle(_, bundle) {
        for (const file of filesOfOthers(page, bundle)) others.add(file);
      },
    },
    ...VitePWA({
      strategies: "generateSW",
      registerType: "prompt",
      injectRegister: false,
      // The manifest is a plain file of public/app; the plugin would put it into the office's page, too.
      manifest: false,
      scope: PAGE,
      filename: "app/sw.js",
      workbox: {
        globPatterns: ["assets/**/*", "app/**/*.{html,svg,png,webmanifest,json,woff2}"],
        globIgnores: ["**/*.map", "**/*.br", "**/*.gz"],
        maximumFileSizeToCacheInBytes: FILE_BYTES_MAX,
        // Names under assets hold the hash of what is in them.
        dontCacheBustURLsMatching: /^assets\//,
        manifestTransforms: [
          (entries) => ({ manifest: entries.filter((entry) => !others.has(entry.url)).map(fromRoot) }),
        ],
        navigateFallback: PAGE,
        navigateFallbackAllowlist: [/^\/app(\/|$)/],
        // Any query is the app's own business, such as that of a share.
        ignoreURLParametersMatching: [/.*/],
        cleanupOutdatedCaches: true,
        clientsClaim: true,
        skipWaiting: false,
        inlineWorkboxRuntime: true,
        sourcemap: false,
      },
    }),
  ];
}

/** The worker lies under /app/, the files it names under the root. */
function fromRoot<Entry extends { url: string }>(entry: Entry): Entry {
  return { ...entry, url: entry.url === "app/index.html" ? PAGE : `/${entry.url}` };
}

/** Files that are loaded by the entries of other pages and not by that of `page`; whatever nobody names stays in. */
export function filesOfOthers(page: string, bundle: Bundle): string[] {
  const needed = new Set<string>();
  const byOthers = new Set<string>();
  for (const output of Object.values(bundle)) {
    if (output.type === "chunk" && output.isEntry)
      reach(output.fileName, bundle, output.name === page ? needed : byOthers);
  }
  return [...byOthers].filter((file) => !needed.has(file));
}

function reach(file: string, bundle: Bundle, reached: Set<string>): void {
  const output = bundle[file];
  if (reached.has(file)) return;
  reached.add(file);
  if (output?.type !== "chunk") return;
  const styles = output.viteMetadata?.importedCss ?? [];
  const assets = output.viteMetadata?.importedAssets ?? [];
  for (const next of [...output.imports, ...output.dynamicImports, ...styles, ...assets]) reach(next, bundle, reached);
}
