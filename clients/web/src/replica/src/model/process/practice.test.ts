import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import type { Json } from "../../client.ts";
import { Practice } from "./practice.ts";
import { readTemplate } from "./template.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../../../crates/model/processes");
const NOW = 1_790_000_000_000;

function begun(process = "stock_out"): Practice {
  const template = readTemplate(JSON.parse(readFileSync(`${FOLDER}/${process}.json`, "utf8")) as Json);
  if (template === null) throw new Error("cannot be read");
  return new Practice(template, NOW);
}

test("practising goes as a run goes, awry and to its end", () => {
  const practice = begun();
  practice.answer("tell", "yes", NOW + 1);
  practice.use("substitute", "no", NOW + 2);
  practice.answer("choice", "cancel", NOW + 3);
  const awry = practice.view(NOW + 4);
  expect(awry.open).toEqual(["cancelled/reason", "cancelled/back", "day"]);
  expect(awry.responses[0]).toMatchObject({ used: 1, worked: 0 });
  practice.answer("cancelled/reason", "At the market", NOW + 5);
  practice.answer("cancelled/back", "In a week", NOW + 6);
  expect(practice.view(NOW + 7)).toMatchObject({ state: "running", isComplete: true, open: ["day"] });
  practice.finish(NOW + 8);
  expect(practice.view(NOW + 9)).toMatchObject({ state: "done", goal: "met" });
});

test("practising takes the paths that no answer leads to", () => {
  const practice = begun("refused_order");
  const keys = (): string[] => practice.mayGoAwry.map(({ key }) => key);
  expect(keys()).toEqual(["refused_again", "complains"]);
  practice.take("refused_again", NOW + 1);
  practice.take("refused_again", NOW + 2);
  expect(keys()).toEqual(["complains"]);
  expect(practice.view(NOW + 3).open.slice(0, 2)).toEqual(["refused_again/talk", "refused_again/outcome"]);
});

test("practising refuses what a run refuses", () => {
  const practice = begun();
  expect(() => {
    practice.answer("choice", "dance", NOW);
  }).toThrow("Choose one of");
  practice.finish(NOW);
  expect(practice.view(NOW).state).toBe("running");
});
