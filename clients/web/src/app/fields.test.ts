import { expect, it } from "vitest";

import { whyCalledOff } from "./fields.ts";

const planned = { kind: "visit", state: "planned" };

it("says why a visit was called off, which is what was said last", () => {
  expect(whyCalledOff({ ...planned, fields: { notes: "Ask for Ms Hall.\nThe shop is shut.\n" } })).toBe(
    "The shop is shut.",
  );
  expect(whyCalledOff({ ...planned, fields: { planned_start: null } })).toBe("");
});

it("says nothing of what has a day, is made, or is no visit", () => {
  expect(whyCalledOff({ ...planned, fields: { planned_start: 1, notes: "Ask for Ms Hall." } })).toBeNull();
  expect(whyCalledOff({ kind: "visit", state: "checked_out", fields: {} })).toBeNull();
  expect(whyCalledOff({ kind: "call", state: "planned", fields: {} })).toBeNull();
});
