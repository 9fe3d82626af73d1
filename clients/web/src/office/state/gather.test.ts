import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Gather } from "./gather";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("calls that come together act once, soon after the last", () => {
  const act = vi.fn();
  const gather = new Gather(act, 250, 1000);
  gather.call();
  vi.advanceTimersByTime(200);
  gather.call();
  vi.advanceTimersByTime(249);
  expect(act).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledTimes(1);
});

test("calls that never cease act every while all the same", () => {
  const act = vi.fn();
  const gather = new Gather(act, 250, 1000);
  for (let ms = 0; ms < 5000; ms += 100) {
    gather.call();
    vi.advanceTimersByTime(100);
  }
  expect(act.mock.calls.length).toBeGreaterThanOrEqual(4);
});

test("what was stopped acts no more", () => {
  const act = vi.fn();
  const gather = new Gather(act, 250, 1000);
  gather.call();
  gather.stop();
  vi.advanceTimersByTime(5000);
  expect(act).not.toHaveBeenCalled();
});
