import { describe, expect, it } from "vitest";

import { Lines } from "./events";
import { wait } from "./feed";

const TEXT = ': hello\nid: 7\nevent: changes\ndata: {"a":1}\n\nid: 8\r\ndata: one\r\ndata: two\r\n\r\n\n';
const EVENTS = [null, { id: "7", event: "changes", data: '{"a":1}' }, { id: "8", event: "message", data: "one\ntwo" }];

describe("server-sent events", () => {
  it("are the same wherever the pieces end", () => {
    for (let size = 1; size <= TEXT.length; size += 1) {
      const lines = new Lines();
      const all = [];
      for (let at = 0; at < TEXT.length; at += size) all.push(...lines.take(TEXT.slice(at, at + size)));
      expect(all, `pieces of ${size}`).toEqual(EVENTS);
    }
  });

  it("an event that is not complete yet is not told", () => {
    expect([...new Lines().take("id: 9\ndata: half\n")]).toEqual([]);
  });
});

describe("coming back after a broken line", () => {
  it("waits longer each time, up to half a minute", () => {
    expect([0, 1, 2, 3].map((attempt) => wait(attempt, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(wait(50, 1)).toBe(30_000);
    expect(wait(50, 0)).toBe(15_000);
  });
});
