import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import type { Json } from "@roadbook/replica/model";
import { expect, test } from "vitest";

import { fieldsOf, standing } from "./run.ts";

const PATH = resolve(import.meta.dirname, "../../../../../../crates/model/processes/stock_out.json");
const template = JSON.parse(readFileSync(PATH, "utf8")) as Json;
const AT = "2026-11-28T05:00:00.000Z";

const document = {
  process: "stock_out",
  version: 1,
  state: "running",
  started_at: AT,
  answers: [{ id: "a", step: "tell", state: "done", word: null, number: null, at: AT, person_id: null }],
  awry: [],
  responses: [],
};

test("items stand under their ids, and moments in milliseconds", () => {
  expect(fieldsOf(document)).toMatchObject({
    started_at: Date.parse(AT),
    answers: { a: { step: "tell", at: Date.parse(AT) } },
  });
});

test("a run stands as its own version says, and not at all without it", () => {
  expect(standing(document, [template], Date.parse(AT))?.open).toEqual(["day", "choice"]);
  expect(standing({ ...document, version: 2 }, [template], Date.parse(AT))).toBeNull();
});
