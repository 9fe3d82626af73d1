/** For tests: a device in this process, without a network, on stores that can be made to fail. */

import "fake-indexeddb/auto";

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { LeaseRow, Store, Writes } from "../engine/rows.ts";
import { Memory, Tx } from "../engine/tx.ts";
import { Device } from "../shell/device.ts";
import type { Platform } from "../shell/platform.ts";
import { type Enrolment, type Home, type HomeRow, IdbHome } from "../store/home.ts";
import { IdbStore } from "../store/idb.ts";
import { type KeyPair, newKeyPair } from "../wire/keys.ts";

const wasm = readFileSync(createRequire(import.meta.url).resolve("@automerge/automerge/automerge.wasm"));

export const ACCOUNT = "01a1f7f9-1a60-71a1-a1a1-a1a1a1a1a1a1";
export const TERRITORY = "01a1c478-9800-7070-b070-707070707070";
export const TERRITORY_LEASE = "01a1f2d7-ee80-7e1e-9e1e-1e1e1e1e1e1e";

const ENROLMENT: Enrolment = {
  device: "01a1f2d1-d400-71d1-91d1-d1d1d1d1d1d1",
  person: "01a1c478-9800-7ebe-bebe-bebebebebebe",
  person_name: "Ana",
  role: "rep",
  server_key: "02".repeat(33),
  digest_key: "d9".repeat(16),
  epoch: "e0".repeat(16),
  nonce: "7e".repeat(16),
  store_generation: 1,
  cursor: { position: 0, chain: "00".repeat(16) },
};

let worlds = 0;

/** A place without a network: what it keeps outlives the devices that are opened in it. */
export class World {
  readonly #name = `world ${(worlds += 1)}`;
  now = 1_795_161_660_000;
  /** What a commit fails with, while it is set. */
  failure: Error | null = null;
  /** What the server answers to requests, while there is one. */
  answer: ((request: RequestInit) => Response | Promise<Response>) | null = null;
  /** How a store is removed. */
  removal = (): Promise<void> => Promise.resolve();
  /** Numbers of stores that do not open. */
  readonly damaged = new Set<number>();

  get platform(): Platform {
    return {
      client: "test",
      origin: "http://127.0.0.1:1",
      wasm,
      undoMs: 0,
      now: () => this.now,
      newKeys: newKeyPair,
      openHome: () => this.home(),
      openStore: (number) => this.store(number),
      removeStore: () => this.removal(),
      socket: () => {
        throw new Error("there is no network");
      },
      fetch: (_, request) => {
        const { answer } = this;
        return answer === null ? Promise.reject(new Error("there is no network")) : Promise.resolve(answer(request));
      },
      storage: () => Promise.resolve({ usedBytes: 0, quotaBytes: 0, persisted: false }),
      persist: () => Promise.resolve(false),
    };
  }

  home(): Promise<Home> {
    return IdbHome.open(`${this.#name} home`);
  }

  async store(number: number): Promise<Store> {
    if (this.damaged.has(number)) throw new Error("the store is damaged");
    const store = await IdbStore.open(`${this.#name} ${number}`);
    const commit = store.commit.bind(store);
    store.commit = (writes: Writes) => (this.failure === null ? commit(writes) : Promise.reject(this.failure));
    return store;
  }

  /** An enrolled device with leases on an account and a territory. */
  async device(): Promise<Device> {
    const home = await this.home();
    if ((await home.read()) === null) {
      const row: HomeRow = { server: "http://127.0.0.1:1", enrolment: ENROLMENT, live: 1, asides: [] };
      await home.write(row);
      await home.putKeys(await newKeyPair());
    }
    home.close();
    const device = await Device.open(this.platform);
    await device.transaction((tx) => {
      const lease = (id: string, subject: LeaseRow["subject"]): void => {
        tx.putLease({ lease: id, subject, state: "open", late: null, note: null });
      };
      // A store that knows no device yet waits for a generation from the server: here it has one.
      if (tx.device.store_generation === 0) tx.putDevice({ store_generation: 1 });
      lease("01a1f7f9-1a60-7f1f-9f1f-1f1f1f1f1f1f", { account: ACCOUNT });
      lease(TERRITORY_LEASE, { territory: TERRITORY });
      return Promise.resolve();
    });
    return device;
  }

  /** The key pair of the device. */
  async keys(): Promise<KeyPair> {
    const home = await this.home();
    const keys = await home.keys();
    home.close();
    if (keys === null) throw new Error("no device was enrolled");
    return keys;
  }

  /** What a store holds, read anew. */
  async read(number = 1): Promise<Tx> {
    return new Tx(await Memory.read(await this.store(number)));
  }
}
