/** What a device needs of the place where it runs: a browser's worker, or a test's process. */

import type { Storage } from "../client.ts";
import type { Store } from "../engine/rows.ts";
import type { Home } from "../store/home.ts";
import type { KeyPair } from "../wire/keys.ts";
import type { WasmSource } from "../model/automerge.ts";

/** A WebSocket, as far as it is used. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface Platform {
  /** This program, its version and its system: for the office. */
  readonly client: string;
  /** The server that a bare code is for; null if it has to be in the link. */
  readonly origin: string | null;
  readonly wasm: WasmSource;
  /** How long what was captured stays on the device, so that it can be taken back. */
  readonly undoMs: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** A fresh key pair, whose private half cannot be copied from where it is kept, if the place knows such. */
  newKeys(): Promise<KeyPair>;
  openHome(): Promise<Home>;
  openStore(number: number): Promise<Store>;
  removeStore(number: number): Promise<void>;
  socket(url: string): Socket;
  fetch(url: string, request: RequestInit): Promise<Response>;
  storage(): Promise<Storage>;
  persist(): Promise<boolean>;
}
