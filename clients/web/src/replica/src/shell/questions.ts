/** What screens ask: lists, search, one record in full, and how the device stands. */

import { brief } from "../brief/brief.ts";
import { dossierOf } from "../brief/read.ts";
import type * as client from "../client.ts";
import { ReplicaError } from "../client.ts";
import * as content from "../engine/content.ts";
import { describe, reapplyOf, wordOfRecord } from "../engine/describe.ts";
import { accountLease } from "../engine/capture.ts";
import type { Key, Range, RecordRow, ViewRow } from "../engine/rows.ts";
import type { Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { orderTotals } from "../model/money.ts";
import { mayCreate } from "../model/right.ts";
import { wordsOf } from "../model/shown.ts";
import type { Fields } from "../model/value.ts";
import type { Review } from "../wire/frames.gen.ts";
import type { Keeper } from "./keeper.ts";
import { fromAll, nearest } from "./places.ts";
import { PlanQuestions } from "./plan.ts";
import { bare, bareRecord, isDrafted, isNamed, isUnderway } from "./shut.ts";

const LIMIT = 50;
/** The last of all texts, to bound a look along an index. */
const LAST = "\uffff";
const SEARCH_KEYS_MAX = 20_000;

/** Whose it is, by the same rule as in the figures. */
function personOf({ plan }: ViewRow): string | null {
  switch (plan?.is) {
    case "visit":
      return plan.visit.person;
    case "order":
      return plan.order.person;
    case "task":
      return plan.task.person;
    default:
      return null;
  }
}

const summary = (tx: Tx, view: ViewRow): client.Summary => ({
  record: view.record,
  kind: view.kind,
  account: view.account,
  title: view.title,
  subtitle: view.subtitle,
  state: view.state,
  number: view.number ?? null,
  person: personOf(view),
  at: view.at_ms,
  changed: view.changed_ms,
  sync: wordOfRecord(tx, view.record),
});

/** A look along an index of views, in which order, and where a row stands in it. */
interface Way {
  readonly index: string;
  readonly prefix: readonly string[];
  readonly place: (view: ViewRow) => string | number;
  readonly isDescending: boolean;
}

export class Questions {
  readonly plan: PlanQuestions;

  constructor(readonly keeper: Keeper) {
    this.plan = new PlanQuestions(keeper, () => this.#open());
  }

  /** Whoever shows records asks this first; captures do not (rule H7). */
  #open(): Tx {
    if (this.#isShut()) throw this.#signInDue();
    return this.keeper.look();
  }

  /** Whether nothing is shown but what capture needs. */
  #isShut(): boolean {
    return isSignInDue(this.keeper.look(), this.keeper.platform.now());
  }

  #signInDue(): ReplicaError {
    const { offline_days: days } = this.keeper.look().device;
    const text = `the server was out of reach for more than ${days} days; sync to open what is on this device`;
    return new ReplicaError("sign_in_due", text);
  }

  async list(query: client.ListQuery): Promise<client.Page> {
    const tx = this.keeper.look();
    const isShut = this.#isShut();
    const limit = query.limit ?? LIMIT;
    const way = wayOf(query);
    const after = query.after === undefined ? undefined : await this.keeper.memory.store.get("view", query.after);
    const records: client.Summary[] = [];
    const { person } = this.keeper.enrolled.enrolment;
    let range = rangeOf(way, query, after, limit);
    for (;;) {
      const views = await this.keeper.memory.store.along("view", way.index, range);
      for (const view of views.filter((view) => fits(view, query, person))) {
        if (!isShut) records.push(summary(tx, view));
        else if (isNamed(view.kind)) records.push(bare(summary(tx, view)));
        else if (isUnderway(tx, view)) records.push(summary(tx, view));
      }
      const last = views.at(-1);
      if (last === undefined || views.length < limit || records.length >= limit) break;
      range = rangeOf(way, query, last, limit);
    }
    const page = records.slice(0, limit);
    return { records: page, after: page.length < limit ? null : (page.at(-1)?.record ?? null) };
  }

  /** Records that hold every word as a word or the beginning of one; titles that begin so come first. */
  async search(text: string, kind?: string, limit = LIMIT): Promise<client.Summary[]> {
    const tx = this.keeper.look();
    const isShut = this.#isShut();
    const { memory, search } = this.keeper;
    await search.load(memory.store);
    const views = await memory.store.many("view", search.find(text, kind, limit));
    const shown = views.filter((view) => view !== undefined && (!isShut || isNamed(view.kind))) as ViewRow[];
    return shown.map((view) => (isShut ? bare(summary(tx, view)) : summary(tx, view)));
  }

  /** The keys of what holds every word, the rarest word looked up first. */
  async #matching(words: readonly string[], prefix: string): Promise<Key[]> {
    let found: Map<string, Key> | null = null;
    for (const word of [...words].sort((a, b) => b.length - a.length)) {
      const range = { from: prefix + word, to: prefix + word + LAST, limit: SEARCH_KEYS_MAX };
      const keys: Key[] = await this.keeper.memory.store.keysAlong("reference", "words", range);
      const known: Map<string, Key> | null = found;
      const next = new Map<string, Key>();
      for (const key of keys) {
        const name = String(key);
        if (known === null || known.has(name)) next.set(name, key);
      }
      found = next;
      if (found.size === 0) break;
    }
    return [...(found ?? new Map<string, Key>()).values()];
  }

  async timeline(account: string, limit = LIMIT): Promise<client.Summary[]> {
    const tx = this.#open();
    const range = { from: [account, -Number.MAX_VALUE], to: [account, Number.MAX_VALUE, LAST], isDescending: true };
    const rows = await this.keeper.memory.store.along("view", "account_at", { ...range, limit: limit + 100 });
    const shown = rows.filter(({ kind }) => kind !== "account" && kind !== "contact");
    return shown.slice(0, limit).map((view) => summary(tx, view));
  }

  async brief(account: string, at = this.keeper.platform.now()): Promise<client.Brief | null> {
    const tx = this.#open();
    await this.keeper.ready;
    const dossier = await dossierOf(tx, account, at);
    return dossier === null ? null : brief(dossier);
  }

  /** Accounts that name this one as what they belong to, or as who referred them; those that name a part of it, too. */
  async linked(account: string): Promise<client.Linked> {
    const tx = this.#open();
    const { accounts } = await this.keeper.planned();
    const known = [...accounts.values()].filter((one) => one.account !== account);
    const shown = async (which: "parent" | "referrer"): Promise<client.Summary[]> => {
      const named = new Set(known.flatMap((one) => one[which] ?? []));
      const parts = new Set([...named].filter((id) => content.rootOf(tx, id) === account));
      const ids = known.filter((one) => parts.has(one[which] ?? "")).map((one) => one.account);
      const views = await this.keeper.memory.store.many("view", ids);
      const rows = views.flatMap((view) => (view === undefined ? [] : [summary(tx, view)]));
      return rows.sort((a, b) => a.title.localeCompare(b.title));
    };
    return { outlets: await shown("parent"), referred: await shown("referrer") };
  }

  /** Records of which somebody has to choose between versions, and may. */
  async contested(): Promise<client.Summary[]> {
    const tx = this.#open();
    const views = await this.keeper.memory.store.many("view", await this.#choosable(tx));
    return views.flatMap((view) => (view === undefined ? [] : [summary(tx, view)]));
  }

  async #choosable(tx: Tx): Promise<string[]> {
    const contested = (await this.keeper.memory.store.keysAlong("view", "contested", {})) as string[];
    await tx.fetch(contested);
    const rows = await Promise.all(contested.map((id) => tx.record(id)));
    return rows.flatMap((row) => (row !== undefined && isWritable(tx, row) ? [row.id] : []));
  }

  async accountsIn(
    box: { south: number; west: number; north: number; east: number },
    limit = 1000,
    near?: { latitude: number; longitude: number },
  ): Promise<(client.Summary & { latitude: number; longitude: number })[]> {
    const tx = this.#open();
    const rows = await this.keeper.memory.store.along("view", "latitude", { from: box.south, to: box.north });
    const isInside = (longitude: number): boolean =>
      box.west <= box.east
        ? longitude >= box.west && longitude <= box.east
        : longitude >= box.west || longitude <= box.east;
    const found = rows.flatMap((view) => {
      const { latitude, longitude } = view;
      if (view.kind !== "account" || view.merged === true || latitude === undefined || longitude === undefined)
        return [];
      return isInside(longitude) ? [{ view, latitude, longitude }] : [];
    });
    const kept = near === undefined ? fromAll(found, limit) : nearest(found, near).slice(0, limit);
    return kept.map(({ view, latitude, longitude }) => ({ ...summary(tx, view), latitude, longitude }));
  }

  async record(id: string): Promise<client.RecordView | null> {
    const tx = this.keeper.look();
    const isShut = this.#isShut();
    await this.keeper.ready;
    let [view] = await this.keeper.memory.store.many("view", [id]);
    const row = await tx.record(id);
    const spec = row === undefined ? undefined : kindNamed(row.kind);
    if (view === undefined && spec !== undefined) {
      // Of a kind that is known only since the update that is being gone through: one record is worth the wait.
      await this.keeper.shown;
      [view] = await this.keeper.memory.store.many("view", [id]);
    }
    if (view === undefined || row === undefined || spec === undefined) return null;
    const isWhole = !isShut || isUnderway(tx, view) || isDrafted(await this.keeper.home.drafts(), id);
    if (!isWhole && !isNamed(row.kind)) throw this.#signInDue();
    const { fields, heads, conflicts } = await content.using(content.current(tx, row), (doc) => ({
      fields: document.hydrate(spec, doc),
      heads: document.headsOf(doc),
      conflicts: document.conflicts(spec, doc, content.actorsOf(tx.device, row)),
    }));
    const { decision } = row;
    const whole: client.RecordView = {
      ...summary(tx, view),
      territory: content.liesIn(tx, row.account),
      fields,
      heads,
      derived: row.kind === "order" ? derivedOf(fields) : {},
      decision: decision && {
        verb: decision.verb,
        state: decision.state,
        number: decision.number,
        totalMinor: decision.total_minor === null ? null : Number(decision.total_minor),
        currency: decision.currency,
        text: decision.text,
        review: decision.review && reviewOf(decision.review),
      },
      conflicts,
      items: await describe(tx, tx.itemsOf(id)),
      creator: row.creator,
      writable: isWritable(tx, row),
      capturable: isCapturable(tx, row.account),
    };
    return isWhole ? whole : bareRecord(whole);
  }

  async reference(set: string, key: string): Promise<client.Reference | null> {
    const row = await this.keeper.memory.store.get("reference", [set, key]);
    return row === undefined ? null : referenceOf(row);
  }

  async references(set: string, after = "", limit = LIMIT): Promise<client.Reference[]> {
    const range = { from: [set, after], to: [set, LAST], isAfter: true, limit };
    return (await this.keeper.memory.store.alongKey("reference", range)).map(referenceOf);
  }

  /** What holds every word, those first whose key is the text or begins with it. */
  async findReference(set: string, text: string, limit = LIMIT): Promise<client.Reference[]> {
    const wanted = text.trim().toLowerCase();
    const rankOf = (key: Key): number => {
      const name = String(Array.isArray(key) ? key[1] : key).toLowerCase();
      return name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2;
    };
    const keys = (await this.#matching(wordsOf(text), `${set} `)).sort((a, b) => rankOf(a) - rankOf(b));
    const rows = await this.keeper.memory.store.many("reference", keys.slice(0, limit));
    return rows.flatMap((row) => (row === undefined ? [] : [referenceOf(row)]));
  }

  /** Everything captured here that the record does not knowingly hold, in the order of capture, the tray left out. */
  outbox(): Promise<client.Item[]> {
    const tx = this.keeper.look();
    return describe(
      tx,
      tx.items().filter(({ tray }) => !tray),
    );
  }

  /** Nothing while records are closed: what came is of the past (rule H7). */
  arrived(): readonly client.Item[] {
    return this.#isShut() ? [] : (this.keeper.look().device.arrived ?? []);
  }

  async heldTray(): Promise<client.Item[]> {
    const tx = this.keeper.look();
    // What is in the tray is read from documents.
    if (tx.tray().length > 0) await this.keeper.ready;
    return await describe(tx, tx.tray());
  }

  notices(): client.Notice[] {
    return this.keeper
      .look()
      .notices()
      .map(({ key, number, fate, text, at_ms: at, item }) => ({ key, number, fate, text, at, item }));
  }

  async handovers(): Promise<client.Handover[]> {
    const rows = this.keeper.look().handovers();
    const views = await this.keeper.memory.store.many(
      "view",
      rows.map(({ account }) => account),
    );
    return rows.map(({ at_ms: at, ...row }, n) => ({
      ...row,
      title: row.gained ? (views[n]?.title ?? null) : row.title,
      at,
    }));
  }

  keptAside(): Promise<client.KeptAside[]> {
    const left = this.keeper.enrolled.asides.flatMap((aside) => aside.left);
    const shown = left.map(async ({ record, code }) => {
      const view = record === null ? undefined : await this.keeper.memory.store.get("view", record);
      return { record, code, kind: view?.kind ?? null, title: view?.title ?? null, account: view?.account ?? null };
    });
    return Promise.all(shown);
  }

  async territories(): Promise<{ territory: string; name: string }[]> {
    const tx = this.keeper.look();
    const held = tx.leasesIn("open").flatMap(({ subject }) => ("territory" in subject ? [subject.territory] : []));
    const named = [...new Set(held)].map(async (territory) => {
      const value = (await this.reference("territories", territory))?.value;
      const name = typeof value === "object" && value !== null && "name" in value ? value["name"] : null;
      return { territory, name: typeof name === "string" ? name : "" };
    });
    return await Promise.all(named);
  }

  async status(sync: {
    connection: client.Status["connection"];
    problem: client.Problem | null;
  }): Promise<client.Status> {
    const tx = this.keeper.look();
    const { device } = tx;
    const now = this.keeper.platform.now();
    // A lease's close is the device's own affair: people wait for what they captured.
    const waiting = tx.waiting().filter(({ tray, record }) => !tray && record !== null);
    const oldest = waiting.reduce<number | null>((first, item) => Math.min(first ?? now, item.captured_ms), null);
    const tray = tx.tray();
    const refused = tray.filter(({ receipt }) => receipt !== null && "refused" in receipt.outcome).length;
    if (tray.length > 0) await this.keeper.ready;
    const reapply = await Promise.all(tray.map((item) => reapplyOf(tx, item)));
    return {
      waiting: waiting.length,
      waitingRecords: new Set(waiting.map(({ record }) => record)).size,
      oldestAgeSeconds: oldest === null ? null : Math.max(0, Math.floor((now - oldest) / 1000)),
      held: tray.length - refused,
      reappliable: reapply.filter((code) => code === "now").length,
      refused,
      notices: tx.notices().length,
      handovers: tx.handovers().length,
      contested: (await this.#choosable(tx)).length,
      lastContact: device.contact_ms > 0 ? device.contact_ms : null,
      signInDue: isSignInDue(tx, now),
      leaving: device.leaving !== "no",
      draining: [...tx.leasesIn("frozen"), ...tx.leasesIn("closing")].flatMap(({ lease, subject, note }) =>
        "account" in subject ? [{ lease, account: subject.account, note }] : [],
      ),
      records: await this.keeper.memory.countRecords(),
      cursor: Number(device.cursor.position),
      openFills: tx.fills().length,
      ...sync,
    };
  }
}

function isSignInDue(tx: Tx, nowMs: number): boolean {
  const { contact_ms: contact, offline_days: days } = tx.device;
  // Before the first contact there is nothing on the device to protect.
  return contact > 0 && nowMs - contact > Math.max(days, 1) * 86_400_000;
}

function wayOf(query: client.ListQuery): Way {
  const { kind, account } = query;
  const isBounded = query.from !== undefined || query.to !== undefined;
  const at = (isDescending: boolean): Way => ({
    index: "kind_at",
    prefix: [kind],
    place: (view) => view.at_ms,
    isDescending,
  });
  if (query.order === "due") return at(false);
  if (isBounded && query.order !== "title") return at(true);
  if (query.order === "recent") {
    return { index: "kind_changed", prefix: [kind], place: (view) => view.changed_ms, isDescending: true };
  }
  const place = (view: ViewRow): string => view.sort;
  if (account !== undefined) {
    return { index: "account_kind_sort", prefix: [account, kind], place, isDescending: false };
  }
  return { index: "kind_sort", prefix: [kind], place, isDescending: false };
}

function rangeOf(way: Way, query: client.ListQuery, after: ViewRow | undefined, limit: number): Range {
  const isAt = way.index === "kind_at";
  let from: Key = [...way.prefix, ...(isAt && query.from !== undefined ? [query.from] : [])];
  let to: Key = [...way.prefix, ...(isAt && query.to !== undefined ? [query.to, LAST] : [LAST, LAST])];
  if (after !== undefined) {
    const place = [...way.prefix, way.place(after), after.record];
    if (way.isDescending) to = place;
    else from = place;
  }
  return { from, to, isAfter: after !== undefined, isDescending: way.isDescending, limit };
}

const fits = (view: ViewRow, { account, state, from, to, mine }: client.ListQuery, person: string): boolean =>
  view.merged !== true &&
  (account === undefined || view.account === account) &&
  (state === undefined || view.state === state) &&
  (mine === undefined || (personOf(view) === person) === mine) &&
  (from === undefined || view.at_ms >= from) &&
  (to === undefined || view.at_ms <= to);

const referenceOf = ({ set, key, json }: { set: string; key: string; json: string }): client.Reference => {
  try {
    return { set, key, value: JSON.parse(json) as client.Json };
  } catch {
    return { set, key, value: null };
  }
};

const reviewOf = (review: Review): client.Review => ({
  capturedMinor: Number(review.captured_minor),
  capturedTaxMinor: review.captured_tax_minor === null ? null : Number(review.captured_tax_minor),
  pricedMinor: Number(review.priced_minor),
  pricedTaxMinor: Number(review.priced_tax_minor),
  differs: review.differs,
  reasons: review.reasons,
  approver: review.approver,
});

function derivedOf(fields: Fields): Fields {
  const { total_minor: total, lines } = orderTotals(fields);
  const each = Object.entries(lines).map(([id, minor]) => [id, { total_minor: minor }] as const);
  return { total_minor: total, lines: Object.fromEntries(each) };
}

function isWritable(tx: Tx, row: RecordRow): boolean {
  if (content.whyClosed(tx, row) !== null) return false;
  if (!mayCreate(tx.device.role, content.specOf(row))) return false;
  if (row.kind === "account" && content.rootOf(tx, row.account) !== row.account) return false;
  return isCapturable(tx, row.account);
}

function isCapturable(tx: Tx, account: string): boolean {
  if (tx.device.leaving !== "no") return false;
  try {
    accountLease(tx, account);
    return true;
  } catch (error) {
    if (error instanceof ReplicaError) return false;
    throw error;
  }
}
