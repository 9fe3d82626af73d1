/**
 * Carrying processes out: what follows from a capture in a run is captured with it, in the same transaction: paths for when it
 * goes awry, the end, and the tasks of hand-offs.
 */

import * as document from "../model/document.ts";
import { answered, answerEdit } from "../model/process/answer.ts";
import { follow, isAbout } from "../model/process/follow.ts";
import type { Facts } from "../model/process/progress.ts";
import { nextMs, readRun } from "../model/process/run.ts";
import { handOffId, handOffTask, reached } from "../model/process/tasks.ts";
import { stepOf, type Template } from "../model/process/template.ts";
import { violation } from "../model/rule.ts";
import type { Fields } from "../model/value.ts";
import { uuidText } from "../wire/bytes.ts";
import * as capture from "./capture.ts";
import * as content from "./content.ts";
import { discard } from "./reapply.ts";
import type { Tx } from "./tx.ts";

/** What carrying a run on needs beside its record: the version that it keeps, and departments by code. */
export interface Kit {
  readonly template: Template;
  readonly departments: ReadonlyMap<string, string>;
}

/** Begins a process about a record. */
export async function start(
  tx: Tx,
  nowMs: number,
  kit: Kit,
  about: { readonly record: string; readonly account: string },
): Promise<capture.Captured> {
  const { template } = kit;
  const fields = {
    process: template.process,
    version: template.version,
    subject_id: about.record,
    state: "running",
    started_at: nowMs,
    rep_id: tx.device.person,
  };
  const made = await capture.create(tx, nowMs, { kind: "run", account: about.account, fields });
  await followRun(tx, nowMs, kit, made.record);
  return made;
}

/** Answers a step; null leaves it out. */
export async function answer(
  tx: Tx,
  nowMs: number,
  kit: Kit,
  run: string,
  key: string,
  said: string | null,
): Promise<capture.Captured> {
  const step = stepOf(kit.template, key);
  if (step === undefined) throw violation("unknown_step", [], `${kit.template.name} has no step called ${key}`);
  const atMs = nextMs(readRun(await fieldsOf(tx, run)), key, nowMs);
  const edit = answerEdit(key, answered(step, said, atMs), tx.device.person, freshKey());
  const made = await capture.edit(tx, nowMs, run, [edit]);
  await followRun(tx, nowMs, kit, run);
  return made;
}

/** Captures what follows from a run as it stands now. */
export async function followRun(tx: Tx, nowMs: number, kit: Kit, run: string): Promise<void> {
  const fields = await fieldsOf(tx, run);
  const facts = await factsOf(tx, run, fields, nowMs);
  const edits = follow(kit.template, fields, facts, tx.device.person, freshKey);
  if (edits.length > 0) await capture.edit(tx, nowMs, run, edits);
  const row = await capture.openRecord(tx, run);
  for (const one of reached(kit.template, readRun(fields))) {
    const id = handOffId(run, one.handOff.key);
    if ((await tx.record(id)) !== undefined) continue;
    const department = kit.departments.get(one.handOff.department) ?? null;
    // Nobody's queue is nobody's work: without the department it stays with whoever reached it.
    const hands = { department, person: department === null ? tx.device.person : null };
    const task = handOffTask(kit.template, one, run, hands);
    await capture.create(tx, nowMs, { kind: "task", account: row.account, id, fields: task });
  }
}

/** The runs that go on at an account. */
export async function runningAt(tx: Tx, account: string): Promise<{ readonly run: string; readonly fields: Fields }[]> {
  const found = [];
  for (const id of await tx.recordsOf(account)) {
    if ((await tx.record(id))?.kind !== "run") continue;
    const fields = await fieldsOf(tx, id);
    if (fields["state"] === "running") found.push({ run: id, fields });
  }
  return found;
}

/**
 * Lets go of tasks of hand-offs that another device, or the server, made first: they are the same ones, so that nobody has to
 * look at the refusal.
 */
export async function dropRepeated(
  tx: Tx,
  nowMs: number,
  templateOf: (run: Fields) => Promise<Template | null>,
): Promise<void> {
  for (const item of tx.tray()) {
    const outcome = item.receipt?.outcome;
    const task = item.record;
    if (outcome === undefined || !("refused" in outcome) || outcome.refused.code !== "id_not_usable" || task === null) {
      continue;
    }
    const row = await tx.record(task);
    if (row?.kind !== "task") continue;
    const spec = content.specOf(row);
    const wrote = await content.using(content.asWritten(tx, row, item.number), (doc) => document.hydrate(spec, doc));
    const run = wrote["subject_id"];
    if (typeof run !== "string" || (await tx.record(run))?.kind !== "run") continue;
    const template = await templateOf(await fieldsOf(tx, run));
    const isSame = template?.hand_offs.some(({ key }) => handOffId(run, key) === task) === true;
    if (isSame) await discard(tx, nowMs, item.number);
  }
}

/** What a record says now, pending work included. */
export async function fieldsOf(tx: Tx, record: string): Promise<Fields> {
  const row = await capture.openRecord(tx, record);
  const spec = content.specOf(row);
  return await content.using(content.current(tx, row), (doc) => document.hydrate(spec, doc));
}

/** What is known beside the run. When an order was rejected a device is not told: that is the server's to see. */
async function factsOf(tx: Tx, run: string, fields: Fields, nowMs: number): Promise<Facts> {
  const row = await tx.record(run);
  const subject = fields["subject_id"];
  const about = typeof subject === "string" ? await tx.record(subject) : undefined;
  let hasCase = false;
  if (row !== undefined && about !== undefined) {
    const startedMs = readRun(fields).started_ms;
    for (const id of await tx.recordsOf(row.account)) {
      const isCase = (await tx.record(id))?.kind === "case" && id !== about.id;
      if (!isCase) continue;
      const opened = await fieldsOf(tx, id);
      hasCase ||= openedMs(id, opened) >= startedMs && isAbout(id, opened, about.id, about.kind);
    }
  }
  return { now_ms: nowMs, is_refused: false, has_case: hasCase };
}

/** When a case was opened: as it says, else when its id was made. */
function openedMs(id: string, fields: Fields): number {
  const { opened_at: opened } = fields;
  if (typeof opened === "number") return opened;
  return id.charAt(14) === "7" ? Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) : 0;
}

/** The key of a new item: forty random bits in a UUID of version 8, as everywhere. */
export function freshKey(): string {
  const bytes = new Uint8Array(16);
  bytes.set(crypto.getRandomValues(new Uint8Array(5)), 11);
  bytes[6] = 0x80;
  bytes[8] = 0x80;
  return uuidText(bytes);
}
