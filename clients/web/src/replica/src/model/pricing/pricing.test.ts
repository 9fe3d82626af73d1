// The cases of protocol/vectors/pricing, worked out by hand, and the orders that the Rust engine priced.

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import type { Fields } from "../value.ts";
import { type Credit, judge, type Judgement } from "./discretion.ts";
import { handedIn, type Order } from "./order.ts";
import { price } from "./price.ts";
import { Shelf } from "./shelf.ts";
import type { Priced } from "./trace.ts";

type Catalogue = Readonly<Record<string, Readonly<Record<string, Fields>>>>;

interface Case {
  readonly name: string;
  readonly catalogue?: Catalogue;
  readonly order: Order;
  readonly role?: string;
  readonly handed_in?: string;
  readonly quote?: boolean;
  readonly credit?: Credit;
  readonly expect: Fields;
}

interface File {
  readonly name: string;
  readonly catalogue?: Catalogue;
  readonly cases?: readonly Case[];
  readonly orders?: readonly { readonly order: Order; readonly priced: Priced; readonly judgement: Judgement }[];
}

const FOLDER = resolve(import.meta.dirname, "../../../../../../../protocol/vectors/pricing");

const files: File[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ ...(JSON.parse(readFileSync(resolve(FOLDER, name), "utf8")) as File), name }));

function shelfOf(...catalogues: (Catalogue | undefined)[]): Shelf {
  const shelf = new Shelf();
  const values = new Map<string, { set: string; key: string; value: Fields }>();
  for (const [set, keys] of catalogues.flatMap((catalogue) => Object.entries(catalogue ?? {}))) {
    for (const [key, value] of Object.entries(keys)) values.set(`${set} ${key}`, { set, key, value });
  }
  for (const { set, key, value } of values.values()) shelf.put(set, key, value);
  return shelf;
}

const about = ({ code, line }: { readonly code: string; readonly line: string | null }): string =>
  line === null ? code : `${code} ${line}`;

function seen(priced: Priced, judgement: Judgement | null): Fields {
  const lines = priced.lines.map((line) => {
    const steps = line.steps.map(({ kind, rule, after_minor }) => `${kind} ${rule} ${String(after_minor)}`);
    return [line.key, { net: line.net_minor, tax: line.tax_minor, gross: line.gross_minor, steps }] as const;
  });
  const { net_minor: net, tax_minor: tax, gross_minor: gross } = priced;
  const taxes = Object.fromEntries(priced.taxes.map((it) => [it.rule, [it.base_minor, it.tax_minor]]));
  const problems = priced.problems.map(about).sort();
  const granted = judgement === null ? {} : { judgement: { ...judgement, reasons: judgement.reasons.map(about) } };
  return { lines: Object.fromEntries(lines), net, tax, gross, taxes, problems, ...granted };
}

for (const { name, catalogue, cases = [] } of files) {
  test.each(cases)(`${name}: $name`, ({ catalogue: own, role, credit, expect: expected, ...given }) => {
    const shelf = shelfOf(catalogue, own);
    const day = given.handed_in;
    const order = day === undefined ? given.order : handedIn(given.order, day, given.quote === true);
    const priced = price(order, shelf);
    const judgement = role === undefined ? null : judge(role, order, priced, shelf.discretion, credit ?? null);
    expect(seen(priced, judgement)).toMatchObject(expected);
  });
}

test("there are cases, and orders that Rust priced", () => {
  expect(files.flatMap(({ cases = [] }) => cases).length).toBeGreaterThan(80);
  expect(files.flatMap(({ orders = [] }) => orders).length).toBeGreaterThan(50);
});

test("what Rust priced costs the same here, to the cent and to the word", () => {
  for (const { catalogue, orders = [] } of files) {
    const shelf = shelfOf(catalogue);
    for (const { order, priced, judgement } of orders) {
      expect(price(order, shelf)).toEqual(priced);
      expect(judge("rep", order, priced, shelf.discretion, null)).toEqual(judgement);
    }
  }
});
