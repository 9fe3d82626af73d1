import { expect, it } from "vitest";

import type { Item, SyncWord } from "@roadbook/replica";

import { captured, whatsOf, wordOf, worksOf } from "./work.ts";

const item = (number: number, record: string | null, what: string, sync: SyncWord = "on_this_device"): Item => ({
  number,
  what,
  record,
  kind: "visit",
  account: null,
  accountTitle: null,
  title: null,
  captured: number,
  sync,
  tray: false,
  reason: null,
  reapply: null,
  wrote: null,
});

it("shows work on one record as one thing", () => {
  const works = worksOf([item(1, "visit", "create"), item(2, "order", "create"), item(3, "visit", "edit")]);
  expect(works.map(({ items }) => items.map(({ number }) => number))).toEqual([[1, 3], [2]]);
});

it("says of it what was done, each once", () => {
  const works = worksOf([
    item(1, "visit", "create"),
    item(2, "visit", "edit"),
    item(3, "visit", "edit"),
    item(4, "order", "create"),
    item(5, "order", "submit"),
    item(6, "task", "edit"),
  ]);
  expect(works.map(whatsOf)).toEqual([["create"], ["create", "submit"], ["edit"]]);
});

it("is as far as its last part", () => {
  const [visit, order] = worksOf([
    item(1, "visit", "create", "on_the_server"),
    item(2, "visit", "edit"),
    item(3, "order", "create", "late"),
    item(4, "order", "submit", "on_the_server"),
  ]);
  expect([visit, order].map((work) => work && wordOf(work))).toEqual(["on_this_device", "on_the_server"]);
});

it("leaves out what the device says for itself", () => {
  expect(captured([item(1, null, "close"), item(2, "visit", "create")]).map(({ number }) => number)).toEqual([2]);
});
