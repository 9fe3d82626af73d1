/** Automerge's WebAssembly, loaded once: by its address in a browser, so that no code has to be evaluated, by its bytes elsewhere. */

import * as A from "@automerge/automerge/slim";

export type WasmSource = Uint8Array | URL | string;

let started: Promise<void> | null = null;

export function startAutomerge(source: WasmSource): Promise<void> {
  started ??= A.initializeWasm(source instanceof URL ? source.href : source);
  return started;
}
