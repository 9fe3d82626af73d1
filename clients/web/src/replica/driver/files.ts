/**
 * A device's home in a folder, for Node: IndexedDB in memory, and beside it a file to which each write is appended and
 * brought to the disk before it counts. It is made for conformance runs and tests, not for years.
 */

import { appendFileSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { webcrypto } from "node:crypto";

import type { Writes } from "../src/engine/rows.ts";
import type { Draft, Home, HomeRow } from "../src/store/home.ts";
import { IdbStore } from "../src/store/idb.ts";
import type { KeyPair } from "../src/wire/keys.ts";

/** Appends a value, with its length before it, and waits until the disk has it. */
function append(file: string, value: unknown): void {
  const bytes = serialize(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const handle = openSync(file, "a");
  try {
    appendFileSync(handle, Buffer.concat([length, bytes]));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The values of a file; one that a killed program left half written counts as not written. */
function* values(file: string): Generator {
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return;
    yield deserialize(bytes.subarray(at + 4, end));
    at = end;
  }
}

let opened = 0;

/** A store whose commits are kept in a file. */
export async function openStore(folder: string, number: number): Promise<IdbStore> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `store-${number}`);
  opened += 1;
  const store = await IdbStore.open(`${file} ${opened}`);
  for (const writes of values(file)) await store.commit(writes as Writes);
  const commit = store.commit.bind(store);
  store.commit = async (writes) => {
    append(file, writes);
    await commit(writes);
  };
  return store;
}

export function removeStore(folder: string, number: number): void {
  rmSync(join(folder, `store-${number}`), { force: true });
}

interface State {
  readonly row: HomeRow | null;
  readonly keys: { readonly privateKey: JsonWebKey; readonly publicKey: JsonWebKey } | null;
  readonly drafts: readonly Draft[];
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

/** The rest of a home in one file, of which the last value counts. */
export class FileHome implements Home {
  #state: State = { row: null, keys: null, drafts: [] };
  readonly #file: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, "home");
    for (const state of values(this.#file)) this.#state = state as State;
  }

  #keep(change: Partial<State>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    append(this.#file, this.#state);
    return Promise.resolve();
  }

  read(): Promise<HomeRow | null> {
    return Promise.resolve(this.#state.row);
  }

  write(row: HomeRow): Promise<void> {
    return this.#keep({ row });
  }

  async keys(): Promise<KeyPair | null> {
    const { keys } = this.#state;
    if (keys === null) return null;
    return {
      privateKey: await webcrypto.subtle.importKey("jwk", keys.privateKey, ALGORITHM, true, ["sign"]),
      publicKey: await webcrypto.subtle.importKey("jwk", keys.publicKey, ALGORITHM, true, ["verify"]),
    };
  }

  /** A file cannot hold a key that does not come out of its keeper: this program makes its keys so that they do. */
  async putKeys(keys: KeyPair): Promise<void> {
    await this.#keep({
      keys: {
        privateKey: await webcrypto.subtle.exportKey("jwk", keys.privateKey),
        publicKey: await webcrypto.subtle.exportKey("jwk", keys.publicKey),
      },
    });
  }

  forget(): Promise<void> {
    return this.#keep({ row: null, keys: null, drafts: [] });
  }

  draft(key: string): Promise<Draft | undefined> {
    return Promise.resolve(this.#state.drafts.find((draft) => draft.key === key));
  }

  drafts(): Promise<Draft[]> {
    return Promise.resolve([...this.#state.drafts]);
  }

  putDraft(draft: Draft): Promise<void> {
    return this.#keep({ drafts: [...this.#state.drafts.filter(({ key }) => key !== draft.key), draft] });
  }

  removeDraft(key: string): Promise<void> {
    return this.#keep({ drafts: this.#state.drafts.filter((draft) => draft.key !== key) });
  }

  close(): void {
    // Nothing is open between writes.
  }
}
