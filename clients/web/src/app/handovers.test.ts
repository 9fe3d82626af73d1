import type { Handover } from "@roadbook/replica";
import { expect, test } from "vitest";

import { namesOf, notesOf } from "./handovers.ts";

const handover = (lease: string, gained: boolean, note: string, title: string | null = lease): Handover => ({
  lease,
  account: `account of ${lease}`,
  title,
  gained,
  note,
  at: 1,
});

test("each note is read once, with all accounts that it is about, and what came apart from what left", () => {
  const notes = notesOf([
    handover("a", true, "Look after them."),
    handover("b", false, "Look after them."),
    handover("c", true, "Call first."),
    handover("d", true, "Look after them."),
  ]);
  const told = notes.map(({ gained, note, all }) => [gained, note, all.map(({ lease }) => lease).join("")]);
  expect(told).toEqual([
    [true, "Look after them.", "ad"],
    [false, "Look after them.", "b"],
    [true, "Call first.", "c"],
  ]);
});

test("on an account stands what was said when it came, and nothing of others", () => {
  const all = [handover("a", true, "Hers."), handover("b", true, "His."), handover("a", false, "Gone before.")];
  expect(notesOf(all, "account of a").map(({ note }) => note)).toEqual(["Hers."]);
});

test("a move of many names a few, and one that is still arriving is not called by its id", () => {
  const many = ["a", "b", "c", "d", "e"].map((lease) => handover(lease, true, "Yours.", lease === "b" ? null : lease));
  const [note] = notesOf(many);
  expect(note && namesOf(note, "one that is on its way")).toEqual({ names: "a, one that is on its way, c", more: 2 });
});
