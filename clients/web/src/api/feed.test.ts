import { afterEach, expect, test, vi } from "vitest";

import { Feed, type FeedState } from "./feed";
import type { Session } from "./session";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A session whose first token is refused, as after its key was taken out of use. */
function session(): Session {
  const own = { token: () => Promise.resolve("old"), tokenAfter: () => Promise.resolve("new") };
  return own as unknown as Session;
}

function stream(id: number): Response {
  return new Response(`id: ${id}\ndata: {}\n\n`, { headers: { "content-type": "text/event-stream" } });
}

test("a refused token is renewed, and the feed goes on with the new one", async () => {
  const asked: string[] = [];
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("fetch", (_: string, init: { headers: { authorization: string } }) => {
    asked.push(init.headers.authorization);
    return Promise.resolve(asked.length === 1 ? new Response(null, { status: 401 }) : stream(7));
  });
  const states: FeedState[] = [];
  await new Promise<void>((resolve) => {
    const feed: Feed = new Feed(
      session(),
      {
        entry: () => {
          feed.stop();
          resolve();
        },
        desk: () => undefined,
        state: (state) => states.push(state),
      },
      0,
    );
  });
  expect(asked).toEqual(["Bearer old", "Bearer new"]);
  expect(states).toEqual(["connecting", "live"]);
});

test("what has no position tells of the desk, and the feed goes on after the last entry", async () => {
  const asked: string[] = [];
  const bodies = ["id: 7\ndata: {}\n\nevent: desk\ndata: {}\n\n", ""];
  vi.stubGlobal("addEventListener", (_: string, over: () => void) => {
    queueMicrotask(over);
  });
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("fetch", (_: string, init: { headers: Record<string, string> }) => {
    asked.push(init.headers["last-event-id"] ?? "");
    return Promise.resolve(new Response(bodies.shift() ?? ""));
  });
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    const feed: Feed = new Feed(
      session(),
      {
        entry: () => told.push("entry"),
        desk: () => {
          told.push("desk");
          if (asked.length < 2) return;
          feed.stop();
          resolve();
        },
        state: () => undefined,
      },
      0,
    );
  });
  expect(asked).toEqual(["0", "7"]);
  expect(told).toEqual(["desk", "entry", "desk", "desk"]);
});
