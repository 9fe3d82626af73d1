import { describe, expect, it } from "vitest";

import { en } from "$texts/app/en.ts";

import { adding, entriesOf, innerRules, onlyGrows, saidOf } from "./items.ts";
import { wordsOf } from "./model.ts";

const ID = "01900000-0000-7000-8000-0000000000a1";

describe("collections on the phone", () => {
  it("show the latest consent first, in words", () => {
    const consent = (at: number, decision: string): object => ({
      channel: "email",
      purpose: "marketing",
      decision,
      at,
    });
    const fields = { consents: { a: consent(1, "given"), b: consent(2, "withdrawn") } };
    expect(entriesOf(fields as never, "consents").map(({ id }) => id)).toEqual(["b", "a"]);
    const rule = innerRules("contact", "consents").find(({ name }) => name === "decision");
    if (rule === undefined) throw new Error("a consent has a decision");
    expect(saidOf(en, "consents", rule, "given")).toBe("Given");
    expect(entriesOf({}, "consents")).toEqual([]);
  });

  it("say which only grow", () => {
    expect(onlyGrows("contact", "consents")).toBe(true);
    expect(onlyGrows("contact", "channels")).toBe(false);
  });

  it("have words for all that one chooses from", () => {
    for (const [kind, name] of [
      ["contact", "channels"],
      ["contact", "consents"],
      ["account", "relations"],
    ] as const) {
      for (const rule of innerRules(kind, name)) {
        expect(en.items.fields).toHaveProperty(rule.name);
        for (const word of wordsOf(rule)) expect(saidOf(en, name, rule, word)).not.toBe(word);
      }
    }
  });

  it("become an edit once nothing is missing", () => {
    const typed = { channel: "email", purpose: "marketing", decision: "given", source: "form" };
    expect(adding("contact", "consents", { channel: "email" }, ID, 5)).toBeNull();
    expect(adding("contact", "consents", typed, ID, 5)).toEqual({
      addItem: { path: ["consents"], item: ID, fields: { ...typed, at: 5 } },
    });
    expect(adding("contact", "consents", { ...typed, at: "no time" }, ID, 5)).toBeNull();
  });
});
