/**
 * The replica as a program for the conformance kit (`protocol/CONFORMANCE.md`): takes JSON lines on standard input, answers
 * each with one on standard output. Its home is the folder named by `--home`; with `--http`, no WebSocket gets through.
 */

import "fake-indexeddb/auto";

import { createInterface } from "node:readline";

import { type Edit, type Json, ReplicaError } from "../src/client.ts";
import { remove } from "../src/engine/content.ts";
import { Practice } from "../src/model/process/practice.ts";
import { Device } from "../src/shell/device.ts";
import { nodePlatform } from "./platform.ts";

type Line = Readonly<Record<string, Json>>;

const textOf = (line: Line, name: string): string => {
  const value = line[name];
  if (typeof value !== "string") throw new ReplicaError("bad_line", `the line needs the text ${name}`);
  return value;
};

const numberOf = (line: Line, name: string): number => {
  const value = line[name];
  if (typeof value !== "number") throw new ReplicaError("bad_line", `the line needs the number ${name}`);
  return value;
};

const optional = (line: Line, name: string): string | undefined => {
  const value = line[name];
  return typeof value === "string" ? value : undefined;
};

function fieldsOf(line: Line): Readonly<Record<string, Json>> {
  const { fields } = line;
  if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) {
    return fields as Readonly<Record<string, Json>>;
  }
  throw new ReplicaError("bad_line", "the line needs the object fields");
}

const edits = (line: Line): Edit[] =>
  Object.entries(fieldsOf(line)).flatMap(([name, value]): Edit[] => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [{ set: { path: [name], value } }];
    return Object.entries(value).map(([item, part]): Edit =>
      part === null ? { removeItem: { path: [name, item] } } : { set: { path: [name, item], value: part } },
    );
  });

async function enrol(device: Device, line: Line): Promise<unknown> {
  const link = `${textOf(line, "server")}/enrol#code=${textOf(line, "code")}`;
  const identity = await device.enrol(link, optional(line, "name") ?? "a device under test");
  await device.pause();
  return identity;
}

/** Practises a process: answers its steps, and ends it if nothing that is required is open. */
async function practise(device: Device, line: Line): Promise<unknown> {
  const template = await device.template(textOf(line, "process"));
  if (template === null) throw new ReplicaError("unknown_process", "no such process is on this device");
  const practice = new Practice(template, Date.now());
  const { answers } = line;
  for (const answer of Array.isArray(answers) ? (answers as readonly Json[]) : []) {
    const [step, said] = Array.isArray(answer) ? (answer as readonly Json[]) : [];
    practice.answer(typeof step === "string" ? step : "", typeof said === "string" ? said : null, Date.now());
  }
  practice.finish(Date.now());
  const { state, open } = practice.view(Date.now());
  if (state === "done") await device.practised(template.process, template.version);
  return { state, open };
}

const VERBS: Readonly<Record<string, (device: Device, line: Line) => Promise<unknown>>> = {
  enrol,
  enrol_anew: enrol,
  sync: async (device) => {
    try {
      return await device.syncNow();
    } finally {
      await device.pause();
    }
  },
  sign_out: async (device, line) => {
    try {
      await device.signOut(line["leave_held"] === true);
    } finally {
      await device.pause();
    }
  },
  create: (device, line) => {
    const kind = textOf(line, "kind");
    if (kind === "account") return device.newAccount(fieldsOf(line), optional(line, "territory"));
    return device.create(kind, textOf(line, "account"), fieldsOf(line));
  },
  edit: (device, line) => device.edit(textOf(line, "record"), edits(line)),
  request: (device, line) => device.request(textOf(line, "verb"), textOf(line, "record")),
  undo: (device, line) => device.undo(numberOf(line, "number")),
  status: (device) => device.status(),
  show: (device, line) => device.record(textOf(line, "record")),
  list: async (device, line) => {
    const account = optional(line, "account");
    const query = { kind: textOf(line, "kind"), limit: 1000, ...(account === undefined ? {} : { account }) };
    return (await device.list(query)).records;
  },
  search: (device, line) => device.search(textOf(line, "text")),
  practise,
  outbox: (device) => device.outbox(),
  held: (device) => device.heldTray(),
  reapply: (device, line) => device.reapply(numberOf(line, "number")),
  notices: (device) => device.notices(),
  handovers: (device) => device.handovers(),
  discard: (device, line) => device.discardHeld(numberOf(line, "number")),
  /** Loses a record, as a damaged disk would. */
  damage: (device, line) => device.transaction((tx) => remove(tx, textOf(line, "record"))),
};

async function answer(device: Device, text: string): Promise<object> {
  try {
    const line = JSON.parse(text) as Line;
    const verb = VERBS[textOf(line, "do")];
    if (verb === undefined) throw new ReplicaError("not_offered", `this driver does not offer ${textOf(line, "do")}`);
    return { ok: (await verb(device, line)) ?? null };
  } catch (error) {
    if (error instanceof ReplicaError) return { error: { code: error.code, text: error.message, path: error.path } };
    return { error: { code: "failed", text: error instanceof Error ? (error.stack ?? error.message) : "" } };
  }
}

async function main(): Promise<void> {
  const home = process.argv[process.argv.indexOf("--home") + 1];
  if (home === undefined) throw new Error("usage: driver --home FOLDER");
  const device = await Device.open(nodePlatform(home, process.argv.includes("--http") ? "http" : "any"));
  for await (const text of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(device, text))}\n`);
  }
  await device.close();
}

await main();
