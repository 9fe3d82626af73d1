/** A place for a device in a Node process. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";

import type { Platform } from "../src/shell/platform.ts";
import type { KeyPair } from "../src/wire/keys.ts";
import { FileHome, openStore, removeStore } from "./files.ts";
import { NodeSocket } from "./socket.ts";

const wasm = createRequire(import.meta.url).resolve("@automerge/automerge/automerge.wasm");

/** `road` says how frames travel: by a WebSocket if one can be had, or only by single requests. */
export function nodePlatform(folder: string, road: "any" | "http"): Platform {
  return {
    client: `roadbook-replica 0.1.0 node ${process.versions.node}`,
    origin: null,
    wasm: readFileSync(wasm),
    undoMs: 0,
    now: Date.now,
    newKeys: (): Promise<KeyPair> =>
      webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]),
    openHome: () => Promise.resolve(new FileHome(folder)),
    openStore: (number) => openStore(folder, number),
    removeStore: (number) => {
      removeStore(folder, number);
      return Promise.resolve();
    },
    // A port at which nobody listens: no WebSocket gets through.
    socket: (url) => new NodeSocket(road === "http" ? "ws://127.0.0.1:1" : url),
    fetch: (url, request) => fetch(url, request),
    storage: () => Promise.resolve({ usedBytes: 0, quotaBytes: 0, persisted: false }),
    persist: () => Promise.resolve(false),
  };
}
