// Edits on a state that was seen, while others wrote on.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { beforeAll, expect, test } from "vitest";

import { startAutomerge } from "./automerge.ts";
import * as document from "./document.ts";
import { kindNamed, type KindRules } from "./model.ts";

const REP = "11".repeat(16);
const OFFICE = "22".repeat(16);

function visit(): KindRules {
  const spec = kindNamed("visit");
  if (spec === undefined) throw new Error("there is no kind visit");
  return spec;
}

/** The document with one more change by this actor on what it had seen. */
function written(doc: document.Doc, actor: string, fields: Record<string, string>, seen?: readonly string[]) {
  const steps = Object.entries(fields).map(([name, value]) => ({ put: { path: [name], value } }));
  const copy = document.asSeen(document.open(document.save(doc), actor), actor, seen);
  const chunk = document.edit(visit(), copy, 0, steps);
  if (chunk === null) throw new Error("nothing changed");
  return document.merge(doc, [chunk]);
}

let base: document.Doc;

beforeAll(async () => {
  await startAutomerge(readFileSync(createRequire(import.meta.url).resolve("@automerge/automerge/automerge.wasm")));
  const made = document.create(visit(), REP, 0, { state: "planned", notes: "Wants tea.", next_step: "Call" });
  base = document.merge(document.open(new Uint8Array()), [made]);
});

test("what others wrote since it was seen stands in a text, and beside the new value of a field", () => {
  const seen = document.headsOf(base);
  let doc = document.open(document.save(base));
  doc = written(doc, OFFICE, { notes: "Wants tea. Closed on Monday.", next_step: "Write" });
  doc = written(doc, REP, { notes: "Always wants tea.", next_step: "Visit" }, seen);
  expect(document.hydrate(visit(), doc)["notes"]).toBe("Always wants tea. Closed on Monday.");
  expect([document.countContested(visit(), base), document.countContested(visit(), doc)]).toEqual([0, 1]);
  const [conflict] = document.conflicts(visit(), doc);
  expect(conflict?.path).toEqual(["next_step"]);
  expect(conflict?.values.map(({ value }) => value).sort()).toEqual(["Visit", "Write"]);
});

test("an actor goes on from its own last change, whatever it says that it saw", () => {
  const seen = document.headsOf(base);
  let doc = document.open(document.save(base));
  doc = written(doc, REP, { next_step: "Visit" });
  doc = written(doc, REP, { purpose: "sales" }, seen);
  expect(document.changesOf(doc).every(({ actor }) => actor === REP)).toBe(true);
  expect(document.hydrate(visit(), doc)).toMatchObject({ next_step: "Visit", purpose: "sales" });
});

test("heads that the record never had are no state of it", () => {
  let doc = document.open(document.save(base));
  doc = written(doc, REP, { next_step: "Visit" }, ["ab".repeat(32)]);
  expect(document.hydrate(visit(), doc)["next_step"]).toBe("Visit");
});
