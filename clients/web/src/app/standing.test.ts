import { expect, it } from "vitest";

import type { Status } from "@roadbook/replica";

import { standingOf } from "./standing.ts";

const calm: Status = {
  waiting: 0,
  waitingRecords: 0,
  oldestAgeSeconds: null,
  held: 0,
  reappliable: 0,
  refused: 0,
  notices: 0,
  handovers: 0,
  contested: 0,
  lastContact: 0,
  signInDue: false,
  leaving: false,
  draining: [],
  records: 1,
  cursor: 1,
  openFills: 0,
  connection: "online",
  problem: null,
};

it.each<[string, Partial<Status>, string]>([
  ["nothing waits", {}, "allIn"],
  ["nothing waits, and there is no connection", { connection: "offline" }, "allIn"],
  ["something waits", { waiting: 3 }, "waiting"],
  [
    "something waits because the server is out of reach",
    { waiting: 3, problem: { code: "offline", text: "" } },
    "waiting",
  ],
  ["something is held beside what waits", { waiting: 3, held: 1 }, "needsYou"],
  ["something was refused, and is not in the office", { refused: 1 }, "needsYou"],
  ["the office decided about held work", { notices: 1 }, "needsYou"],
  ["a field has two versions to choose between", { contested: 1 }, "needsYou"],
  ["the sign-in is due", { signInDue: true }, "needsYou"],
  ["the server refuses this device", { problem: { code: "device_blocked", text: "" } }, "needsYou"],
])("%s", (_, change, standing) => {
  expect(standingOf({ ...calm, ...change })).toBe(standing);
});
