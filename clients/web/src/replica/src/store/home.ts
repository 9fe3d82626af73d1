/**
 * A device's home: who it is, its key, which of its stores is the live one, which were set aside, and drafts. It outlives
 * every store: a store that is damaged or renewed is replaced, never removed.
 */

import type { Json } from "../client.ts";
import type { EnrolAnswer } from "../generated/http.ts";
import type { KeyPair } from "../wire/keys.ts";
import { failure, openDatabase } from "./idb.ts";

/** The server's answer to an enrolment, kept for a store that has to be begun anew. */
export interface Enrolment extends EnrolAnswer {
  /** What its person called it; not there for one that was enrolled before it was kept. */
  readonly device_name?: string;
}

/** A store that was set aside: carried over or not, and what of it could not be. */
export interface Aside {
  readonly name: string;
  readonly why: "generation" | "damaged" | "enrolled_anew";
  readonly carried: boolean;
  readonly left: readonly { readonly record: string | null; readonly code: string }[];
}

export interface HomeRow {
  /** Scheme, host and port of the server. */
  readonly server: string;
  readonly enrolment: Enrolment;
  /** The live store's name; each that follows has the next number. */
  readonly live: number;
  readonly asides: readonly Aside[];
}

export interface Draft {
  readonly key: string;
  readonly value: Json;
  readonly changed: number;
}

/** What a device keeps beside its store. Each write is durable when it returns. */
export interface Home {
  read(): Promise<HomeRow | null>;
  write(row: HomeRow): Promise<void>;
  keys(): Promise<KeyPair | null>;
  putKeys(keys: KeyPair): Promise<void>;
  /** Removes identity and key, the key last. */
  forget(): Promise<void>;
  draft(key: string): Promise<Draft | undefined>;
  drafts(): Promise<Draft[]>;
  putDraft(draft: Draft): Promise<void>;
  removeDraft(key: string): Promise<void>;
  close(): void;
}

const VERSION = 1;

export class IdbHome implements Home {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  static async open(name: string): Promise<IdbHome> {
    const database = await openDatabase(name, VERSION, (made) => {
      made.createObjectStore("home");
      made.createObjectStore("draft", { keyPath: "key" });
    });
    return new IdbHome(database);
  }

  async read(): Promise<HomeRow | null> {
    return ((await this.#get("home", "row")) as HomeRow | undefined) ?? null;
  }

  write(row: HomeRow): Promise<void> {
    return this.#write("home", (store) => store.put(row, "row"));
  }

  async keys(): Promise<KeyPair | null> {
    return ((await this.#get("home", "keys")) as KeyPair | undefined) ?? null;
  }

  putKeys(keys: KeyPair): Promise<void> {
    return this.#write("home", (store) => store.put(keys, "keys"));
  }

  async forget(): Promise<void> {
    await this.#write("draft", (store) => store.clear());
    await this.#write("home", (store) => store.delete("row"));
    await this.#write("home", (store) => store.delete("keys"));
  }

  async draft(key: string): Promise<Draft | undefined> {
    return (await this.#get("draft", key)) as Draft | undefined;
  }

  drafts(): Promise<Draft[]> {
    return this.#ask("draft", (store) => store.getAll() as IDBRequest<Draft[]>);
  }

  /** A draft is kept at each keystroke: the system may write it to the disk in its own time. */
  putDraft(draft: Draft): Promise<void> {
    return this.#write("draft", (store) => store.put(draft), "relaxed");
  }

  removeDraft(key: string): Promise<void> {
    return this.#write("draft", (store) => store.delete(key));
  }

  close(): void {
    this.#database.close();
  }

  #get(table: string, key: string): Promise<unknown> {
    return this.#ask(table, (store) => store.get(key) as IDBRequest<unknown>);
  }

  #ask<T>(table: string, question: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const request = question(this.#database.transaction(table, "readonly").objectStore(table));
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(failure(request.error));
      };
    });
  }

  #write(
    table: string,
    work: (store: IDBObjectStore) => unknown,
    durability: IDBTransactionDurability = "strict",
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(table, "readwrite", { durability });
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = () => {
        reject(failure(transaction.error));
      };
      work(transaction.objectStore(table));
    });
  }
}
