/** Writes FILE.br and FILE.gz beside what is worth it, so that the server compresses nothing while somebody waits. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import type { Plugin } from "vite";

const WORTH_IT = /\.(html|js|css|svg|json|webmanifest|wasm)$/;
/** A smaller file fits into one packet anyway. */
const BYTES_MIN = 1024;

export function compress(): Plugin {
  let folder = "";
  return {
    name: "roadbook:compress",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle: {
      // After the service worker has been written.
      order: "post",
      handler() {
        for (const path of files(folder)) compressFile(path);
      },
    },
  };
}

function files(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && WORTH_IT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function compressFile(path: string): void {
  const bytes = readFileSync(path);
  if (bytes.length < BYTES_MIN) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
