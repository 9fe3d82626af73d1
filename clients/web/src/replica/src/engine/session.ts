/**
 * One connection, from the device's side: frames in, frames out. The shell opens a transaction, calls, commits, and only
 * then sends.
 */

import { LIMITS, VERSION, writeItems } from "../wire/codec.ts";
import type * as wire from "../wire/frames.gen.ts";
import { adjusted, helloText, leaveText, pushText } from "../wire/proofs.ts";
import * as apply from "./apply.ts";
import { closeDrained } from "./drain.ts";
import * as refusal from "./error.ts";
import { GenerationEnded, SessionError, Wiped } from "./error.ts";
import * as leave from "./leave.ts";
import * as receipts from "./receipts.ts";
import type { ItemRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** Signs with the device's key, which never leaves its keeper. */
export type Signer = (text: Uint8Array) => Promise<Uint8Array>;

/** What the hello's proof binds the device to: scheme, host and port of the server, and the path. */
export interface Endpoint {
  readonly origin: string;
  readonly path: string;
}

/** What of the device a session needs, beside its rows. */
export interface Surroundings {
  readonly endpoint: Endpoint;
  readonly signer: Signer;
  readonly facts: wire.Facts | null;
  /** A store set aside holds work that no one else has: the device is not wiped. */
  readonly keeps: boolean;
  /** Whether what was captured at a moment still waits a little, so that its person can take it back. */
  readonly isHeldBack: (capturedMs: number) => boolean;
}

/** Bytes of items at which a push is closed. */
const PUSH_BYTES_TARGET = 512 * 1024;
/** Challenges after which a server is not believed any more. */
const CHALLENGES_MAX = 3;
const NO_SIGNATURE = new Uint8Array(64);

/** One connection's memory. What must survive it is in the rows. */
export class Session {
  #challenges = 0;
  #isWelcomed = false;
  #isCaughtUp = false;
  #isInFlight = false;
  #isHealing = false;
  /** Its person signs out, and the order to leave has not come yet. */
  #awaitsOrder = false;
  #sent = 0;
  readonly #facts: wire.Facts | null;

  constructor(
    readonly around: Surroundings,
    told: wire.Facts | null,
  ) {
    this.#facts = around.facts !== null && isNews(around.facts, told) ? around.facts : null;
  }

  /** The frame that begins it. */
  async hello(tx: Tx, nowMs: number): Promise<wire.Frame> {
    const { device } = tx;
    const waiting = tx.waiting();
    const oldest = waiting.reduce((first, item) => Math.min(first, item.captured_ms), nowMs);
    const unsigned: wire.Hello = {
      version: VERSION,
      device: device.device,
      nonce: device.nonce,
      signature: NO_SIGNATURE,
      store_generation: device.store_generation,
      epoch: device.epoch,
      cursor: device.cursor,
      receipt: device.receipt,
      last_number: BigInt(device.last_number),
      answered: device.answered,
      fills: tx
        .fills()
        .slice(0, LIMITS.FILLS_MAX)
        .map(({ mark }) => mark),
      digest: await scopeDigest(tx),
      waiting: waiting.length,
      oldest_s: Math.floor((nowMs - oldest) / 1000),
      facts: this.#facts,
    };
    const { origin, path } = this.around.endpoint;
    return { hello: { ...unsigned, signature: await this.around.signer(helloText(unsigned, origin, path)) } };
  }

  /** Takes a frame; the frames to send once the transaction is committed. */
  async handle(tx: Tx, nowMs: number, frame: wire.Frame): Promise<wire.Frame[]> {
    if ("challenge" in frame && !this.#isWelcomed && this.#challenges < CHALLENGES_MAX) {
      this.#challenges += 1;
      tx.putDevice({ nonce: frame.challenge.nonce });
      return [await this.hello(tx, nowMs)];
    }
    const out = await this.#take(tx, nowMs, frame);
    tx.putDevice({ contact_ms: nowMs });
    if (tx.device.leaving !== "no") this.#awaitsOrder = false;
    closeDrained(tx, nowMs);
    if (leave.isOver(tx)) throw new Wiped();
    if (!this.around.keeps) leave.wipeWhenEmpty(tx, nowMs);
    return [...out, ...(await this.more(tx))];
  }

  async #take(tx: Tx, nowMs: number, frame: wire.Frame): Promise<wire.Frame[]> {
    if ("welcome" in frame && !this.#isWelcomed) return await this.#welcome(tx, nowMs, frame.welcome);
    if ("new_generation" in frame) throw new GenerationEnded(frame.new_generation);
    if ("error" in frame) throw ended(tx, frame.error);
    if ("goodbye" in frame) throw new SessionError(frame.goodbye.code, "the server closed the connection", 1000);
    if (this.#isWelcomed) {
      if ("receipts" in frame) {
        await receipts.handle(tx, frame.receipts);
        this.#isInFlight = false;
        return [];
      }
      if ("page" in frame) return [await this.#page(tx, frame.page)];
      if ("digest" in frame && this.#isHealing && "differ" in frame.digest) {
        return await this.#digestsOf(tx, frame.digest.differ);
      }
    }
    throw refusal.unexpected(Object.keys(frame)[0] ?? "nameless");
  }

  async #page(tx: Tx, page: wire.Page): Promise<wire.Frame> {
    const isHealed = await apply.handle(tx, await apply.open(tx.device, page), this.#isHealing);
    this.#isCaughtUp = !page.more;
    if (isHealed) this.#isHealing = false;
    return { applied: { position: tx.device.cursor.position } };
  }

  /** What is here of the accounts that differ; that ends the comparison if none does. */
  async #digestsOf(tx: Tx, accounts: readonly string[]): Promise<wire.Frame[]> {
    this.#isHealing = accounts.length > 0;
    if (!this.#isHealing) return [];
    const records: wire.RecordDigest[] = [];
    for (const account of accounts) {
      for (const { record, digest } of await tx.recordDigests(account)) records.push({ account, record, digest });
    }
    // Of an account that is missing as a whole there is nothing to name; the answer brings all of it.
    return [{ digest: { records: records.slice(0, LIMITS.DIGEST_PARTS_MAX) } }];
  }

  async #welcome(tx: Tx, nowMs: number, welcome: wire.Welcome): Promise<wire.Frame[]> {
    this.#isWelcomed = true;
    const { device } = tx;
    tx.putDevice({
      nonce: welcome.nonce,
      epoch: welcome.epoch,
      contact_ms: nowMs,
      offline_days: welcome.offline_days ?? LIMITS.OFFLINE_DAYS,
      told: this.#facts ?? device.told,
      // Rule H8.
      role: welcome.role ?? device.role,
    });
    if (welcome.idle && welcome.head.position >= device.cursor.position) tx.putDevice({ cursor: welcome.head });
    this.#isCaughtUp = welcome.idle;
    if (welcome.idle) await apply.settle(tx, tx.device.cursor.position);
    if (!welcome.differs) return [];
    this.#isHealing = true;
    const digests = await tx.accountDigests();
    return [{ digest: { accounts: digests.slice(0, LIMITS.DIGEST_PARTS_MAX) } }];
  }

  /** The next batch, if none is on its way. It is marked as sent in the same transaction. */
  async more(tx: Tx): Promise<wire.Frame[]> {
    if (this.#isInFlight || !this.#isWelcomed) return [];
    const items = batch(this.#sendable(tx));
    const last = items.at(-1);
    if (last === undefined) return [];
    this.#sent = last.number;
    this.#isInFlight = true;
    const { device } = tx;
    if (last.number > device.sent_number) tx.putDevice({ sent_number: last.number });
    const deflated = writeItems(items.map(({ bytes }) => bytes));
    const signature = await this.around.signer(pushText(device.device, device.store_generation, deflated));
    return [{ push: { items: deflated, signature } }];
  }

  /**
   * Its person signs out: what to send, at rest and with nothing that would be lost (rule W7). The order to leave is the
   * answer.
   */
  async signOut(tx: Tx, undecided: leave.Undecided): Promise<wire.Frame[]> {
    leave.mustLoseNothing(tx, undecided);
    if (this.around.keeps) throw refusal.unsentAside();
    if (!this.isAtRest(tx)) throw refusal.notAtRest();
    this.#awaitsOrder = true;
    const { device } = tx;
    const last = BigInt(device.last_number);
    const signature = await this.around.signer(leaveText(device.device, device.store_generation, last));
    return [{ leave: { last_number: last, signature } }];
  }

  /** What has no answer and was not sent on this connection, up to the first that may still be taken back. */
  #sendable(tx: Tx): ItemRow[] {
    const { isHeldBack } = this.around;
    const { sent_number: sent } = tx.device;
    const rest = tx.waiting().filter(({ number }) => number > this.#sent);
    const held = rest.findIndex((item) => item.number > sent && item.record !== null && isHeldBack(item.captured_ms));
    return (held < 0 ? rest : rest.slice(0, held)).slice(0, LIMITS.PUSH_ITEMS_MAX);
  }

  /** Whether nothing is left to do: everything answered, everything applied, every fill complete. */
  isAtRest(tx: Tx): boolean {
    if (!this.isIdle) return false;
    const { receipt, cursor } = tx.device;
    return receipt.position <= cursor.position && tx.waiting().length === 0 && tx.fills().length === 0;
  }

  /** Whether nothing is on its way in either direction. */
  get isIdle(): boolean {
    const isWaiting = this.#isInFlight || this.#isHealing || this.#awaitsOrder;
    return this.#isWelcomed && !isWaiting && this.#isCaughtUp;
  }

  get isWelcomed(): boolean {
    return this.#isWelcomed;
  }
}

function ended(tx: Tx, error: wire.Error): SessionError {
  if (error.code === "wiped" && leave.isWiped(tx)) return new Wiped();
  if (error.code === "unknown_version") return refusal.unspoken(error.text);
  return new SessionError(error.code, error.text, error.retry_after_ms);
}

/** Whether an installation has something new to say of itself (rule H6). */
function isNews(facts: wire.Facts, told: wire.Facts | null): boolean {
  if (told?.client !== facts.client) return true;
  const [a, b] = [Number(told.store_bytes), Number(facts.store_bytes)];
  return Math.abs(a - b) > Math.max(a / 4, 1024 * 1024);
}

/** The digest of what lies under open leases: the sum over all records, less those that are only still being drained. */
async function scopeDigest(tx: Tx): Promise<bigint> {
  let sum = tx.device.digest;
  const leftOut = new Set<string>();
  for (const state of ["frozen", "closing", "closed"] as const) {
    for (const { subject } of tx.leasesIn(state)) {
      if (!("account" in subject) || leftOut.has(subject.account)) continue;
      if (tx.leasesOn(subject).some((other) => other.state === "open")) continue;
      leftOut.add(subject.account);
      for (const { digest } of await tx.recordDigests(subject.account)) sum = adjusted(sum, digest, 0n);
    }
  }
  return sum;
}

/** As many items as fit a push, at least one. */
/** As many of the first items as one push takes. */
export function batch(items: readonly ItemRow[]): ItemRow[] {
  let size = 0;
  const end = items.findIndex((item, n) => {
    size += item.bytes.length;
    return n > 0 && size > PUSH_BYTES_TARGET;
  });
  return items.slice(0, end < 0 ? items.length : end);
}
