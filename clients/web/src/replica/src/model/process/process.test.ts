// The runs of protocol/vectors/processes, as the engine in Rust sees them.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { ReplicaError } from "../../client.ts";
import type { Json } from "../../client.ts";
import { type Fields, isMap, type Step as Edit } from "../value.ts";
import { answered } from "./answer.ts";
import { follow } from "./follow.ts";
import { type Facts, measured, progress } from "./progress.ts";
import { readRun } from "./run.ts";
import { escalationId, escalationTask, handOffId, handOffTask, reached } from "./tasks.ts";
import { readTemplate, stepOf, type Template } from "./template.ts";

interface File {
  readonly templates: Readonly<Record<string, Json>>;
  readonly said: readonly {
    readonly template: string;
    readonly step: string;
    readonly said: string | null;
    readonly makes: Fields;
  }[];
  readonly runs: readonly {
    readonly template: string;
    readonly run: string;
    readonly fields: Fields;
    readonly facts: Facts;
    readonly progress: Fields;
    readonly measured: number | null;
    readonly hand_offs: readonly { readonly id: string; readonly task: Fields }[];
    readonly escalations: readonly { readonly id: string; readonly task: Fields }[];
    readonly follows: readonly { readonly path: readonly string[]; readonly value: Json }[];
  }[];
}

const PATH = resolve(import.meta.dirname, "../../../../../../../protocol/vectors/processes/agree.json");
const file = JSON.parse(readFileSync(PATH, "utf8")) as File;
const HANDS = { department: "03030303-0303-0303-0303-030303030303", person: null };

function template(key: string): Template {
  const read = readTemplate(file.templates[key] ?? null);
  if (read === null) throw new Error(`${key} cannot be read`);
  return read;
}

test("what is said to a step comes to the same answer, or the same refusal", () => {
  for (const { template: key, step: name, said, makes } of file.said) {
    const step = stepOf(template(key), name);
    if (step === undefined) throw new Error(name);
    const made = (): Fields => {
      try {
        return { answer: { ...answered(step, said, 1_790_000_000_000) } };
      } catch (error) {
        if (error instanceof ReplicaError) return { code: error.code };
        throw error;
      }
    };
    expect(made(), `${key} ${name} ${String(said)}`).toEqual(makes);
  }
});

/** Moments as the vectors write them. */
const plain = ({ due_at, ...task }: Fields): Fields => ({ ...task, due_at: new Date(Number(due_at)).toISOString() });

test("runs stand where the engine in Rust sees them", () => {
  expect(file.runs.length).toBeGreaterThan(40);
  for (const [index, one] of file.runs.entries()) {
    const from = template(one.template);
    const run = readRun(one.fields);
    expect(progress(from, run, one.facts), `run ${String(index)}`).toEqual(one.progress);
    expect(measured(from, run)).toBe(one.measured);
    const handOffs = reached(from, run).map((it) => ({
      id: handOffId(one.run, it.handOff.key),
      task: plain(handOffTask(from, it, one.run, HANDS)),
    }));
    expect(handOffs).toEqual(one.hand_offs);
    const taken = from.awry.filter((path) => run.awry.has(path.key));
    const escalations = taken.map((path) => ({
      id: escalationId(one.run, path.key),
      task: plain(escalationTask(from, path, one.run, run.awry.get(path.key)?.at_ms ?? 0, HANDS)),
    }));
    expect(escalations).toEqual(one.escalations);
  }
});

test("the same follows", () => {
  for (const [index, one] of file.runs.entries()) {
    let count = 0;
    const key = (): string => {
      count += 1;
      return `00000000-0000-8000-8000-0000000000${count.toString(16).padStart(2, "0")}`;
    };
    const edits = follow(template(one.template), one.fields, one.facts, null, key);
    expect(edits.map(said), `run ${String(index)}`).toEqual(one.follows);
  }
});

function said(edit: Edit): { readonly path: readonly string[]; readonly value: Json } {
  if (!("put" in edit)) throw new Error("nothing is removed");
  const { path, value } = edit.put;
  const moment = (ms: Json): Json => (typeof ms === "number" ? new Date(ms).toISOString() : ms);
  return { path, value: isMap(value) ? { ...value, at: moment(value["at"] ?? null) } : moment(value) };
}
