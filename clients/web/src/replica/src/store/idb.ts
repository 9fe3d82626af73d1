/**
 * The store in a browser: IndexedDB with strict durability. A commit is one transaction, and returns when the browser says
 * that it is on the disk.
 */

import { ReplicaError } from "../client.ts";
import {
  type Key,
  KEY_PATHS,
  type Range,
  type Store,
  type TableName,
  type Tables,
  type Writes,
} from "../engine/rows.ts";

/** Raised with each table or index that is added: stores of before get it when they are opened. */
const VERSION = 4;

/** The indexes of each table, and which query each serves. */
const INDEXES: Partial<Record<TableName, Record<string, { path: string | string[]; isOfMany?: boolean }>>> = {
  record: {
    // An account's records, to purge and to compare them.
    account: { path: "account" },
  },
  view: {
    // Lists of a kind, in the kind's own order.
    kind_sort: { path: ["kind", "sort", "record"] },
    // The same of one account.
    account_kind_sort: { path: ["account", "kind", "sort", "record"] },
    // Lists by the time at which it happens or is due.
    kind_at: { path: ["kind", "at_ms", "record"] },
    // Lists by the last change.
    kind_changed: { path: ["kind", "changed_ms", "record"] },
    // An account's timeline.
    account_at: { path: ["account", "at_ms", "record"] },
    // The map: accounts with a position.
    latitude: { path: "latitude" },
    // The few records with fields that have several values.
    contested: { path: "contested" },
  },
  reference: {
    // Search in a set.
    words: { path: "words", isOfMany: true },
  },
};

const asPromise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(failure(request.error));
    };
  });

/** What a browser says, as a coded error. */
export function failure(error: DOMException | Error | null): ReplicaError {
  if (error?.name === "QuotaExceededError") {
    return new ReplicaError(
      "storage_full",
      "this device has no space left; nothing was saved: free some space, and save again",
    );
  }
  return new ReplicaError("store_failed", `the device's store failed: ${error?.message ?? "for no known reason"}`);
}

/** Opens a database of these tables, and makes those that are not there. */
export function openDatabase(
  name: string,
  version: number,
  make: (database: IDBDatabase, tableOf: (name: string) => IDBObjectStore | undefined) => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      make(request.result, (name) => request.transaction?.objectStore(name));
    };
    request.onsuccess = () => {
      // Another program wants to remove or renew the database: it is not held up.
      request.result.onversionchange = () => {
        request.result.close();
      };
      resolve(request.result);
    };
    request.onerror = () => {
      reject(failure(request.error));
    };
    request.onblocked = () => {
      reject(new ReplicaError("store_in_use", "another tab holds an older version of this store; close it"));
    };
  });
}

function makeTables(database: IDBDatabase, tableOf: (name: string) => IDBObjectStore | undefined): void {
  for (const [table, keyPath] of Object.entries(KEY_PATHS) as [TableName, string | readonly string[]][]) {
    const isThere = database.objectStoreNames.contains(table);
    const keys = { keyPath: typeof keyPath === "string" ? keyPath : [...keyPath] };
    const store = isThere ? tableOf(table) : database.createObjectStore(table, keys);
    for (const [name, { path, isOfMany = false }] of Object.entries(INDEXES[table] ?? {})) {
      if (store?.indexNames.contains(name) === false) store.createIndex(name, path, { multiEntry: isOfMany });
    }
  }
}

export class IdbStore implements Store {
  readonly #database: IDBDatabase;
  readonly #durability: IDBTransactionDurability;

  private constructor(database: IDBDatabase, durability: IDBTransactionDurability) {
    this.#database = database;
    this.#durability = durability;
  }

  static async open(name: string, durability: IDBTransactionDurability = "strict"): Promise<IdbStore> {
    return new IdbStore(await openDatabase(name, VERSION, makeTables), durability);
  }

  #table(table: TableName): IDBObjectStore {
    return this.#database.transaction(table, "readonly").objectStore(table);
  }

  get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined> {
    return asPromise(this.#table(table).get(key as IDBValidKey) as IDBRequest<Tables[T] | undefined>);
  }

  many<T extends TableName>(table: T, keys: readonly Key[]): Promise<(Tables[T] | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    const store = this.#table(table);
    const requests = keys.map((key) => store.get(key as IDBValidKey) as IDBRequest<Tables[T] | undefined>);
    return Promise.all(requests.map(asPromise));
  }

  all<T extends TableName>(table: T): Promise<Tables[T][]> {
    return asPromise(this.#table(table).getAll() as IDBRequest<Tables[T][]>);
  }

  along<T extends TableName>(table: T, index: string, range: Range): Promise<Tables[T][]> {
    return rowsOf(this.#table(table).index(index), range);
  }

  alongKey<T extends TableName>(table: T, range: Range): Promise<Tables[T][]> {
    return rowsOf(this.#table(table), range);
  }

  keysAlong(table: TableName, index: string, range: Range): Promise<Key[]> {
    const source = this.#table(table).index(index);
    return asPromise(source.getAllKeys(boundsOf(range), range.limit) as IDBRequest<Key[]>);
  }

  count(table: TableName): Promise<number> {
    return asPromise(this.#table(table).count());
  }

  commit({ clear, put, remove }: Writes): Promise<void> {
    const tables = [...new Set([...clear, ...put.map(({ table }) => table), ...remove.map(({ table }) => table)])];
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(tables, "readwrite", { durability: this.#durability });
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = () => {
        reject(failure(transaction.error));
      };
      for (const table of clear) transaction.objectStore(table).clear();
      for (const { table, key } of remove) transaction.objectStore(table).delete(key as IDBValidKey);
      for (const { table, row } of put) transaction.objectStore(table).put(row);
      transaction.commit();
    });
  }

  close(): void {
    this.#database.close();
  }
}

function rowsOf<T>(source: IDBObjectStore | IDBIndex, range: Range): Promise<T[]> {
  const bounds = boundsOf(range);
  if (range.isDescending === true) return descending(source, bounds, range.limit ?? Number.MAX_SAFE_INTEGER);
  return asPromise(source.getAll(bounds, range.limit) as IDBRequest<T[]>);
}

function boundsOf({ from, to, isAfter = false, isDescending = false }: Range): IDBKeyRange | undefined {
  const [lower, upper] = [from as IDBValidKey | undefined, to as IDBValidKey | undefined];
  if (lower === undefined)
    return upper === undefined ? undefined : IDBKeyRange.upperBound(upper, isAfter && isDescending);
  if (upper === undefined) return IDBKeyRange.lowerBound(lower, isAfter && !isDescending);
  return IDBKeyRange.bound(lower, upper, isAfter && !isDescending, isAfter && isDescending);
}

function descending<T>(
  source: IDBObjectStore | IDBIndex,
  bounds: IDBKeyRange | undefined,
  limit: number,
): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const rows: T[] = [];
    const request = source.openCursor(bounds, "prev");
    request.onerror = () => {
      reject(failure(request.error));
    };
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor !== null) rows.push(cursor.value as T);
      if (cursor === null || rows.length >= limit) resolve(rows);
      else cursor.continue();
    };
  });
}
