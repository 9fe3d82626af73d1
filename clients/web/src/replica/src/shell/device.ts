/** A device, whole: what screens, tests and other programs work with. One of it holds the store; see `connect.ts` for tabs. */

import type * as client from "../client.ts";
import { ReplicaError } from "../client.ts";
import * as capture from "../engine/capture.ts";
import * as refusal from "../engine/error.ts";
import { note as notePractice, practisedOn } from "../engine/practice.ts";
import { discard, reapply } from "../engine/reapply.ts";
import type { Tx } from "../engine/tx.ts";
import type { EnrolAnswer, EnrolRequest } from "../generated/http.ts";
import { kindNamed, type KindRules } from "../model/model.ts";
import { parseFields, parseStep } from "../model/parse.ts";
import type { Fields, Step } from "../model/value.ts";
import { hex } from "../wire/bytes.ts";
import { compressedPoint } from "../wire/keys.ts";
import type { Method } from "./calls.ts";
import { Keeper } from "./keeper.ts";
import type { Platform } from "./platform.ts";
import { creditFor, priceFor } from "./prices.ts";
import { Processes } from "./processes.ts";
import { Questions } from "./questions.ts";
import { rescueFile } from "./rescue.ts";
import { offline, refused } from "./road.ts";
import { Sync } from "./sync.ts";

/** How many answers to captures are remembered. */
const CALLS_KEPT = 32;
/** After how long what changed is told, so that a flood is told as one. */
const TELL_MS = 50;
/** More records than this are told as "many". */
const TELL_MAX = 500;

export class Device implements client.ReplicaClient {
  readonly #listeners = new Set<(event: client.ReplicaEvent) => void>();
  readonly #changed = new Set<string>();
  #isFlood = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The name of the call that is being made. */
  #call: string | null = null;
  /** Over once nothing is left of a device that left. */
  #left: Promise<void> = Promise.resolve();
  #isClosed = false;
  #keeper!: Keeper;
  #questions!: Questions;
  #processes!: Processes;
  #sync!: Sync;

  private constructor(readonly platform: Platform) {}

  static async open(platform: Platform): Promise<Device> {
    const device = new Device(platform);
    device.#keeper = await Keeper.open(platform, (records) => {
      device.#note(records);
    });
    device.#questions = new Questions(device.#keeper);
    device.#processes = new Processes(device.#keeper, device.#questions);
    device.#sync = new Sync(
      device.#keeper,
      () => {
        device.#tell();
      },
      () => {
        device.#left = device.#finishLeaving();
      },
      () => {
        device.#readySearch();
      },
    );
    return device;
  }

  /** Stays connected from now on, if it is enrolled. */
  start(): void {
    if (this.#keeper.row === null) return;
    this.#sync.start();
    this.#readySearch();
  }

  /** Whoever searches waits for the index anyway, and hears what is wrong; that it is not packed costs a slower start. */
  #readySearch(): void {
    this.#keeper.readySearch().catch(() => undefined);
  }

  /** For tools beside the screens: works on the store as a capture does. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#keeper.transaction(work);
  }

  /** Ends the connection until the next `syncNow` or `start`. */
  pause(): Promise<void> {
    return this.#sync.stop();
  }

  /** The network came or went. */
  network(isThere: boolean): void {
    if (isThere) this.#sync.wake();
    else this.#sync.lost();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sync.stop();
    this.#keeper.close();
  }

  identity(): Promise<client.Identity | null> {
    const { row } = this.#keeper;
    if (row === null) return Promise.resolve(null);
    const { device, device_name: deviceName = null, person, person_name: personName, role } = row.enrolment;
    return Promise.resolve({ device, deviceName, person, personName, role, server: row.server });
  }

  async enrol(linkOrCode: string, deviceName: string): Promise<client.Identity> {
    const { server, code } = this.#whereTo(linkOrCode.trim());
    const { platform } = this;
    const before = this.#keeper.row;
    const keys =
      before === null ? ((await this.#keeper.home.keys()) ?? (await platform.newKeys())) : await platform.newKeys();
    // The key is kept before anything is asked: an answer that is lost can be asked for again with the same one.
    if (before === null) await this.#keeper.home.putKeys(keys);
    const enrolment = await this.#ask(server, {
      code,
      name: deviceName.trim(),
      public_key: hex(await compressedPoint(keys)),
    });
    if (before !== null && before.enrolment.person !== enrolment.person) {
      throw new ReplicaError(
        "another_person",
        `this device belongs to ${before.enrolment.person_name}; the code is for ${enrolment.person_name}`,
      );
    }
    await this.#sync.stop();
    await this.#keeper.enrol(server, { ...enrolment, device_name: deviceName.trim() }, keys);
    this.#sync.start();
    this.#tell();
    return (await this.identity()) as client.Identity;
  }

  #whereTo(linkOrCode: string): { server: string; code: string } {
    if (!linkOrCode.includes("://")) {
      if (this.platform.origin !== null) return { server: this.platform.origin, code: linkOrCode };
      throw new ReplicaError("wrong_code", "open the whole link that the office gave you, not only its code");
    }
    const url = URL.canParse(linkOrCode) ? new URL(linkOrCode) : null;
    const code = url === null ? null : new URLSearchParams(url.hash.slice(1)).get("code");
    if (url === null || code === null || !/^https?:$/.test(url.protocol)) {
      throw new ReplicaError("wrong_code", "this is no link for enrolling a device; ask the office for a new one");
    }
    return { server: url.origin, code };
  }

  async #ask(server: string, body: EnrolRequest): Promise<EnrolAnswer> {
    let response: Response;
    try {
      const headers = { "content-type": "application/json" };
      response = await this.platform.fetch(`${server}/v1/enrol`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
    } catch {
      throw offline("the server cannot be reached; enrolling a device needs a connection");
    }
    if (!response.ok) throw await refused(response);
    return (await response.json()) as EnrolAnswer;
  }

  status(): Promise<client.Status> {
    return this.#questions.status({ connection: this.#sync.connection, problem: this.#sync.problem });
  }

  subscribe(listener: (event: client.ReplicaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(query: client.ListQuery): Promise<client.Page> {
    return this.#questions.list(query);
  }

  search(text: string, kind?: string, limit?: number): Promise<readonly client.Summary[]> {
    return this.#questions.search(text, kind, limit);
  }

  record(id: string): Promise<client.RecordView | null> {
    return this.#keeper.reading(() => this.#questions.record(id));
  }

  timeline(account: string, limit?: number): Promise<readonly client.Summary[]> {
    return this.#questions.timeline(account, limit);
  }

  linked(account: string): Promise<client.Linked> {
    return this.#questions.linked(account);
  }

  contested(): Promise<client.Summary[]> {
    return this.#questions.contested();
  }

  due(offsetMinutes: number): Promise<client.DueAccount[]> {
    return this.#questions.plan.due(offsetMinutes);
  }

  plan(wish: Partial<client.PlanWish>, offsetMinutes: number): Promise<client.PlannedDay> {
    return this.#questions.plan.day(wish, offsetMinutes);
  }

  month(period: string, offsetMinutes: number): Promise<client.Month> {
    return this.#questions.plan.month(period, offsetMinutes);
  }

  brief(account: string, at?: number): Promise<client.Brief | null> {
    return this.#questions.brief(account, at);
  }

  accountsIn(
    box: { south: number; west: number; north: number; east: number },
    limit?: number,
    near?: { latitude: number; longitude: number },
  ): Promise<readonly (client.Summary & { readonly latitude: number; readonly longitude: number })[]> {
    return this.#questions.accountsIn(box, limit, near);
  }

  reference(set: string, key: string): Promise<client.Reference | null> {
    return this.#questions.reference(set, key);
  }

  references(set: string, after?: string, limit?: number): Promise<readonly client.Reference[]> {
    return this.#questions.references(set, after, limit);
  }

  findReference(set: string, text: string, limit?: number): Promise<readonly client.Reference[]> {
    return this.#questions.findReference(set, text, limit);
  }

  credit(account: string): Promise<client.Credit> {
    return this.#keeper.reading(() => creditFor(this.#keeper, account));
  }
  price(account: string, wanted: client.ToPrice): Promise<client.Price> {
    return this.#keeper.reading(() => priceFor(this.#keeper, account, wanted));
  }

  territories(): Promise<readonly { readonly territory: string; readonly name: string }[]> {
    return this.#questions.territories();
  }

  async create(kind: string, account: string, fields: Fields): Promise<client.Saved> {
    const parsed = parseFields(specNamed(kind), fields);
    return await this.#capture(async (tx, now) => {
      const made = await capture.create(tx, now, { kind, account, fields: parsed });
      if (kind === "case") await this.#processes.followCase(tx, now, account);
      return made;
    });
  }

  async newAccount(fields: Fields, territory?: string): Promise<client.Saved> {
    const parsed = parseFields(specNamed("account"), fields);
    const made = { kind: "account", account: null, territory, fields: parsed };
    return await this.#capture((tx, now) => capture.create(tx, now, made));
  }

  edit(record: string, edits: readonly client.Edit[], seen?: readonly string[]): Promise<client.Saved> {
    return this.#capture(async (tx, now) => {
      const row = await capture.openRecord(tx, record);
      const spec = specNamed(row.kind);
      return await capture.edit(
        tx,
        now,
        record,
        edits.map((edit) => stepOf(spec, edit)),
        seen,
      );
    });
  }

  correct(record: string, edits: readonly client.Edit[]): Promise<readonly client.Saved[]> {
    return this.#capture(async (tx, now) => {
      const spec = specNamed((await capture.openRecord(tx, record)).kind);
      const steps = edits.map((edit) => stepOf(spec, edit));
      return await capture.correct(tx, now, record, steps);
    });
  }

  request(verb: string, record: string): Promise<client.Saved> {
    return this.#capture((tx, now) => capture.request(tx, now, verb, record));
  }

  undo(number: number): Promise<boolean> {
    return this.#keeper.transaction((tx) => capture.undo(tx, number));
  }

  processes(about: string | null): Promise<readonly client.Offer[]> {
    return this.#keeper.reading(() => this.#processes.offers(about));
  }

  template(process: string, version?: number): Promise<client.Template | null> {
    return this.#processes.template(process, version);
  }

  runs(about: string): Promise<readonly client.RunView[]> {
    return this.#keeper.reading(() => this.#processes.runs(about));
  }

  run(id: string): Promise<client.RunView | null> {
    return this.#keeper.reading(() => this.#processes.run(id));
  }

  startRun(process: string, about: string): Promise<client.Saved> {
    return this.#carryOn(() => this.#processes.start(process, about));
  }

  answerStep(run: string, step: string, said: string | null): Promise<client.Saved> {
    return this.#carryOn(() => this.#processes.answer(run, step, said));
  }

  useResponse(run: string, response: string, worked: "yes" | "no" | "unknown"): Promise<client.Saved> {
    return this.#carryOn(() => this.#processes.use(run, response, worked));
  }

  endRun(run: string, isGivenUp: boolean): Promise<client.Saved> {
    return this.#carryOn(() => this.#processes.end(run, isGivenUp));
  }

  /** Captures in a run what was looked up for it first, under the name of the call that asked for it. */
  async #carryOn(look: () => Promise<(tx: Tx, nowMs: number) => Promise<client.Saved>>): Promise<client.Saved> {
    const name = this.#call;
    const known = this.#keeper.look().device.calls.find((call) => call.name === name);
    if (known !== undefined) return known.saved as client.Saved;
    return await this.#capture(await look(), name);
  }

  practice(): Promise<readonly client.Practised[]> {
    const known = practisedOn(this.#keeper.look().device);
    const told = known.map(({ last_ms, ...one }) => ({ ...one, last: Number(last_ms) }));
    return Promise.resolve(told);
  }

  async practised(process: string, version: number): Promise<void> {
    await this.#capture((tx, now) => {
      notePractice(tx, process, version, now);
      return Promise.resolve(null);
    });
  }

  outbox(): Promise<readonly client.Item[]> {
    return this.#questions.outbox();
  }

  arrived(): Promise<readonly client.Item[]> {
    return Promise.resolve(this.#questions.arrived());
  }

  heldTray(): Promise<readonly client.Item[]> {
    return this.#questions.heldTray();
  }

  reapply(number: number): Promise<client.Reapplied> {
    return this.#capture((tx, now) => reapply(tx, now, number));
  }

  async discardHeld(number: number): Promise<void> {
    await this.#capture((tx, now) => discard(tx, now, number));
  }

  notices(): Promise<readonly client.Notice[]> {
    return Promise.resolve(this.#questions.notices());
  }

  dismissNotice(key: string): Promise<void> {
    return this.#keeper.transaction((tx) => {
      tx.deleteNotice(key);
      return Promise.resolve();
    });
  }

  keepNotice({ at: at_ms, ...notice }: client.Notice): Promise<void> {
    return this.#keeper.transaction((tx) => {
      tx.putNotice({ ...notice, at_ms });
      return Promise.resolve();
    });
  }

  handovers(): Promise<readonly client.Handover[]> {
    return this.#questions.handovers();
  }

  dismissHandovers(leases: readonly string[]): Promise<void> {
    return this.#keeper.transaction((tx) => {
      for (const lease of leases) tx.deleteHandover(lease);
      return Promise.resolve();
    });
  }

  keepHandovers(handovers: readonly client.Handover[]): Promise<void> {
    return this.#keeper.transaction((tx) => {
      for (const { at: at_ms, ...row } of handovers) tx.putHandover({ ...row, at_ms });
      return Promise.resolve();
    });
  }

  keptAside(): Promise<readonly client.KeptAside[]> {
    return this.#questions.keptAside();
  }

  async syncNow(): Promise<client.Status> {
    await this.#sync.now();
    return await this.status();
  }

  async signOut(leaveUndecided = false): Promise<void> {
    try {
      await this.#sync.signOut(leaveUndecided ? "left" : "stops");
    } catch (error) {
      if (!(error instanceof ReplicaError)) throw error;
      if (error instanceof refusal.Wiped) {
        await this.#left;
        return;
      }
      const waiting = this.#keeper.look().waiting().length;
      throw waiting > 0 ? refusal.unsent(waiting) : error;
    }
    throw offline("the server does not answer; this device is still in use");
  }

  async draft(key: string): Promise<client.Json> {
    return (await this.#keeper.home.draft(key))?.value ?? null;
  }

  keepDraft(key: string, value: client.Json): Promise<void> {
    return this.#keeper.home.putDraft({ key, value, changed: this.platform.now() });
  }

  dropDraft(key: string): Promise<void> {
    return this.#keeper.home.removeDraft(key);
  }

  drafts(): Promise<readonly { readonly key: string; readonly value: client.Json; readonly changed: number }[]> {
    return this.#keeper.home.drafts();
  }

  storage(): Promise<client.Storage> {
    return this.platform.storage();
  }

  persist(): Promise<boolean> {
    return this.platform.persist();
  }

  rescueFile(passphrase: string): Promise<Blob> {
    return rescueFile(this.#keeper, passphrase);
  }

  /**
   * Makes a call that has a name. A capture keeps the name with what it saved: when it comes again, because whoever made it
   * heard no answer, it is answered as before and nothing is captured twice.
   */
  once(name: string, method: Method, args: readonly unknown[]): Promise<unknown> {
    this.#call = name;
    try {
      return (this[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    } finally {
      this.#call = null;
    }
  }

  async #capture<T>(work: (tx: Tx, nowMs: number) => Promise<T>, name = this.#call): Promise<T> {
    const saved = await this.#keeper.transaction(async (tx) => {
      const { calls } = tx.device;
      const known = calls.find((call) => call.name === name);
      if (known !== undefined) return known.saved as T;
      const made = await work(tx, this.platform.now());
      if (name !== null) tx.putDevice({ calls: [...calls.slice(1 - CALLS_KEPT), { name, saved: made }] });
      return made;
    });
    this.#sync.wake();
    return saved;
  }

  async #finishLeaving(): Promise<void> {
    await this.#keeper.forget();
    this.#emit({ type: "wiped" });
  }

  /** Records changed: told soon, together with what else changes until then. */
  #note(records: readonly string[]): void {
    if (records.length === 0 || this.#changed.size + records.length > TELL_MAX) this.#isFlood = true;
    else for (const record of records) this.#changed.add(record);
    this.#tell();
  }

  #tell(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#tellNow();
    }, TELL_MS);
  }

  async #tellNow(): Promise<void> {
    const [records, isFlood] = [[...this.#changed], this.#isFlood];
    this.#changed.clear();
    this.#isFlood = false;
    try {
      if (this.#keeper.row === null) return;
      // Only a hello brings back what was damaged: an open connection that is at rest ends for it.
      if (this.#keeper.isHealDue) this.#sync.wake();
      await this.#processes.dropRepeated();
      if (isFlood || records.length > 0) {
        this.#emit({ type: "changed", records: isFlood ? [] : records });
      }
      this.#emit({ type: "status", status: await this.status() });
    } catch (error) {
      // A device that has left or was closed meanwhile has nothing more to tell.
      if (this.#keeper.row !== null && !this.#isClosed) throw error;
    }
  }

  #emit(event: client.ReplicaEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function specNamed(kind: string): KindRules {
  const spec = kindNamed(kind);
  if (spec === undefined) throw new ReplicaError("unknown_kind", `there is no kind called ${kind}`);
  return spec;
}

function stepOf(spec: KindRules, edit: client.Edit): Step {
  if ("set" in edit) return parseStep(spec, edit.set.path, edit.set.value);
  if ("text" in edit) return parseStep(spec, edit.text.path, edit.text.value);
  if ("addItem" in edit) return parseStep(spec, [...edit.addItem.path, edit.addItem.item], edit.addItem.fields);
  if ("removeItem" in edit) return { remove: { path: edit.removeItem.path } };
  // What holds one value is cleared, an item of a collection removed.
  return edit.remove.path.length === 2 ? { remove: edit.remove } : { put: { path: edit.remove.path, value: null } };
}
