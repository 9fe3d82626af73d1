// What codes say: the specification's and the device's own, each in both languages.

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { codesDe } from "./app/codes.de.ts";
import { codesEn } from "./app/codes.en.ts";

const root = resolve(import.meta.dirname, "../../../..");
const read = (path: string): string => readFileSync(resolve(root, path), "utf8");

/** The codes of the tables of sections 12 and 16 that a device may be told; those of HTTP alone the app never hears. */
function specified(): string[] {
  const rows = read("protocol/SPEC.md")
    .split("\n")
    .filter((line) => line.startsWith("| `") || /^\| G\d/.test(line));
  return rows.flatMap((row) => {
    const [, first = "", second = ""] = row.split("|");
    const where = second.trim();
    if (/^ G\d/.test(first)) return [...second.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code ?? "");
    const isTold = /^(error|held|refused|goodbye|frame)/.test(where);
    return isTold ? [...first.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code ?? "") : [];
  });
}

/** The codes with which the device itself refuses. */
function refusals(): string[] {
  const files = readdirSync(resolve(root, "clients/web/src/replica/src"), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  const made = /(?:refuse|Error|violation|fail)\(\s*"([a-z]+(?:_[a-z]+)+)"/g;
  return sources.flatMap((file) =>
    [...read(`clients/web/src/replica/src/${file}`).matchAll(made)].map(([, code]) => code ?? ""),
  );
}

/** Told to programs that use the replica, never to the rep. */
const NEVER_SHOWN = ["unknown_call"];

test("every code that a rep may meet says something in both languages", () => {
  const codes = [...new Set([...specified(), ...refusals()])].filter((code) => !NEVER_SHOWN.includes(code));
  expect(codes.length).toBeGreaterThan(90);
  const lacking = codes.filter((code) => !Object.hasOwn(codesEn, code));
  expect(lacking).toEqual([]);
});

test("no sentence stands in both languages alike", () => {
  const german: Readonly<Record<string, string>> = codesDe;
  const same = Object.entries(codesEn).filter(([code, text]) => german[code] === text || german[code] === "");
  expect(same).toEqual([]);
});
