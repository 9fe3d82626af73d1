import { expect, it } from "vitest";

import { draftKey, draftPlace } from "./drafts.ts";

it.each([
  [draftKey.visit("v"), { at: "visit", id: "v" }],
  [draftKey.visitAt("a"), { at: "account", id: "a" }],
  [draftKey.plan("a"), { at: "planVisit", account: "a" }],
  [draftKey.callOff("v"), { at: "visit", id: "v" }],
  [draftKey.step("r", "s"), { at: "run", id: "r" }],
  [draftKey.order("o"), { at: "editOrder", id: "o" }],
  [draftKey.newOrder("a"), { at: "newOrder", account: "a" }],
  [draftKey.newOrder("a", "o"), { at: "newOrder", account: "a", from: "o" }],
  [draftKey.record("contact", "c"), { at: "contact", id: "c" }],
  [draftKey.record("account", "a"), { at: "editAccount", id: "a" }],
  [draftKey.items("account", "a", "tags"), { at: "editAccount", id: "a" }],
  [draftKey.items("contact", "c", "channels"), { at: "contact", id: "c" }],
  [draftKey.newItems("case", "a", "lines"), { at: "newPlain", kind: "case", account: "a" }],
  [draftKey.newRecord("task", "a"), { at: "newTask", account: "a" }],
  [draftKey.newRecord("account", ""), { at: "newAccount" }],
  [draftKey.newRecord("account", "a"), { at: "newOutlet", account: "a" }],
  [draftKey.comment("visit", "v"), { at: "visit", id: "v" }],
])("the draft %s leads to its form", (key, route) => {
  expect(draftPlace(key)?.route).toEqual(route);
});

it("a key of something else leads nowhere", () => {
  expect(draftPlace("pinned")).toBeNull();
  expect(draftPlace("comment:task:x")).toBeNull();
});
