/**
 * Holds a device's home and its live store, and lets one transaction at a time into it. What a transaction wrote is durable
 * when it is over; whoever listens hears of it then.
 */

import { ReplicaError } from "../client.ts";
import { Damaged, letGo } from "../engine/content.ts";
import { Mended } from "../engine/error.ts";
import * as kinds from "../engine/kinds.ts";
import type { DeviceRow } from "../engine/rows.ts";
import { Memory, Tx } from "../engine/tx.ts";
import { startAutomerge } from "../model/automerge.ts";
import type { Aside, Enrolment, Home, HomeRow } from "../store/home.ts";
import { fromHex, isSame } from "../wire/bytes.ts";
import { LIMITS } from "../wire/codec.ts";
import type { NewGeneration } from "../wire/frames.gen.ts";
import type { KeyPair } from "../wire/keys.ts";
import { PlanIndex } from "./plan-index.ts";
import type { Platform } from "./platform.ts";
import { SearchIndex } from "./search.ts";

/** The generation of a store that was begun without the server: it always gives another. */
const NOBODYS_GENERATION = 0;

/** So many list rows are read one by one at a cold start, before the index of words is packed anew. */
const PACK_AFTER = 500;

export type Change = (records: readonly string[]) => void;

export class Keeper {
  #row: HomeRow | null = null;
  #keys: KeyPair | null = null;
  #memory: Memory | null = null;
  #search = new SearchIndex();
  #planIndex = new PlanIndex();
  #queue: Promise<unknown> = Promise.resolve();
  /** Resolves once everything is shown that this version knows and the one before did not. */
  shown: Promise<void> = Promise.resolve();
  /** How often something damaged was let go of, and how often of that the server has compared digests since (rule D2). */
  letGo = 0;
  compared = 0;

  private constructor(
    readonly platform: Platform,
    readonly home: Home,
    readonly changed: Change,
    /** Whoever looks into a document waits for this. */
    readonly ready: Promise<void>,
  ) {}

  static async open(platform: Platform, changed: Change): Promise<Keeper> {
    // Lists and search need no document: they do not wait for megabytes of WebAssembly.
    const ready = startAutomerge(platform.wasm);
    ready.catch(() => undefined);
    const keeper = new Keeper(platform, await platform.openHome(), changed, ready);
    keeper.#row = await keeper.home.read();
    keeper.#keys = await keeper.home.keys();
    if (keeper.#row !== null) await keeper.#openLive();
    return keeper;
  }

  get row(): HomeRow | null {
    return this.#row;
  }

  /** Whether something that was let go of is still to be brought. */
  get isHealDue(): boolean {
    return this.letGo > this.compared;
  }

  get enrolled(): HomeRow {
    if (this.#row === null) {
      throw new ReplicaError("not_enrolled", "this device is not enrolled; open the link that the office gave you");
    }
    return this.#row;
  }

  get keys(): KeyPair {
    if (this.#keys === null) throw new ReplicaError("not_enrolled", "this device has no key; enrol it anew");
    return this.#keys;
  }

  get memory(): Memory {
    if (this.#memory === null) throw new ReplicaError("not_enrolled", "this device is not enrolled");
    return this.#memory;
  }

  get search(): SearchIndex {
    return this.#search;
  }

  #hold(memory: Memory): void {
    this.#memory = memory;
    this.#search = new SearchIndex();
    this.#planIndex = new PlanIndex();
  }

  /** What the plan counts of all records: read once, then kept up with each transaction. */
  async planned(): Promise<PlanIndex> {
    if (!this.#planIndex.isLoaded) await this.alone(() => this.#planIndex.load(this.memory.store));
    return this.#planIndex;
  }

  /** Looks at the store, as the last transaction left it. */
  look(): Tx {
    return new Tx(this.memory);
  }

  /** One transaction, after those before it. It is kept when this returns, or nothing of it is. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.alone(() =>
      mending(
        () => this.#transact(work),
        (mend) => this.#transact(mend),
      ),
    );
  }

  /** For questions: looks at the store, and mends what it comes upon like a transaction does. */
  reading<T>(work: () => Promise<T>): Promise<T> {
    return mending(work, (mend) => this.transaction(mend));
  }

  async #transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    await this.ready;
    const tx = new Tx(this.memory);
    const result = await work(tx);
    await tx.commit();
    if (tx.isHealDue) this.letGo += 1;
    if (tx.isWiped) this.#search.clear();
    this.#search.follow(tx.views());
    if (tx.isWiped) this.#planIndex = new PlanIndex();
    this.#planIndex.follow(tx.views());
    const touched = tx.isWiped ? [] : tx.touched();
    if (touched.length > 0 || tx.isTold()) this.changed(touched);
    return result;
  }

  /** Makes the index of words, and packs it if enough changed since it was, so that the next start has it at once. */
  async readySearch(): Promise<void> {
    await this.#search.load(this.memory.store);
    const { unindexed } = this.memory;
    if (unindexed !== null && unindexed < PACK_AFTER) return;
    await this.alone(async () => {
      const packed = this.#search.pack();
      if (packed === null) return;
      const row = { table: "index", row: { name: "search", packed } } as const;
      await this.memory.store.commit({ clear: ["unindexed"], put: [row], remove: [] });
      this.memory.unindexed = 0;
    });
  }

  /** Does something while no transaction is open. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Begins a device: what it was before, if it was one, is set aside and carried over. */
  async enrol(server: string, enrolment: Enrolment, keys: KeyPair): Promise<void> {
    await this.alone(async () => {
      const before = this.#row;
      const live = this.#nextNumber();
      const memory = await Memory.read(await this.platform.openStore(live));
      await begin(memory, deviceRow(enrolment, enrolment.store_generation));
      const asides = before === null ? [] : [...before.asides, aside(before.live, "enrolled_anew")];
      await this.home.putKeys(keys);
      await this.#write({ server, enrolment, live, asides });
      this.#keys = keys;
      this.#memory?.store.close();
      this.#hold(memory);
    });
    this.changed([]);
  }

  /** Takes a new store generation: the store is set aside, and a fresh one starts where the server says (rule S3). */
  async renew(frame: NewGeneration): Promise<void> {
    await this.alone(async () => {
      const row = this.enrolled;
      const old = this.memory;
      if (old.device === undefined) throw new ReplicaError("store_failed", "the store belongs to no device");
      const fresh = renewed(old.device, frame);
      if (old.device.store_generation === NOBODYS_GENERATION) {
        // A store that only waited for its generation holds nothing yet.
        await begin(old, fresh);
        return;
      }
      const live = this.#nextNumber();
      const memory = await Memory.read(await this.platform.openStore(live));
      await begin(memory, fresh);
      await this.#write({ ...row, live, asides: [...row.asides, aside(row.live, "generation")] });
      old.store.close();
      this.#hold(memory);
    });
    this.changed([]);
  }

  /** Notes what became of a store that was set aside. */
  async settleAside(number: number, left: Aside["left"]): Promise<void> {
    const row = this.enrolled;
    const asides = row.asides.map((kept) => (kept.name === String(number) ? { ...kept, carried: true, left } : kept));
    await this.#write({ ...row, asides });
  }

  /** Removes what is left of a device that has wiped itself: stores, identity, and the key last. */
  async forget(): Promise<void> {
    await this.alone(async () => {
      const { live, asides } = this.enrolled;
      this.#memory?.store.close();
      // From here on it is nobody's: what is removed can't be read any more.
      this.#memory = null;
      this.#row = null;
      this.#keys = null;
      for (const number of [live, ...asides.map(({ name }) => Number(name))]) await this.platform.removeStore(number);
      await this.home.forget();
    });
  }

  close(): void {
    this.#memory?.store.close();
    this.home.close();
  }

  #nextNumber(): number {
    const row = this.#row;
    return row === null ? 1 : Math.max(row.live, ...row.asides.map(({ name }) => Number(name))) + 1;
  }

  async #write(row: HomeRow): Promise<void> {
    await this.home.write(row);
    this.#row = row;
  }

  /** Opens the live store. A damaged one is set aside, and a fresh one begun, which the next sync fills. */
  async #openLive(): Promise<void> {
    const row = this.enrolled;
    try {
      const memory = await Memory.read(await this.platform.openStore(row.live));
      if (memory.device !== undefined && !isSound(memory.device)) throw new Error("the device's own row is damaged");
      if (memory.device === undefined) await begin(memory, deviceRow(row.enrolment, NOBODYS_GENERATION));
      this.#hold(memory);
      this.#showAnew(memory);
    } catch (error) {
      if (error instanceof ReplicaError && ["storage_full", "store_in_use"].includes(error.code)) throw error;
      const live = this.#nextNumber();
      const memory = await Memory.read(await this.platform.openStore(live));
      await begin(memory, deviceRow(row.enrolment, NOBODYS_GENERATION));
      await this.#write({ ...row, live, asides: [...row.asides, aside(row.live, "damaged")] });
      this.#hold(memory);
    }
  }

  /**
   * After an update: shows what the version before did not know. Lists do not wait for it, everything that is written does;
   * what a full disk refuses is tried again at the next start.
   */
  #showAnew({ device }: Memory): void {
    if (device === undefined || !kinds.isNewTo(device)) return;
    this.shown = this.transaction(kinds.showAnew).catch(() => undefined);
  }
}

/**
 * Does what may come upon a record that is damaged in the store. Then that is let go of, and whoever asked is refused: once it
 * has come anew, they can ask again.
 */
async function mending<T>(
  work: () => Promise<T>,
  transact: (mend: (tx: Tx) => Promise<void>) => Promise<void>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    await transact((tx) => letGo(tx, error.record));
    throw new Mended();
  }
}

const aside = (number: number, why: Aside["why"]): Aside => ({ name: String(number), why, carried: false, left: [] });

async function begin(memory: Memory, row: DeviceRow): Promise<void> {
  const tx = new Tx(memory);
  tx.startDevice(row);
  await tx.commit();
}

const isSound = (row: DeviceRow): boolean =>
  typeof row.last_number === "number" &&
  typeof row.digest === "bigint" &&
  row.nonce.length === 16 &&
  !isSame(row.server_key, new Uint8Array());

/** The row of a store that has read nothing yet. */
function deviceRow(enrolment: Enrolment, generation: number): DeviceRow {
  return {
    device: enrolment.device,
    person: enrolment.person,
    role: enrolment.role,
    server_key: fromHex(enrolment.server_key),
    digest_key: fromHex(enrolment.digest_key),
    store_generation: generation,
    epoch: fromHex(enrolment.epoch),
    nonce: fromHex(enrolment.nonce),
    cursor: { position: BigInt(enrolment.cursor.position), chain: fromHex(enrolment.cursor.chain) },
    receipt: { position: 0n, chain: new Uint8Array(16) },
    answered: null,
    last_number: 0,
    sent_number: 0,
    digest: 0n,
    contact_ms: 0,
    told: null,
    offline_days: LIMITS.OFFLINE_DAYS,
    leaving: "no",
    calls: [],
    kinds: kinds.KNOWN,
  };
}

/** The row of the fresh store that a new generation begins. It knows of no order to leave: the server gives it anew (W1). */
const renewed = (row: DeviceRow, frame: NewGeneration): DeviceRow => ({
  ...row,
  store_generation: frame.store_generation,
  nonce: frame.nonce,
  cursor: frame.cursor,
  receipt: frame.cursor,
  answered: null,
  last_number: 0,
  sent_number: 0,
  digest: 0n,
  leaving: "no",
  kinds: kinds.KNOWN,
});
