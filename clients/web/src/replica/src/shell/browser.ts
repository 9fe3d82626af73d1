/** A browser as the place of a device. */

import { IdbHome } from "../store/home.ts";
import { failure, IdbStore } from "../store/idb.ts";
import { newKeyPair } from "../wire/keys.ts";
import type { Platform, Socket } from "./platform.ts";

/** Written so that any bundler that knows assets finds the file beside automerge's own code, and no other version of it. */
const wasm = new URL("@automerge/automerge/automerge.wasm", import.meta.url);

const HOME = "roadbook.home";
/** How long what was captured can be taken back. */
const UNDO_MS = 4000;

const storeName = (number: number): string => `roadbook.store.${number}`;

export function browserPlatform(): Platform {
  return {
    client: `roadbook-web 0.1.0 ${browserName(navigator.userAgent)}`,
    origin: location.origin,
    wasm,
    undoMs: UNDO_MS,
    now: Date.now,
    newKeys: newKeyPair,
    openHome: () => IdbHome.open(HOME),
    openStore: (number) => IdbStore.open(storeName(number)),
    removeStore: (number) => remove(storeName(number)),
    socket: (url) => new WebSocket(url) as unknown as Socket,
    fetch: (url, request) => fetch(url, request),
    storage: async () => {
      const { usage = 0, quota = 0 } = await navigator.storage.estimate();
      return { usedBytes: usage, quotaBytes: quota, persisted: await navigator.storage.persisted() };
    },
    // Only a page may ask for that: see `connect.ts`.
    persist: () => navigator.storage.persisted(),
  };
}

function remove(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => {
      resolve();
    };
    request.onerror = () => {
      reject(failure(request.error));
    };
  });
}

function browserName(agent: string): string {
  const found = /(Firefox|Edg|Chrome)\/(\d+)/.exec(agent) ?? /Version\/(\d+).*(Safari)/.exec(agent);
  return found === null ? "browser" : (found[0].toLowerCase().split(" ")[0]?.replace("/", " ") ?? "browser");
}
