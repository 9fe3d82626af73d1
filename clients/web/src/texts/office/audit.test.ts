// What the audit notes, in words: whatever the server writes down is said to admins as people say it.

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { people } from "./en/people.ts";

const root = resolve(import.meta.dirname, "../../../../..");

/** Every literal of the shape `subject.verb` in what writes the audit. Tables of the devices' rows look alike. */
function actions(): string[] {
  const store = "crates/server/src/store";
  const files = readdirSync(resolve(root, store), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".rs")).map((file) => `${store}/${file}`);
  const literals = [...sources, "crates/roadbook/src/admin.rs"].flatMap((file) =>
    [...readFileSync(resolve(root, file), "utf8").matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map(([, action]) => action ?? ""),
  );
  return [...new Set(literals)].filter((action) => !action.startsWith("sync."));
}

test("every action of the audit has its words", () => {
  const all = actions();
  expect(all.length).toBeGreaterThan(50);
  expect(all.filter((action) => !Object.hasOwn(people.audit.actions, action))).toEqual([]);
});
