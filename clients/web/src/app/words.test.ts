import { expect, it } from "vitest";

import { de } from "$texts/app/de.ts";
import { en } from "$texts/app/en.ts";
import { Formats } from "$texts/format.ts";

import { fieldRule, KIND_NAMES, rulesOf, wordsOf } from "./model.ts";
import { fieldLabel, telling } from "./words.ts";

const fields = KIND_NAMES.flatMap((kind) => rulesOf(kind).map((field) => [kind, field.name] as const));

it.each([
  ["English", en],
  ["German", de],
])("every field has a label in %s, and every word of one is told", (_, texts) => {
  const bare = fields.filter(([kind, field]) => fieldLabel(texts, kind, [field]) === field.replaceAll("_", " "));
  expect(bare).toEqual([]);
  const raw = fields.flatMap(([kind, field]) => {
    const by = telling(texts, new Formats("en-GB"), 0, kind);
    return wordsOf(fieldRule(kind, field))
      .filter((word) => by.word(field, word) === null)
      .map((word) => `${kind}.${field}.${word}`);
  });
  expect(raw).toEqual([]);
});
