/** What the duplicate hint of the app finds on accounts by seed, by the app's own search: as `docs/customers.md` states it. */
import { readFileSync } from "node:fs";

import type { Fields } from "@roadbook/replica";
import { expect, test } from "vitest";

import type { RecordRow, ViewRow } from "../replica/src/engine/rows.ts";
import { kindNamed } from "../replica/src/model/model.ts";
import { shown } from "../replica/src/model/shown.ts";
import { SearchIndex } from "../replica/src/shell/search.ts";
import { alikeTo } from "./alike.ts";

interface Seeded {
  readonly accounts: readonly Fields[];
  /** Places of two that are one customer. */
  readonly pairs: readonly (readonly [number, number])[];
}

const file = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
const { accounts, pairs } = JSON.parse(file("protocol/vectors/alike/seeded.json")) as Seeded;

const idOf = (place: number): string => String(place).padStart(6, "0");

function viewOf(fields: Fields, place: number): ViewRow {
  const spec = kindNamed("account");
  if (spec === undefined) throw new Error("there are no accounts");
  const id = idOf(place);
  const row: RecordRow = {
    id,
    kind: "account",
    account: id,
    creator: "",
    generation: 0,
    accepted: new Uint8Array(),
    branch: 0,
    digest: 0n,
    decision: null,
    changed_ms: 0,
  };
  return shown(row, id, spec, fields, null);
}

const index = new SearchIndex();
const nothing = { get: () => Promise.resolve(undefined), alongKey: () => Promise.resolve([]) };
let compared = 0;

/** A phone with all of these accounts but one: that one is being typed. */
const phoneWithout = (typed: string): Parameters<typeof alikeTo>[0] =>
  ({
    search: (text: string, kind: string, limit: number) => {
      const found = index.find(text, kind, limit + 1).filter((id) => id !== typed);
      return Promise.resolve(found.slice(0, limit).map((record) => ({ record })));
    },
    record: (id: string) => {
      compared += 1;
      return Promise.resolve({ record: id, state: null, account: id, fields: accounts[Number(id)] });
    },
  }) as never;

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

test("precision and recall of the app's hint are those of the page", async () => {
  await index.load(nothing as never);
  index.follow(accounts.map(viewOf).map((row) => [row.record, row] as const));
  const hints = new Set<string>();
  for (const [place, fields] of accounts.entries()) {
    const id = idOf(place);
    const found = await alikeTo(phoneWithout(id), "account", fields, null);
    for (const { record } of found) hints.add([id, record.record].toSorted().join(" "));
  }
  const wanted = pairs.map((pair) => pair.map(idOf).toSorted().join(" "));
  const right = wanted.filter((pair) => hints.has(pair)).length;
  const said = [pairs.length, hints.size, right, percent(right, hints.size), percent(right, pairs.length)];
  expect(file("docs/customers.md")).toContain(`| accounts, in the app | ${said.join(" | ")} |`);
  expect(right / hints.size).toBeGreaterThan(0.8);
  expect(right / pairs.length).toBeGreaterThan(0.85);
  expect(compared / accounts.length).toBeLessThan(96);
});
