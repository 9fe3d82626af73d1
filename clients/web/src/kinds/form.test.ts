import { MODEL } from "@roadbook/replica/model";
import { describe, expect, it } from "vitest";

import { plainForm, PLAIN_KINDS } from "../app/plain.ts";
import { ADDED, begunOf, fieldsOf } from "../office/screens/record/added.ts";
import { formOf, type FormRule, givenOf, startOf } from "./form.ts";
import { hasOwnScreens } from "./plain.ts";

const rule = (name: string, is: string, more: Partial<FormRule> = {}): FormRule => ({
  name,
  required: false,
  write: "holder",
  type: { is },
  ...more,
});

/** A kind that no screen has heard of. */
const SURVEY = [
  rule("done_on", "date"),
  rule("subject", "str", { required: true }),
  rule("state", "enum", { required: true, type: { is: "enum", words: ["open", "done"] } }),
  rule("mood", "enum", { type: { is: "enum", words: ["good", "bad"] } }),
  rule("is_anonymous", "bool"),
  rule("score", "int"),
  rule("notes", "text"),
  rule("began_at", "timestamp"),
  rule("started_at", "timestamp"),
  rule("grade", "int", { write: "office" }),
  rule("contact_id", "id"),
  rule("rep_id", "id"),
  rule("subject_id", "id", { write: "once" }),
  rule("answers", "items"),
];

describe("a kind that nobody wrote a form for", () => {
  it("has one: what is needed first, what it names last, nothing that one does not type", () => {
    expect(formOf(SURVEY)).toEqual({
      names: ["subject", "state", "done_on", "mood", "is_anonymous", "score"],
      more: ["notes", "contact_id", "rep_id"],
      items: ["answers"],
    });
  });

  it("begins in its first state, is its maker's, and begins now", () => {
    expect(startOf(SURVEY)).toEqual({ state: "open" });
    expect(givenOf(SURVEY, "p1", 7)).toEqual({ rep_id: "p1", started_at: 7 });
    expect(givenOf(SURVEY, null, 7)).toEqual({ started_at: 7 });
  });
});

describe("every kind of the model", () => {
  it("has screens of its own in the app, or one by its fields", () => {
    expect([...MODEL.kinds.filter(({ name }) => !hasOwnScreens(name)).map(({ name }) => name)]).toEqual(PLAIN_KINDS);
  });

  it("can be made: a form asks for all that is needed, or begins with it", () => {
    const needed = (kind: string): string[] =>
      (MODEL.kinds.find(({ name }) => name === kind)?.fields ?? [])
        .filter((one) => one.required)
        .map(({ name }) => name);
    for (const kind of PLAIN_KINDS) {
      const { names, start } = plainForm(kind);
      expect([...names, ...Object.keys(start)], kind).toEqual(expect.arrayContaining(needed(kind)));
    }
    for (const kind of ADDED) {
      // What a comment is about is known where it is made.
      const asked = [...fieldsOf(kind), ...Object.keys(begunOf(kind)), ...(kind === "comment" ? ["subject_id"] : [])];
      expect(asked, kind).toEqual(expect.arrayContaining(needed(kind)));
    }
  });
});
