/** What lies in a phone's store, as the browser has it: for tests that end the app at once, or cut it off. */
import type { Page } from "playwright-core";
import { expect, vi } from "vitest";

const WAIT = { timeout: 20_000, interval: 50 };

/** The rows of a table in each database of the app whose name begins so, as text. */
async function rowsOf(page: Page, database: string, table: string): Promise<string> {
  return await page.evaluate(
    async ([start, name]) => {
      const asked = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => {
            resolve(request.result);
          };
          request.onerror = () => {
            reject(new Error(String(request.error)));
          };
        });
      const rows: unknown[] = [];
      for (const { name: found = "" } of await indexedDB.databases()) {
        if (!found.startsWith(start)) continue;
        const database = await asked(indexedDB.open(found));
        if (database.objectStoreNames.contains(name))
          rows.push(await asked(database.transaction(name).objectStore(name).getAll() as IDBRequest<unknown[]>));
        database.close();
      }
      // Only to be searched for words: what JSON cannot say is left out.
      return JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    },
    [database, table] as const,
  );
}

/** Waits until a draft with these words is in the store: only then may the app be ended in the middle of it. */
export async function untilDrafted(page: Page, words: string): Promise<void> {
  await vi.waitFor(async () => {
    expect(await rowsOf(page, "roadbook.home", "draft")).toContain(words);
  }, WAIT);
}

/** Waits until nothing that the phone was granted is still on its way. */
export async function untilFilled(page: Page): Promise<void> {
  // Before the tests of a file, too, where nothing can be polled.
  await vi.waitFor(async () => {
    expect(await rowsOf(page, "roadbook.store", "fill")).toMatch(/^\[(\[\],?)*\]$/);
  }, WAIT);
}
