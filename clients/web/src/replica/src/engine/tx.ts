/**
 * One transaction on a device's store. Reads see what it wrote; nothing is kept before `commit`, and after it all of it is.
 *
 * Device, leases, items, fills, notices and handovers are few and stay in memory; records, views and reference data are read as needed. Only
 * one transaction is open at a time: the holder of the store sees to that.
 */

import type { Subject } from "../wire/frames.gen.ts";
import type {
  DeviceRow,
  FillRow,
  HandoverRow,
  ItemRow,
  Key,
  LeaseRow,
  LeaseState,
  NoticeRow,
  RecordRow,
  ReferenceRow,
  Store,
  TableName,
  Tables,
  ViewRow,
  Writes,
} from "./rows.ts";
import { subjectKey } from "./rows.ts";

/** Everything but the device's own row. */
const ALL = [
  "record",
  "view",
  "lease",
  "item",
  "fill",
  "reference",
  "notice",
  "handover",
  "index",
  "unindexed",
] as const;
/** More rows of lists than this, and the packed index of before is of no use: search reads them all then. */
const UNINDEXED_MAX = 5_000;

/** A table in memory, with groups of rows. */
class Table<K, V> {
  readonly rows = new Map<K, V>();
  readonly groups = new Map<string, Set<K>>();

  constructor(
    readonly keyOf: (row: V) => K,
    readonly groupsOf: (row: V) => readonly string[],
  ) {}

  put(row: V): void {
    const key = this.keyOf(row);
    this.delete(key);
    this.rows.set(key, row);
    for (const group of this.groupsOf(row)) {
      const keys = this.groups.get(group);
      if (keys === undefined) this.groups.set(group, new Set([key]));
      else keys.add(key);
    }
  }

  delete(key: K): void {
    const row = this.rows.get(key);
    if (row === undefined) return;
    this.rows.delete(key);
    for (const group of this.groupsOf(row)) {
      const keys = this.groups.get(group);
      keys?.delete(key);
      if (keys?.size === 0) this.groups.delete(group);
    }
  }

  clear(): void {
    this.rows.clear();
    this.groups.clear();
  }
}

/** What a transaction changes of a table. */
class Layer<K, V> {
  readonly changed = new Map<K, V | null>();
  isCleared = false;

  constructor(readonly base: Table<K, V>) {}

  get(key: K): V | undefined {
    const changed = this.changed.get(key);
    if (changed !== undefined) return changed ?? undefined;
    return this.isCleared ? undefined : this.base.rows.get(key);
  }

  put(row: V): void {
    this.changed.set(this.base.keyOf(row), row);
  }

  delete(key: K): void {
    this.changed.set(key, null);
  }

  clear(): void {
    this.isCleared = true;
    this.changed.clear();
  }

  group(group: string): V[] {
    const found: V[] = [];
    const keys = this.isCleared ? [] : (this.base.groups.get(group) ?? []);
    for (const key of keys) {
      const row = this.changed.has(key) ? undefined : this.base.rows.get(key);
      if (row !== undefined) found.push(row);
    }
    for (const row of this.changed.values()) {
      if (row !== null && this.base.groupsOf(row).includes(group)) found.push(row);
    }
    return found;
  }

  all(): V[] {
    const kept = this.isCleared ? [] : [...this.base.rows.entries()].filter(([key]) => !this.changed.has(key));
    return [...kept.map(([, row]) => row), ...[...this.changed.values()].filter((row) => row !== null)];
  }

  /** Makes the changes part of the table. */
  settle(): void {
    if (this.isCleared) this.base.clear();
    for (const [key, row] of this.changed) {
      if (row === null) this.base.delete(key);
      else this.base.put(row);
    }
  }
}

/** What of a store stays in memory. */
export class Memory {
  readonly leases = new Table<string, LeaseRow>(
    (row) => row.lease,
    (row) => [subjectKey(row.subject), `state ${row.state}`],
  );
  readonly items = new Table<number, ItemRow>(
    (row) => row.number,
    (row) => [
      ...(row.record === null ? [] : [`record ${row.record}`]),
      `lease ${row.lease}`,
      ...(row.receipt === null ? ["waiting"] : ["answered"]),
      ...(row.tray ? ["tray"] : []),
    ],
  );
  readonly fills = new Table<number, FillRow>(
    (row) => row.grant,
    () => [],
  );

  readonly notices = new Table<string, NoticeRow>(
    (row) => row.key,
    () => [],
  );

  readonly handovers = new Table<string, HandoverRow>(
    (row) => row.lease,
    () => [],
  );

  /** How many list rows changed since the index was packed; null if none is packed. */
  unindexed: number | null = null;

  /** How many records there are; null until somebody counted. A store counts each row, which takes its time. */
  #count: number | null = null;

  private constructor(
    readonly store: Store,
    public device: DeviceRow | undefined,
  ) {}

  async countRecords(): Promise<number> {
    this.#count ??= await this.store.count("record");
    return this.#count;
  }

  /** So many more or fewer; null if that is not known. */
  counted(change: number | null): void {
    this.#count = this.#count === null || change === null ? null : this.#count + change;
  }

  static async read(store: Store): Promise<Memory> {
    const [device] = await store.all("device");
    const memory = new Memory(store, device);
    for (const row of await store.all("lease")) memory.leases.put(row);
    for (const row of await store.all("item")) memory.items.put(row);
    for (const row of await store.all("fill")) memory.fills.put(row);
    for (const row of await store.all("notice")) memory.notices.put(row);
    for (const row of await store.all("handover")) memory.handovers.put(row);
    if ((await store.count("index")) > 0) memory.unindexed = await store.count("unindexed");
    return memory;
  }
}

const byNumber = (a: ItemRow, b: ItemRow): number => a.number - b.number;

export class Tx {
  readonly #leases;
  readonly #items;
  readonly #fills;
  readonly #notices;
  readonly #handovers;
  readonly #records = new Map<string, RecordRow | null>();
  readonly #known = new Map<string, RecordRow | undefined>();
  readonly #views = new Map<string, ViewRow | null>();
  readonly #references = new Map<string, { row: ReferenceRow | null; key: Key }>();
  #device: DeviceRow | undefined;
  #isWiped = false;

  constructor(readonly memory: Memory) {
    this.#leases = new Layer(memory.leases);
    this.#items = new Layer(memory.items);
    this.#fills = new Layer(memory.fills);
    this.#notices = new Layer(memory.notices);
    this.#handovers = new Layer(memory.handovers);
  }

  get #layers(): readonly { clear(): void; settle(): void }[] {
    return [this.#leases, this.#items, this.#fills, this.#notices, this.#handovers];
  }

  get device(): DeviceRow {
    const device = this.#device ?? this.memory.device;
    if (device === undefined) throw new Error("the store belongs to no device");
    return device;
  }

  putDevice(change: Partial<DeviceRow>): void {
    this.#device = { ...this.device, ...change };
  }

  /** The row of a store that has none yet. */
  startDevice(row: DeviceRow): void {
    this.#device = row;
  }

  /** Reads records ahead, all at once. */
  async fetch(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#known.has(id) && !this.#records.has(id));
    const rows = this.#isWiped ? [] : await this.memory.store.many("record", missing);
    for (const [n, id] of missing.entries()) this.#known.set(id, rows[n]);
  }

  async record(id: string): Promise<RecordRow | undefined> {
    const changed = this.#records.get(id);
    if (changed !== undefined) return changed ?? undefined;
    if (!this.#known.has(id)) await this.fetch([id]);
    return this.#known.get(id);
  }

  putRecord(row: RecordRow): void {
    this.#records.set(row.id, row);
  }

  /** Removes a record and its view. */
  deleteRecord(id: string): void {
    this.#records.set(id, null);
    this.#views.set(id, null);
  }

  /** The records of an account, its own included. */
  async recordsOf(account: string): Promise<string[]> {
    const range = { from: account, to: account };
    const stored = this.#isWiped ? [] : await this.memory.store.keysAlong("record", "account", range);
    const ids = new Set(stored as string[]);
    for (const [id, row] of this.#records) {
      if (row === null) ids.delete(id);
      else if (row.account === account) ids.add(id);
    }
    return [...ids].sort();
  }

  /** The accepted records of an account with their digests. */
  async recordDigests(account: string): Promise<{ record: string; digest: bigint }[]> {
    const ids = await this.recordsOf(account);
    await this.fetch(ids);
    const found: { record: string; digest: bigint }[] = [];
    for (const id of ids) {
      const row = await this.record(id);
      if (row !== undefined && row.digest !== 0n) found.push({ record: id, digest: row.digest });
    }
    return found;
  }

  /** Every record, by id, as it was when this began. */
  async *storedRecords(): AsyncGenerator<RecordRow> {
    const limit = 1000;
    for (let from = ""; ;) {
      const rows = await this.memory.store.alongKey("record", { from, isAfter: true, limit });
      yield* rows;
      const last = rows.at(-1);
      if (rows.length < limit || last === undefined) return;
      from = last.id;
    }
  }

  /** Sum of record digests for each account that has records, in the order of accounts. */
  async accountDigests(): Promise<{ account: string; digest: bigint }[]> {
    const sums = new Map<string, bigint>();
    const add = (row: RecordRow): void => {
      sums.set(row.account, BigInt.asUintN(64, (sums.get(row.account) ?? 0n) + row.digest));
    };
    for await (const row of this.storedRecords()) if (!this.#records.has(row.id)) add(row);
    for (const row of this.#records.values()) if (row !== null) add(row);
    return [...sums].map(([account, digest]) => ({ account, digest })).sort((a, b) => (a.account < b.account ? -1 : 1));
  }

  putView(row: ViewRow): void {
    this.#views.set(row.record, row);
  }

  deleteView(id: string): void {
    this.#views.set(id, null);
  }

  lease(id: string): LeaseRow | undefined {
    return this.#leases.get(id);
  }

  putLease(row: LeaseRow): void {
    this.#leases.put(row);
  }

  deleteLease(id: string): void {
    this.#leases.delete(id);
  }

  /** The leases on a subject, newest id first. */
  leasesOn(subject: Subject): LeaseRow[] {
    return this.#leases.group(subjectKey(subject)).sort((a, b) => (a.lease < b.lease ? 1 : -1));
  }

  leasesIn(state: LeaseState): LeaseRow[] {
    return this.#leases.group(`state ${state}`);
  }

  item(number: number): ItemRow | undefined {
    return this.#items.get(number);
  }

  putItem(row: ItemRow): void {
    this.#items.put(row);
  }

  deleteItem(number: number): void {
    this.#items.delete(number);
  }

  itemsOf(record: string): ItemRow[] {
    return this.#items.group(`record ${record}`).sort(byNumber);
  }

  itemsUnder(lease: string): ItemRow[] {
    return this.#items.group(`lease ${lease}`).sort(byNumber);
  }

  /** Items without a receipt, by number. */
  waiting(): ItemRow[] {
    return this.#items.group("waiting").sort(byNumber);
  }

  /** Items in the record whose receipt stands at or before a position, by number. */
  settled(position: bigint): ItemRow[] {
    const isSettled = ({ receipt }: ItemRow): boolean =>
      receipt !== null && "in_record" in receipt.outcome && receipt.position <= position;
    return this.#items.group("answered").filter(isSettled).sort(byNumber);
  }

  tray(): ItemRow[] {
    return this.#items.group("tray").sort(byNumber);
  }

  items(): ItemRow[] {
    return this.#items.all().sort(byNumber);
  }

  fills(): FillRow[] {
    return this.#fills.all().sort((a, b) => a.grant - b.grant);
  }

  putFill(row: FillRow): void {
    this.#fills.put(row);
  }

  deleteFill(grant: number): void {
    this.#fills.delete(grant);
  }

  notice(key: string): NoticeRow | undefined {
    return this.#notices.get(key);
  }

  /** What is still to be read, the oldest first. */
  notices(): NoticeRow[] {
    return this.#notices.all().sort((a, b) => a.at_ms - b.at_ms || a.number - b.number);
  }

  putNotice(row: NoticeRow): void {
    this.#notices.put(row);
  }

  deleteNotice(key: string): void {
    this.#notices.delete(key);
  }

  /** Notes on accounts that changed hands that are still to be read, the latest first. */
  handovers(): HandoverRow[] {
    return this.#handovers.all().sort((a, b) => b.at_ms - a.at_ms || (a.lease < b.lease ? -1 : 1));
  }

  putHandover(row: HandoverRow): void {
    this.#handovers.put(row);
  }

  deleteHandover(lease: string): void {
    this.#handovers.delete(lease);
  }

  putReference(row: ReferenceRow): void {
    this.#references.set(`${row.set}\0${row.key}`, { row, key: [row.set, row.key] });
  }

  deleteReference(set: string, key: string): void {
    this.#references.set(`${set}\0${key}`, { row: null, key: [set, key] });
  }

  /** Removes everything but the device's own row. */
  wipe(): void {
    this.#isWiped = true;
    for (const layer of this.#layers) layer.clear();
    for (const changed of [this.#records, this.#known, this.#views, this.#references]) changed.clear();
  }

  /** Whether it changes how much there is to do or to read, be it about no record. */
  isTold(): boolean {
    const told = [this.#items, this.#notices, this.#handovers];
    return this.#isWiped || told.some(({ changed }) => changed.size > 0);
  }

  /** The records whose content or standing this changes, for whoever shows them. */
  touched(): string[] {
    const ofItems = [...this.#items.changed.values()].map((row) => row?.record ?? null);
    return [...new Set([...this.#records.keys(), ...this.#views.keys(), ...ofItems.filter((id) => id !== null)])];
  }

  /** What this does to rows of lists. */
  views(): Iterable<readonly [string, ViewRow | null]> {
    return this.#views;
  }

  get isWiped(): boolean {
    return this.#isWiped;
  }

  /** Keeps all of it, durably. */
  async commit(): Promise<void> {
    const writes = this.#writes();
    if (writes.clear.length + writes.put.length + writes.remove.length > 0) await this.memory.store.commit(writes);
    this.memory.unindexed = this.#unindexed;
    if (this.#device !== undefined) this.memory.device = this.#device;
    this.memory.counted(this.#isWiped ? null : this.#countChange());
    for (const layer of this.#layers) layer.settle();
  }

  /** How many list rows the packed index does not know of after this; null if it is given up, or there is none. */
  get #unindexed(): number | null {
    const { unindexed } = this.memory;
    if (unindexed === null || this.#isWiped) return null;
    const after = unindexed + this.#views.size;
    return after > UNINDEXED_MAX ? null : after;
  }

  #countChange(): number | null {
    let change = 0;
    for (const [id, row] of this.#records) {
      if (!this.#known.has(id)) return null;
      change += (row === null ? 0 : 1) - (this.#known.get(id) === undefined ? 0 : 1);
    }
    return change;
  }

  #writes(): Writes {
    const put: Writes["put"][number][] = [];
    const remove: Writes["remove"][number][] = [];
    const add = <T extends TableName>(table: T, changed: Iterable<readonly [Key, Tables[T] | null]>): void => {
      for (const [key, row] of changed) {
        if (row === null) remove.push({ table, key });
        else put.push({ table, row } as Writes["put"][number]);
      }
    };
    if (this.#device !== undefined) put.push({ table: "device", row: this.#device });
    add("lease", this.#leases.changed);
    add("item", this.#items.changed);
    add("fill", this.#fills.changed);
    add("notice", this.#notices.changed);
    add("handover", this.#handovers.changed);
    add("record", this.#records);
    add("view", this.#views);
    for (const { row, key } of this.#references.values()) add("reference", [[key, row]]);
    if (this.#unindexed !== null)
      for (const record of this.#views.keys()) put.push({ table: "unindexed", row: { record } });
    const isGivenUp = this.memory.unindexed !== null && this.#unindexed === null;
    const clear = this.#isWiped ? ALL : isGivenUp ? (["index", "unindexed"] as const) : [];
    return { clear, put, remove };
  }
}
