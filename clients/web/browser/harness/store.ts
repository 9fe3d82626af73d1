/** What lies in a phone's store, as the browser has it: for tests that end the app at once, or cut it off. */
import type { Page } from "playwright-core";
import { expect, vi } from "vitest";

const WAIT = { timeout: 20_000, interval: 50 };

/** What a table answers in each database of the app whose name begins so, as text: its rows, or how many there are. */
async function ask(page: Page, database: string, table: string, what: "getAll" | "count"): Promise<string> {
  return await page.evaluate(
    async ([start, name, what]) => {
      const asked = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => {
            resolve(request.result);
          };
          request.onerror = () => {
            reject(new Error(String(request.error)));
          };
        });
      const answers: unknown[] = [];
      for (const { name: found = "" } of await indexedDB.databases()) {
        if (!found.startsWith(start)) continue;
        const database = await asked(indexedDB.open(found));
        if (database.objectStoreNames.contains(name)) {
          const rows = database.transaction(name).objectStore(name);
          answers.push(
            what === "count" ? await asked(rows.count()) : await asked(rows.getAll() as IDBRequest<unknown[]>),
          );
        }
        database.close();
      }
      // Only to be searched for words: what JSON cannot say is left out.
      return JSON.stringify(answers, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    },
    [database, table, what] as const,
  );
}

/** Waits until a draft with these words is in the store: only then may the app be ended in the middle of it. */
export async function untilDrafted(page: Page, words: string): Promise<void> {
  await vi.waitFor(async () => {
    expect(await ask(page, "roadbook.home", "draft", "getAll")).toContain(words);
  }, WAIT);
}

/** Waits until nothing that the phone was granted is still on its way, at most so many milliseconds. */
export async function untilFilled(page: Page, timeout = WAIT.timeout): Promise<void> {
  // Before the tests of a file, too, where nothing can be polled.
  await vi.waitFor(
    async () => {
      expect(await ask(page, "roadbook.store", "fill", "count")).toMatch(/^\[(0,?)*\]$/);
    },
    { ...WAIT, timeout },
  );
}

/** How many records the phone has. */
export async function countRecords(page: Page): Promise<number> {
  const counts = JSON.parse(await ask(page, "roadbook.store", "record", "count")) as number[];
  return counts.reduce((sum, count) => sum + count, 0);
}
