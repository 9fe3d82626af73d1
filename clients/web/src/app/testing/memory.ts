/**
 * A replica in memory, for component tests and the gallery of screens only: it keeps what is captured and answers as the
 * real one does, but knows no server, no rules and no merge.
 */
import {
  type Credit,
  type Brief,
  type DueAccount,
  type Linked,
  type Month,
  type PlannedDay,
  type PlanWish,
  ReplicaError,
  type Edit,
  type Fields,
  type Identity,
  type Item,
  type Json,
  type KeptAside,
  type ListQuery,
  type Handover,
  type Notice,
  type Offer,
  type Practised,
  type Page,
  type Price,
  type RecordView,
  type Reference,
  type ReplicaClient,
  type ReplicaEvent,
  type RunView,
  type Reapplied,
  type Saved,
  type Status,
  type Storage,
  type Summary,
  type Template,
  type ToPrice,
} from "@roadbook/replica";

import { worksOf } from "../work.ts";
import { GOODS, REP, sample, type Sample } from "./sample.ts";

const TITLES: Readonly<Record<string, string>> = {
  account: "name",
  contact: "name",
  task: "subject",
  visit: "subject",
  order: "reference",
  comment: "body",
};

type Writable = Record<string, Json>;

/** It knows no server, so nobody published a process to it. */
const NO_PROCESS = new ReplicaError("unknown_process", "No process was published.");

export class MemoryReplica implements ReplicaClient {
  readonly #records = new Map<string, RecordView>();
  readonly #before = new Map<number, RecordView | null>();
  readonly #listeners = new Set<(event: ReplicaEvent) => void>();
  readonly #drafts = new Map<string, { value: Json; changed: number }>();
  readonly #sample: Sample;
  #identity: Identity | null;
  #number = 100;
  #persisted = false;

  constructor(
    readonly now: number,
    enrolled = true,
  ) {
    this.#sample = sample(now);
    for (const record of this.#sample.records) this.#records.set(record.record, this.#shown(record));
    this.#identity = enrolled ? identity : null;
  }

  identity(): Promise<Identity | null> {
    return Promise.resolve(this.#identity);
  }
  enrol(code: string): Promise<Identity> {
    if (code.length < 4)
      return Promise.reject(new ReplicaError("code_unknown", "This code is not known. Ask for a new one."));
    this.#identity = identity;
    return Promise.resolve(identity);
  }
  status(): Promise<Status> {
    return Promise.resolve({
      waiting: this.#sample.waiting.length,
      waitingRecords: worksOf(this.#sample.waiting).length,
      oldestAgeSeconds: 7200,
      held: this.#sample.tray.length,
      reappliable: 1,
      refused: 0,
      notices: this.#sample.notices.length,
      handovers: this.#sample.handovers.length,
      contested: this.#contested().length,
      lastContact: this.now - 7_200_000,
      signInDue: false,
      leaving: false,
      draining: [],
      records: this.#records.size,
      cursor: 1,
      openFills: 0,
      connection: "offline",
      problem: null,
    });
  }
  subscribe(listener: (event: ReplicaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(query: ListQuery): Promise<Page> {
    const records = [...this.#records.values()].filter(
      (record) =>
        record.kind === query.kind &&
        (query.account === undefined || record.account === query.account) &&
        (query.state === undefined || record.state === query.state) &&
        (query.mine === undefined || ((record.fields["assignee_id"] ?? REP) === REP) === query.mine) &&
        (query.from === undefined || record.at >= query.from) &&
        (query.to === undefined || record.at < query.to),
    );
    records.sort((a, b) =>
      query.order === "title" ? a.title.localeCompare(b.title) : query.order === "due" ? a.at - b.at : b.at - a.at,
    );
    return Promise.resolve({ records: records.slice(0, query.limit ?? 100), after: null });
  }
  search(text: string, kind?: string, limit = 20): Promise<readonly Summary[]> {
    const words = plain(text).split(/\s+/).filter(Boolean);
    const found = [...this.#records.values()].filter((record) => {
      const parts = plain(JSON.stringify(Object.values(record.fields))).split(/[^\p{L}\p{N}]+/u);
      const fits = words.every((word) => parts.some((part) => part.startsWith(word)));
      return words.length > 0 && fits && (kind === undefined || record.kind === kind);
    });
    return Promise.resolve(found.slice(0, limit));
  }
  record(id: string): Promise<RecordView | null> {
    return Promise.resolve(this.#records.get(id) ?? null);
  }
  timeline(account: string, limit = 50): Promise<readonly Summary[]> {
    const all = [...this.#records.values()].filter((record) => record.account === account && record.kind !== "account");
    return Promise.resolve(all.sort((a, b) => b.at - a.at).slice(0, limit));
  }
  linked(account: string): Promise<Linked> {
    const all = [...this.#records.values()];
    const naming = (field: string): RecordView[] => all.filter(({ fields }) => fields[field] === account);
    return Promise.resolve({ outlets: naming("parent_id"), referred: naming("referred_by_id") });
  }
  contested(): Promise<readonly Summary[]> {
    return Promise.resolve(this.#contested());
  }
  #contested(): RecordView[] {
    return [...this.#records.values()].filter(({ conflicts, writable }) => conflicts.length > 0 && writable);
  }
  /** It knows no cadences: nobody is due, and the plan is what is planned. */
  due(): Promise<readonly DueAccount[]> {
    return Promise.resolve([]);
  }
  plan(wish: Partial<PlanWish>): Promise<PlannedDay> {
    const day = new Date(this.now).toISOString().slice(0, 10);
    const planned = [...this.#records.values()].filter(({ kind, state }) => kind === "visit" && state === "planned");
    const apart = planned.map(({ record, account, at }) => {
      const { title = "", subtitle = "" } = this.#records.get(account) ?? {};
      const stop = { key: record, account, visit: record, starts_ms: at, leg_m: 0, due: null };
      return { ...stop, title, subtitle, place: null };
    });
    const { start = null } = wish;
    return Promise.resolve({ day, start, stops: [], length_m: 0, shortest_m: 0, apart, left_over: 0 });
  }
  month(period: string, offsetMinutes: number): Promise<Month> {
    const none = {
      visits_made: 0,
      visits_planned: 0,
      planned_made: 0,
      planned_missed: 0,
      accounts_visited: 0,
      turnover: [],
      promises_due: 0,
      promises_kept: 0,
      promises_late: 0,
      promises_broken: 0,
    };
    const days = { period, first: `${period}-01`, last: `${period}-28`, offset_minutes: offsetMinutes };
    return Promise.resolve({ ...days, person: identity.person, record: none, waiting: none, held: none, goals: [] });
  }
  async brief(account: string): Promise<Brief | null> {
    const found = await this.record(account);
    if (found === null) return null;
    const sources = [{ record: { id: account, kind: "account", fields: [["name"]] } }];
    const text = `${found.title} is a customer.`;
    const identity = {
      fact: "identity",
      name: found.title,
      external_id: null,
      account_type: "customer",
      segment: null,
    } as const;
    const topics = ["customer", "contacts", "promises", "visits", "orders", "habits", "warnings"] as const;
    const sections = topics.map((section) => ({
      section,
      statements: section === "customer" ? [{ ...identity, sources, source_count: 1, text }] : [],
      left_out: 0,
    }));
    return { account, name: found.title, day: new Date(this.now).toISOString().slice(0, 10), sections };
  }
  accountsIn(box: {
    south: number;
    west: number;
    north: number;
    east: number;
  }): Promise<readonly (Summary & { readonly latitude: number; readonly longitude: number })[]> {
    const all = [...this.#records.values()].flatMap((record) => {
      const { latitude_microdeg: latitude, longitude_microdeg: longitude } = record.fields;
      return typeof latitude === "number" && typeof longitude === "number" ? [{ ...record, latitude, longitude }] : [];
    });
    return Promise.resolve(
      all.filter(
        ({ latitude, longitude }) =>
          latitude >= box.south && latitude <= box.north && longitude >= box.west && longitude <= box.east,
      ),
    );
  }

  async reference(set: string, key: string): Promise<Reference | null> {
    return (await this.references(set)).find((reference) => reference.key === key) ?? null;
  }
  references(set: string): Promise<readonly Reference[]> {
    const all = GOODS.map(([sku, name, unit_price_minor, quantity_per_unit, units_in_stock]) => ({
      set,
      key: sku,
      value: { sku, name, unit_price_minor, quantity_per_unit, units_in_stock, currency: "USD", discontinued: false },
    }));
    return Promise.resolve(set === "products" ? all : []);
  }
  async findReference(set: string, text: string): Promise<readonly Reference[]> {
    return (await this.references(set)).filter((found) => plain(JSON.stringify(found.value)).includes(plain(text)));
  }

  credit(): Promise<Credit> {
    return Promise.resolve({ limit_minor: null, hold: false, open_minor: 0, currency: "USD" });
  }
  /** By list price and discount alone: this replica knows no rules. */
  price(_: string, wanted: ToPrice): Promise<Price> {
    const prices = new Map(GOODS.map(([sku, , minor]) => [sku, minor]));
    const lines = wanted.lines.map(({ key, sku, quantity, own_price_minor, discount_bp = 0 }) => {
      const list_unit_minor = prices.get(sku) ?? null;
      const before_minor = quantity * (own_price_minor ?? list_unit_minor ?? 0);
      const net_minor = Math.round((before_minor * (10_000 - discount_bp)) / 10_000);
      const list = { kind: "list", rule: "", why: "", before_minor: 0, after_minor: before_minor } as const;
      const off = { kind: "line_discount", rule: "", why: "", before_minor, after_minor: net_minor } as const;
      const steps = discount_bp === 0 ? [list] : [list, off];
      const amounts = { ruled_minor: before_minor, net_minor, tax_minor: 0, gross_minor: net_minor, tax: null };
      return { key, sku, quantity, list_unit_minor, steps, ...amounts };
    });
    const sum = lines.reduce((all, line) => all + line.net_minor, 0);
    const totals = { lines_net_minor: sum, freight_minor: 0, net_minor: sum, tax_minor: 0, gross_minor: sum };
    const granted = { line_discount_bp: 0, header_discount_bp: 0, total_discount_bp: 0, goodwill_minor: 0 };
    return Promise.resolve({
      order: wanted,
      priced: { lines, ...totals, taxes: [], problems: [], examined: 0 },
      judgement: { consent: "within", approver: null, reasons: [], ...granted, credit_left_minor: null },
      credit: {},
      names: { price_lists: {}, tiers: {}, promotions: {}, taxes: {} },
    });
  }

  practice(): Promise<readonly Practised[]> {
    return Promise.resolve([]);
  }
  practised(): Promise<void> {
    return Promise.resolve();
  }
  processes(): Promise<readonly Offer[]> {
    return Promise.resolve([]);
  }
  template(): Promise<Template | null> {
    return Promise.resolve(null);
  }
  runs(): Promise<readonly RunView[]> {
    return Promise.resolve([]);
  }
  run(): Promise<RunView | null> {
    return Promise.resolve(null);
  }
  startRun(): Promise<Saved> {
    return Promise.reject(NO_PROCESS);
  }
  answerStep(): Promise<Saved> {
    return Promise.reject(NO_PROCESS);
  }
  useResponse(): Promise<Saved> {
    return Promise.reject(NO_PROCESS);
  }
  endRun(): Promise<Saved> {
    return Promise.reject(NO_PROCESS);
  }

  create(kind: string, account: string, fields: Fields): Promise<Saved> {
    const record = crypto.randomUUID();
    const made: RecordView = {
      record,
      kind,
      account: kind === "account" ? record : account,
      title: "",
      subtitle: "",
      state: null,
      number: null,
      person: null,
      at: 0,
      changed: this.now,
      sync: "on_this_device",
      territory: null,
      fields,
      heads: [],
      derived: {},
      decision: null,
      conflicts: [],
      items: [],
      creator: REP,
      writable: true,
      capturable: true,
    };
    return this.#put(made, null);
  }
  newAccount(fields: Fields): Promise<Saved> {
    return this.create("account", "", fields);
  }
  territories(): Promise<readonly { readonly territory: string; readonly name: string }[]> {
    return Promise.resolve([{ territory: REP, name: "Berlin" }]);
  }
  async edit(id: string, edits: readonly Edit[]): Promise<Saved> {
    const before = await this.#known(id);
    const fields: Writable = structuredClone<Writable>(before.fields);
    for (const edit of edits) write(fields, edit);
    return this.#put({ ...before, fields, conflicts: [], sync: "on_this_device" }, before);
  }
  async correct(id: string, edits: readonly Edit[]): Promise<Saved[]> {
    return [await this.request("reopen", id), await this.edit(id, edits), await this.request("submit", id)];
  }
  async request(verb: string, id: string): Promise<Saved> {
    const before = await this.#known(id);
    const state = { submit: "submitted", cancel: "cancelled", reopen: "draft" }[verb] ?? verb;
    const decision = { verb, state, number: null, totalMinor: null, currency: null, text: null, review: null };
    return this.#put({ ...before, decision, sync: "on_this_device", writable: state === "draft" }, before);
  }
  undo(number: number): Promise<boolean> {
    const before = this.#before.get(number);
    if (before === undefined) return Promise.resolve(false);
    const made = this.#sample.waiting.findIndex((item) => item.number === number);
    const record = this.#sample.waiting[made]?.record ?? "";
    if (before === null) this.#records.delete(record);
    else this.#records.set(record, before);
    this.#sample.waiting.splice(made, 1);
    this.#tell([record]);
    return Promise.resolve(true);
  }

  outbox(): Promise<readonly Item[]> {
    return Promise.resolve(this.#sample.waiting);
  }
  heldTray(): Promise<readonly Item[]> {
    return Promise.resolve(this.#sample.tray);
  }
  reapply(number: number): Promise<Reapplied> {
    return this.discardHeld(number).then(() => ({ record: "", number: 0, overruled: [] }));
  }
  discardHeld(number: number): Promise<void> {
    const at = this.#sample.tray.findIndex((item) => item.number === number);
    this.#sample.tray.splice(at, 1);
    this.#tell([]);
    return Promise.resolve();
  }
  notices(): Promise<readonly Notice[]> {
    return Promise.resolve(this.#sample.notices);
  }
  dismissNotice(key: string): Promise<void> {
    const at = this.#sample.notices.findIndex((notice) => notice.key === key);
    this.#sample.notices.splice(at, 1);
    this.#tell([]);
    return Promise.resolve();
  }
  keepNotice(notice: Notice): Promise<void> {
    this.#sample.notices.push(notice);
    this.#tell([]);
    return Promise.resolve();
  }
  handovers(): Promise<readonly Handover[]> {
    return Promise.resolve(this.#sample.handovers);
  }
  dismissHandovers(leases: readonly string[]): Promise<void> {
    this.#sample.handovers = this.#sample.handovers.filter(({ lease }) => !leases.includes(lease));
    this.#tell([]);
    return Promise.resolve();
  }
  keepHandovers(handovers: readonly Handover[]): Promise<void> {
    this.#sample.handovers = [...this.#sample.handovers, ...handovers];
    this.#tell([]);
    return Promise.resolve();
  }
  arrived(): Promise<readonly Item[]> {
    return Promise.resolve([]);
  }
  keptAside(): Promise<readonly KeptAside[]> {
    return Promise.resolve([]);
  }
  syncNow(): Promise<Status> {
    return Promise.reject(new ReplicaError("offline", "The server can't be reached."));
  }

  signOut(): Promise<void> {
    return Promise.reject(new ReplicaError("unsent_work", "Not everything has reached the office."));
  }

  draft(key: string): Promise<Json> {
    return Promise.resolve(this.#drafts.get(key)?.value ?? null);
  }
  keepDraft(key: string, value: Json): Promise<void> {
    this.#drafts.set(key, { value, changed: this.now });
    return Promise.resolve();
  }
  dropDraft(key: string): Promise<void> {
    this.#drafts.delete(key);
    return Promise.resolve();
  }
  drafts(): Promise<readonly { readonly key: string; readonly value: Json; readonly changed: number }[]> {
    return Promise.resolve([...this.#drafts].map(([key, kept]) => ({ key, ...kept })));
  }
  storage(): Promise<Storage> {
    return Promise.resolve({ usedBytes: 18_000_000, quotaBytes: 6_000_000_000, persisted: this.#persisted });
  }
  persist(): Promise<boolean> {
    this.#persisted = true;
    return Promise.resolve(true);
  }
  rescueFile(passphrase: string): Promise<Blob> {
    return Promise.resolve(new Blob([passphrase]));
  }

  async #known(id: string): Promise<RecordView> {
    const found = await this.record(id);
    if (found === null) throw new ReplicaError("record_unknown", "This record is not on this device.");
    return found;
  }
  #put(record: RecordView, before: RecordView | null): Promise<Saved> {
    this.#number += 1;
    const number = this.#number;
    const shown = this.#shown(record);
    this.#records.set(record.record, shown);
    this.#before.set(number, before);
    this.#sample.waiting.push({
      number,
      what: before === null ? "create" : "edit",
      record: record.record,
      kind: record.kind,
      account: record.account,
      accountTitle: null,
      title: shown.title,
      captured: this.now,
      sync: "on_this_device",
      tray: false,
      reason: null,
      reapply: null,
      wrote: null,
    });
    this.#tell([record.record]);
    return Promise.resolve({ record: record.record, number });
  }
  #tell(records: readonly string[]): void {
    for (const listener of this.#listeners) listener({ type: "changed", records });
    void this.status().then((status) => {
      for (const listener of this.#listeners) listener({ type: "status", status });
    });
  }
  #shown(record: RecordView): RecordView {
    const { fields } = record;
    const say = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
    const moment = ["checked_in_at", "planned_start", "at"]
      .map((name) => fields[name])
      .find((at) => typeof at === "number");
    const day = Date.parse(say("due") || say("order_date"));
    return {
      ...record,
      title: say(TITLES[record.kind] ?? "") || record.kind.charAt(0).toUpperCase() + record.kind.slice(1),
      subtitle: [say("city"), say("due"), say("priority"), say("purpose"), say("outcome"), say("title")]
        .filter(Boolean)
        .join(" · "),
      state: record.decision?.state ?? (say("state") || say("status") || null),
      number: record.decision?.number ?? null,
      person: say("rep_id") || say("assignee_id") || record.creator,
      at: typeof moment === "number" ? moment : Number.isNaN(day) ? this.now : day,
    };
  }
}

const identity: Identity = {
  device: "01920000-0000-7000-8000-0000000000dd",
  deviceName: "My phone",
  person: REP,
  personName: "Nancy Davolio",
  role: "rep",
  server: "https://roadbook.example",
};

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function write(fields: Writable, edit: Edit): void {
  const path =
    "set" in edit
      ? edit.set.path
      : "text" in edit
        ? edit.text.path
        : "addItem" in edit
          ? edit.addItem.path
          : "remove" in edit
            ? edit.remove.path
            : edit.removeItem.path;
  const parents = "addItem" in edit ? path : path.slice(0, -1);
  const parent = parents.reduce<Writable>((at, name) => (at[name] ??= {}) as Writable, fields);
  const last = path.at(-1) ?? "";
  if ("addItem" in edit) parent[edit.addItem.item] = edit.addItem.fields;
  else if ("set" in edit) parent[last] = edit.set.value;
  else if ("text" in edit) parent[last] = edit.text.value;
  else Reflect.deleteProperty(parent, last);
}
