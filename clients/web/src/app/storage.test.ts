import { describe, expect, it } from "vitest";

import type { Status, Storage } from "@roadbook/replica";

import { isAtRisk, keep, keepUnasked } from "./storage.ts";

const FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0";
const CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile";

/** A browser that has promised or not, and gives this answer to whoever asks. */
function sessionWith(persisted: boolean, answer: () => Promise<boolean>) {
  const session = {
    changes: 0,
    asked: 0,
    client: {
      storage: () => Promise.resolve({ usedBytes: 1, quotaBytes: 2, persisted }),
      persist: () => {
        session.asked += 1;
        return answer();
      },
    },
  };
  return session;
}

describe("at a start", () => {
  it("asks again as long as the browser has not promised, and shows it once it has", async () => {
    const refused = sessionWith(false, () => Promise.resolve(false));
    await keepUnasked(refused, CHROME);
    expect([refused.asked, refused.changes]).toEqual([1, 0]);
    const granted = sessionWith(false, () => Promise.resolve(true));
    await keepUnasked(granted, CHROME);
    expect([granted.asked, granted.changes]).toEqual([1, 1]);
  });

  it("leaves alone a browser that has promised, and one that would ask the person", async () => {
    const kept = sessionWith(true, () => Promise.resolve(true));
    await keepUnasked(kept, CHROME);
    const asks = sessionWith(false, () => Promise.resolve(true));
    await keepUnasked(asks, FIREFOX);
    expect([kept.asked, asks.asked]).toEqual([0, 0]);
  });
});

it("takes a browser that cannot be asked for one that does not promise", async () => {
  const session = sessionWith(false, () => Promise.reject(new TypeError("no storage here")));
  expect(await keep(session)).toBe(false);
});

it.each<[string, Pick<Status, "waiting" | "connection">, boolean, boolean]>([
  ["work that waits offline", { waiting: 1, connection: "offline" }, false, true],
  ["work that waits while the office is being called", { waiting: 1, connection: "connecting" }, false, true],
  ["work that goes in a moment", { waiting: 1, connection: "online" }, false, false],
  ["nothing", { waiting: 0, connection: "offline" }, false, false],
  ["work that the browser has promised to keep", { waiting: 1, connection: "offline" }, true, false],
])("says of %s whether it could be cleared", (_, status, persisted, isTold) => {
  expect(isAtRisk({ persisted } as Storage, status as Status)).toBe(isTold);
});
