/** Processes as screens ask for them: what is offered, a run in full, and what is captured in it. */

import type * as client from "../client.ts";
import { ReplicaError } from "../client.ts";
import * as capture from "../engine/capture.ts";
import * as engine from "../engine/process.ts";
import type { Tx } from "../engine/tx.ts";
import { endEdits } from "../model/process/follow.ts";
import { isFor, isSubject, offered, type Subject } from "../model/process/offer.ts";
import { readRun, type Run } from "../model/process/run.ts";
import { handOffId, reached } from "../model/process/tasks.ts";
import { DEPARTMENTS, keyOf, PROCESSES, readTemplate, type Template } from "../model/process/template.ts";
import { viewOf } from "../model/process/view.ts";
import { type Fields, isMap } from "../model/value.ts";
import type { Keeper } from "./keeper.ts";
import type { Questions } from "./questions.ts";

/** More versions, or departments, than any house has. */
const MANY = 2_000;

type Work = (tx: Tx, nowMs: number) => Promise<capture.Captured>;

export class Processes {
  constructor(
    readonly keeper: Keeper,
    readonly questions: Questions,
  ) {}

  async offers(about: string | null): Promise<client.Offer[]> {
    const subject = about === null ? null : (await this.#subject(about)).subject;
    const found = offered(await this.#templates());
    return found
      .filter((template) => subject === null || isFor(template, subject))
      .map(({ process, version, name, goal }) => ({ process, version, name, goal }));
  }

  /** A template, whole: as it is offered now, or in one version. */
  async template(process: string, version?: number): Promise<Template | null> {
    if (version !== undefined) return await this.#version(process, version);
    return offered(await this.#templates()).find((template) => template.process === process) ?? null;
  }

  /** Runs about a record, or at an account; those that go on first. */
  async runs(about: string): Promise<client.RunView[]> {
    const { account, subject } = await this.#subject(about);
    const page = await this.questions.list({ kind: "run", account, limit: MANY });
    const views = await Promise.all(page.records.map(({ record }) => this.run(record)));
    const isAll = subject.kind === "account";
    const found = views.filter((view): view is client.RunView => view !== null && (isAll || view.about === about));
    const place = ({ state }: client.RunView): number => (state === "running" ? 0 : 1);
    return found.sort((a, b) => place(a) - place(b) || b.started - a.started);
  }

  async run(id: string): Promise<client.RunView | null> {
    const record = await this.questions.record(id);
    if (record?.kind !== "run") return null;
    const run = readRun(record.fields);
    const template = await this.#version(run.process, run.version);
    if (template === null) return null;
    const about = record.fields["subject_id"];
    const { account, writable, sync } = record;
    return {
      ...viewOf(template, record.fields, this.keeper.platform.now()),
      run: id,
      account,
      about: typeof about === "string" ? about : null,
      handOffs: await this.#handOffs(id, template, run),
      writable,
      sync,
    };
  }

  async start(process: string, about: string): Promise<Work> {
    const { account, subject } = await this.#subject(about);
    const template = await this.template(process);
    if (template === null) throw unknownProcess(process);
    if (!isFor(template, subject)) {
      throw new ReplicaError("not_offered", `${template.name} is not offered for this ${subject.kind}`);
    }
    const kit = await this.#kit(template);
    return (tx, now) => engine.start(tx, now, kit, { record: about, account });
  }

  async answer(run: string, step: string, said: string | null): Promise<Work> {
    const kit = await this.#running(run);
    return (tx, now) => engine.answer(tx, now, kit, run, step, said);
  }

  async use(run: string, response: string, worked: string): Promise<Work> {
    const { template } = await this.#running(run);
    if (!template.responses.some(({ key }) => key === response)) {
      throw new ReplicaError("unknown_response", `${template.name} has no response called ${response}`);
    }
    return (tx, now) => {
      const value = { response, worked, at: now };
      return capture.edit(tx, now, run, [{ put: { path: ["responses", engine.freshKey()], value } }]);
    };
  }

  async end(run: string, isGivenUp: boolean): Promise<Work> {
    const view = await this.run(run);
    await this.#running(run);
    if (!isGivenUp && view?.isComplete !== true) {
      const text = "something that belongs to it is not answered or not put right yet; give it up if it cannot be";
      throw new ReplicaError("not_complete", text);
    }
    return (tx, now) => capture.edit(tx, now, run, endEdits(isGivenUp ? "abandoned" : "done", now));
  }

  /** What runs at an account have for a case that was just captured there. The case is what counts. */
  async followCase(tx: Tx, nowMs: number, account: string): Promise<void> {
    for (const { run, fields } of await engine.runningAt(tx, account)) {
      const template = await this.#templateOf(fields);
      if (template === null) continue;
      try {
        await engine.followRun(tx, nowMs, await this.#kit(template), run);
      } catch (error) {
        // The server begins what could not be begun here.
        if (!(error instanceof ReplicaError)) throw error;
      }
    }
  }

  /** Lets go of tasks that others made first. */
  dropRepeated(): Promise<void> {
    const isRepeated = this.keeper
      .look()
      .tray()
      .some(
        ({ receipt }) =>
          receipt !== null && "refused" in receipt.outcome && receipt.outcome.refused.code === "id_not_usable",
      );
    if (!isRepeated) return Promise.resolve();
    return this.keeper.transaction((tx) =>
      engine.dropRepeated(tx, this.keeper.platform.now(), (fields) => this.#templateOf(fields)),
    );
  }

  async #handOffs(id: string, template: Template, run: Run): Promise<client.HandOffView[]> {
    const now = reached(template, run);
    const views = template.hand_offs.map(async ({ key, department, subject }) => {
      const task = await this.questions.record(handOffId(id, key));
      const named = (await this.questions.reference(DEPARTMENTS, department))?.value ?? null;
      const name = isMap(named) && typeof named["name"] === "string" ? named["name"] : department;
      const due = now.find(({ handOff }) => handOff.key === key)?.due_ms ?? null;
      return { key, department: name, subject, task: task?.record ?? null, state: task?.state ?? null, due };
    });
    return await Promise.all(views);
  }

  async #running(run: string): Promise<engine.Kit> {
    const record = await this.questions.record(run);
    if (record?.kind !== "run") throw new ReplicaError("not_a_run", "this record is no run of a process");
    const { state, process } = readRun(record.fields);
    if (state !== "running") {
      throw new ReplicaError("not_running", `this run is ${state} and takes no more answers`);
    }
    const template = await this.#templateOf(record.fields);
    if (template === null) throw unknownProcess(process);
    return await this.#kit(template);
  }

  async #kit(template: Template): Promise<engine.Kit> {
    const rows = await this.questions.references(DEPARTMENTS, "", MANY);
    const departments = rows.flatMap(({ key, value }) =>
      isMap(value) && typeof value["id"] === "string" ? [[key, value["id"]] as const] : [],
    );
    return { template, departments: new Map(departments) };
  }

  #templateOf(fields: Fields): Promise<Template | null> {
    const { process, version } = readRun(fields);
    return this.#version(process, version);
  }

  async #version(process: string, version: number): Promise<Template | null> {
    const row = await this.questions.reference(PROCESSES, keyOf(process, version));
    return row === null ? null : readTemplate(row.value);
  }

  async #templates(): Promise<Template[]> {
    const rows = await this.questions.references(PROCESSES, "", MANY);
    return rows.flatMap(({ value }) => readTemplate(value) ?? []);
  }

  /** A record as a subject of a run, with its account. */
  async #subject(about: string): Promise<{ readonly account: string; readonly subject: Subject }> {
    const record = await this.questions.record(about);
    if (record === null || !isSubject(record.kind)) {
      throw new ReplicaError("unknown_record", "there is no such record on this device that a process could be about");
    }
    const profile = (await this.questions.record(record.account))?.fields ?? {};
    const word = (value: client.Json | undefined): string | null => (typeof value === "string" ? value : null);
    const { fields, decision, kind, account } = record;
    const state = decision?.state ?? word(fields["state"]);
    return { account, subject: { kind, segment: word(profile["segment"]), purpose: word(fields["purpose"]), state } };
  }
}

const unknownProcess = (process: string): ReplicaError =>
  new ReplicaError("unknown_process", `no process is called ${process} on this device; sync, or see which are offered`);
