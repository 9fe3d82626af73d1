import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { draftOf, newProcess, templateOf } from "./draft.ts";
import type { Template } from "./template.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../../crates/model/processes");

test.each(["complaint", "stock_out", "refused_order"])("%s is the same after the form as before", (name) => {
  const template = JSON.parse(readFileSync(resolve(FOLDER, `${name}.json`), "utf8")) as Template;
  const once = templateOf(draftOf(template), template.version);
  expect(templateOf(draftOf(once), template.version)).toEqual(once);
  expect(once).toMatchObject({ process: template.process, measure: template.measure, goal: template.goal });
  expect(once.steps.map(({ answer }) => answer.kind)).toEqual(template.steps.map(({ answer }) => answer.kind));
  expect(once.hand_offs).toEqual(template.hand_offs);
  expect(once.awry?.map(({ trigger, escalate_to }) => [trigger, escalate_to])).toEqual(
    template.awry?.map(({ trigger, escalate_to }) => [trigger, escalate_to]),
  );
});

test("what is no number is sent as none, for the server to name", () => {
  const made = templateOf({ ...newProcess(), target: "soon" }, 1);
  expect(JSON.parse(JSON.stringify(made.measure))).toMatchObject({ target: null });
});
