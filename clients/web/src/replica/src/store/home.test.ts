// A home that does not open says why: refused by the browser, or not to be read.

import "fake-indexeddb/auto";

import { expect, test, vi } from "vitest";

import type { ReplicaError } from "../client.ts";
import { IdbHome } from "./home.ts";

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error as ReplicaError).code,
  );

test("a browser that keeps storage from a page refuses it", async () => {
  const open = vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw new DOMException("storage is not allowed here", "SecurityError");
  });
  expect(await codeOf(IdbHome.open("refused"))).toBe("storage_denied");
  open.mockRestore();
});

test("a home that cannot be read is told as such, and nothing of it is removed", async () => {
  const whole = await new Promise<IDBDatabase>((resolve, reject) => {
    // Of a version that nobody has written yet, so that it does not open.
    const request = indexedDB.open("unreadable", 99);
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error("it does not open at all"));
    };
  });
  whole.close();
  expect(await codeOf(IdbHome.open("unreadable"))).toBe("home_unreadable");
  expect((await indexedDB.databases()).map(({ name, version }) => [name, version])).toContainEqual(["unreadable", 99]);
});
