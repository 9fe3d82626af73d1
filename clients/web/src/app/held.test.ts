import { expect, it } from "vitest";

import { type Item, type Notice, type Reapplied, type ReplicaClient, ReplicaError } from "@roadbook/replica";

import { decided, discardAll, reapplyAll } from "./held.ts";
import { type Work, worksOf } from "./work.ts";

const REASON = { code: "late_review", rule: "L5", path: [], text: "" };
const item = (number: number, record: string, more: Partial<Item> = {}): Item => ({
  number,
  what: "edit",
  record,
  kind: "visit",
  account: null,
  accountTitle: null,
  title: null,
  captured: 0,
  sync: "held",
  tray: true,
  reason: REASON,
  reapply: "now",
  wrote: null,
  ...more,
});

/** A device that notes what it is asked; some numbers change nothing when captured anew, of some others' values stand. */
function device(
  same: readonly number[] = [],
  lost: readonly number[] = [],
): { client: ReplicaClient; asked: string[] } {
  const asked: string[] = [];
  const client = {
    reapply: (number: number): Promise<Reapplied> => {
      asked.push(`reapply ${number}`);
      const saved = { record: "", number: 100 + number, overruled: lost.includes(number) ? [["phone"]] : [] };
      return same.includes(number) ? Promise.reject(new ReplicaError("nothing_changed", "")) : Promise.resolve(saved);
    },
    discardHeld: (number: number): Promise<void> => {
      asked.push(`discard ${number}`);
      return Promise.resolve();
    },
  };
  return { client: client as ReplicaClient, asked };
}

const only = (tray: readonly Item[]): Work => {
  const [work] = worksOf(tray);
  if (work === undefined) throw new Error("the tray is empty");
  return work;
};

it("captures all of it anew in order, and gives up what is in the record by now", async () => {
  const { client, asked } = device([2]);
  expect(await reapplyAll(client, only([item(1, "visit"), item(2, "visit"), item(3, "visit")]))).toBe(false);
  expect(asked).toEqual(["reapply 1", "reapply 2", "discard 2", "reapply 3"]);
});

it("leaves alone what the server has not answered yet, and gives up the rest, the last first", async () => {
  const { client, asked } = device();
  await discardAll(client, only([item(1, "visit"), item(2, "visit"), item(3, "visit", { reason: null })]));
  expect(asked).toEqual(["discard 2", "discard 1"]);
});

it("says that others' values stand, and gives up nothing by itself for that", async () => {
  const { client, asked } = device([], [1]);
  expect(await reapplyAll(client, only([item(1, "visit"), item(2, "visit")]))).toBe(true);
  expect(asked).toEqual(["reapply 1", "reapply 2"]);
});

it("tells once what became of work on one record, with what had been written", () => {
  const notice = (number: number, record: string, text: string, wrote: Item["wrote"] = null): Notice => ({
    key: String(number),
    number,
    fate: "discarded",
    text,
    at: 0,
    item: item(number, record, { wrote }),
  });
  const told = decided([
    notice(1, "order", "Twice", { reference: "PO 1" }),
    notice(2, "order", "Twice"),
    notice(3, "visit", "Twice"),
    notice(4, "order", "Once more"),
  ]);
  expect(told.map(({ shown, all }) => [shown.key, all.map(({ key }) => key)])).toEqual([
    ["1", ["1", "2"]],
    ["3", ["3"]],
    ["4", ["4"]],
  ]);
});
