import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { LIKELY, likeness, nameTokens, type Traits, traitsOf } from "./alike.ts";
import type { Fields } from "./value.ts";

interface Vector {
  readonly a: Fields;
  readonly b: Fields;
  readonly points: number;
  readonly reasons: readonly string[];
}

const FILE = resolve(import.meta.dirname, "../../../../../../protocol/vectors/alike/agree.json");
const { pairs } = JSON.parse(readFileSync(FILE, "utf8")) as { readonly pairs: readonly Vector[] };

describe("likeness", () => {
  it("agrees with the other implementation on every pair", () => {
    expect(pairs.length).toBeGreaterThan(60);
    for (const { a, b, points, reasons } of pairs) {
      const [one, other] = [traitsOf(a, null), traitsOf(b, null)];
      expect({ pair: [a.name, b.name], ...likeness(one, other) }).toEqual({ pair: [a.name, b.name], points, reasons });
      expect(likeness(other, one).points).toBe(points);
    }
  });

  it("reads a name whatever its spelling", () => {
    expect(nameTokens("Müller Ges.m.b.H.")).toEqual(nameTokens("Mueller gesmbh"));
    expect(nameTokens("Straße & Söhne")).toEqual(nameTokens("strasse soehne"));
    expect(nameTokens("GmbH & Co. KG")).toEqual(["gmbh", "co", "kg"]);
  });

  it("compares people of one account", () => {
    const at = (name: string, account: string): Traits => traitsOf({ name }, account);
    expect(likeness(at("Ann Lee", "1"), at("LEE, Ann", "1")).points).toBeGreaterThanOrEqual(LIKELY);
    expect(likeness(at("Ann Lee", "1"), at("Bob Ray", "1")).points).toBeLessThan(LIKELY);
  });
});
