/**
 * Staying in touch: connects whenever it can, sends what is captured as it comes, applies what arrives, and connects again
 * when the connection ends.
 */

import { ReplicaError } from "../client.ts";
import { GenerationEnded, Mended, SessionError, unreadableAnswer, Wiped } from "../engine/error.ts";
import type { Undecided } from "../engine/leave.ts";
import { Session } from "../engine/session.ts";
import type { Tx } from "../engine/tx.ts";
import { Unreadable } from "../model/document.ts";
import type { Problem } from "../client.ts";
import { DecodeError, readItem, readItems } from "../wire/codec.ts";
import type { Frame } from "../wire/frames.gen.ts";
import { sign } from "../wire/keys.ts";
import { carryOver, holdsUnsentWork } from "./asides.ts";
import { Backoff } from "./backoff.ts";
import type { Keeper } from "./keeper.ts";
import { exchange, Inbox, Line, offline, SYNC_PATH } from "./road.ts";

/** How long a server that owes an answer may say nothing. */
const STALL_MS = 60_000;
/** The same while somebody waits for it. */
const HURRY_MS = 20_000;
/** Obstacles in a row that are overcome without telling: a server that always wants another store is not followed. */
const OVERCOME_MAX = 4;
/** Requests without any progress after which the server is taken to be stuck. */
const IDLE_MAX = 3;
/** How often to ask where no WebSocket gets through. */
const ASK_MS = 30_000;

/** Codes that trying again by itself does not help (rule E3). */
const FINAL = [
  "not_enrolled",
  "blocked",
  "wiped",
  "cloned",
  "unknown_version",
  "server_too_old",
  "forged_page",
  "unreadable_answer",
];

type Waiter = { readonly resolve: () => void; readonly reject: (error: Error) => void };

export class Sync {
  readonly #backoff = new Backoff();
  #connection: "online" | "connecting" | "offline" = "offline";
  #problem: Problem | null = null;
  #isStopped = true;
  #hurries = false;
  /** Its person signs out as soon as everything is at rest. */
  #signsOut: Undecided | null = null;
  #inbox: Inbox | null = null;
  #wakeFromWait: (() => void) | null = null;
  /** Somebody called while an attempt was under way: if it fails, the next one waits for nothing. */
  #isWoken = false;
  /** What had been let go of when the last hello was written. */
  #letGoAtHello = 0;
  #waiters: Waiter[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(
    readonly keeper: Keeper,
    /** Told whenever something about the connection changed. */
    readonly told: () => void,
    readonly wiped: () => void,
    /** Told when everything has arrived. */
    readonly rested: () => void,
  ) {}

  get connection(): "online" | "connecting" | "offline" {
    return this.#connection;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.wake();
    await this.#running;
  }

  /** Something was captured, or the network came back: there may be something to do. */
  wake(): void {
    if (this.#inbox === null) this.#isWoken = true;
    else this.#inbox.put("wake");
    this.#wakeFromWait?.();
  }

  /** The network went away: a connection that only seems to be there is given up. */
  lost(): void {
    this.#inbox?.put({ error: offline("the network is gone") });
  }

  /** Resolves when everything is answered and applied; rejects when that cannot be reached now. */
  now(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#hurries = true;
      this.#waiters.push({ resolve, reject });
      this.#backoff.reset();
      this.start();
      this.wake();
    });
  }

  /**
   * Asks to leave once everything is at rest. Rejects with `wiped` once nothing is left here, or with what stands in the way;
   * resolves if the server gave no order.
   */
  signOut(undecided: Undecided): Promise<void> {
    this.#signsOut = undecided;
    return this.now();
  }

  async #run(): Promise<void> {
    let overcome = 0;
    while (!this.#isStopped) {
      try {
        this.#stand("connecting", this.#problem);
        await this.#connect();
      } catch (error) {
        if (overcome < OVERCOME_MAX && (await this.#overcome(error))) {
          overcome += 1;
          continue;
        }
        if (this.#isOver(error)) break;
        await this.#wait(this.#backoff.next(Math.random(), error instanceof SessionError ? error.retryAfterMs : 0));
      }
      overcome = 0;
    }
    this.#isStopped = true;
    this.#stand("offline", this.#problem);
  }

  /** Sets right what ended a session, if that is possible without anybody's help. */
  async #overcome(error: unknown): Promise<boolean> {
    if (error instanceof GenerationEnded) {
      await this.keeper.renew(error.frame);
      return true;
    }
    if (error instanceof Mended) return true;
    // Another connection of this device used the same nonce; there is a new one now.
    return error instanceof SessionError && error.code === "stale_nonce";
  }

  /** Tells what ended a session. Says whether that is the end of trying. */
  #isOver(error: unknown): boolean {
    const refusal = coded(error);
    const { code, message } = refusal;
    const isPassing = code === "offline" || code === "stopping" || code === "unavailable";
    this.#stand("offline", isPassing ? null : { code, text: message });
    this.#refuse(refusal);
    if (error instanceof Wiped) this.wiped();
    return FINAL.includes(code);
  }

  /** Tells whoever waits that it will not be. */
  #refuse(refusal: ReplicaError): void {
    for (const { reject } of this.#waiters.splice(0)) reject(refusal);
    this.#hurries = false;
    this.#signsOut = null;
  }

  #stand(connection: "online" | "connecting" | "offline", problem: Problem | null): void {
    if (this.#connection === connection && this.#problem === problem) return;
    this.#connection = connection;
    this.#problem = problem;
    this.told();
  }

  #wait(ms: number): Promise<void> {
    if (this.#isStopped || this.#isWoken || this.#waiters.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#wakeFromWait = null;
        resolve();
      };
      const timer = setTimeout(over, ms);
      this.#wakeFromWait = over;
    });
  }

  async #connect(): Promise<void> {
    const inbox = new Inbox();
    this.#isWoken = false;
    let line: Line;
    try {
      line = await Line.open(this.keeper.platform, this.keeper.enrolled.server, inbox);
    } catch {
      // Some networks let requests through and no WebSocket. If it was not that, the request says so too.
      await this.#ask();
      await this.#wait(ASK_MS);
      return;
    }
    this.#inbox = inbox;
    this.#isWoken = false;
    try {
      await this.#talk(line, inbox);
    } finally {
      this.#inbox = null;
      line.close();
    }
  }

  async #talk(line: Line, inbox: Inbox): Promise<void> {
    const session = await this.#begin(line);
    let isAtRest = false;
    while (!this.#isStopped) {
      const event = await inbox.next(isAtRest ? this.#untilSendable() : this.#hurries ? HURRY_MS : STALL_MS);
      if (event === null && !isAtRest) throw offline("the server does not answer");
      if (event !== null && event !== "wake" && "error" in event) throw event.error;
      isAtRest = await this.#step(line, session, event === null || event === "wake" ? null : event.frame);
      if (!isAtRest) continue;
      // What was practised is said in a hello, and what was damaged shows in its digest: both with the next connection.
      if (session.hasMoreToTell(this.keeper.look()) || this.keeper.isHealDue) return;
      const leave = await this.#wishToLeave(session);
      line.send(leave);
      if (leave.length > 0) isAtRest = false;
      else if (await this.#rest()) isAtRest = await this.#step(line, session, null);
    }
  }

  /** What to send at rest for a person who signs out, if one does and nothing would be lost. */
  async #wishToLeave(session: Session): Promise<Frame[]> {
    const undecided = this.#signsOut;
    // What a store set aside holds is carried over first.
    if (undecided === null || this.keeper.enrolled.asides.some(({ carried }) => !carried)) return [];
    this.#signsOut = null;
    try {
      return await this.keeper.transaction((tx) => session.signOut(tx, undecided));
    } catch (error) {
      this.#refuse(coded(error));
      return [];
    }
  }

  async #begin(line: Line): Promise<Session> {
    const { session, hello } = await this.keeper.transaction((tx) => this.#open(tx));
    line.send([hello]);
    return session;
  }

  async #open(tx: Tx): Promise<{ session: Session; hello: Frame }> {
    this.#letGoAtHello = this.keeper.letGo;
    const { platform, enrolled, keys } = this.keeper;
    const { usedBytes } = await platform.storage();
    const session = new Session(
      {
        endpoint: { origin: enrolled.server, path: SYNC_PATH },
        signer: (text) => sign(keys, text),
        facts: { client: platform.client, store_bytes: BigInt(Math.round(usedBytes)) },
        keeps: holdsUnsentWork(this.keeper),
        isHeldBack: (capturedMs) => !this.#hurries && waitMs(capturedMs, platform.now(), platform.undoMs) > 0,
      },
      tx.device,
    );
    return { session, hello: await session.hello(tx, platform.now()) };
  }

  /** Takes a frame, or looks what can be sent: one transaction, then what it asks to be sent. */
  async #step(line: Line, session: Session, frame: Frame | null): Promise<boolean> {
    const now = this.keeper.platform.now();
    this.#noteComparison(frame);
    const { out, isAtRest } = await this.keeper.transaction(async (tx) => {
      const frames = frame === null ? await session.more(tx) : await session.handle(tx, now, frame);
      return {
        out: frames,
        // What was sent just now may need no answer, so it says nothing about rest: what is on its way, the session knows.
        isAtRest: session.isAtRest(tx) || this.#onlyHeldBack(session, tx),
      };
    });
    line.send(out);
    if (session.isWelcomed) this.#stand("online", null);
    return isAtRest;
  }

  /** A server that has nothing new and no answer to give compares digests (rule D2): what was let go of shows in the hello's. */
  #noteComparison(frame: Frame | null): void {
    if (frame === null || !("welcome" in frame)) return;
    const { idle, differs, last_number } = frame.welcome;
    const isAnswered = (this.keeper.look().device.answered?.number ?? 0n) === last_number;
    if (differs || (idle && isAnswered)) this.keeper.compared = this.#letGoAtHello;
  }

  /** Whether all that is left is work that its person may still take back. */
  #onlyHeldBack(session: Session, tx: Tx): boolean {
    return !this.#hurries && session.isIdle && tx.fills().length === 0;
  }

  /** When the next captured work may be sent; null if none waits for that. */
  #untilSendable(): number | null {
    const { platform } = this.keeper;
    const tx = this.keeper.look();
    const first = tx.waiting().find(({ number }) => number > tx.device.sent_number);
    return first === undefined ? null : waitMs(first.captured_ms, platform.now(), platform.undoMs) + 1;
  }

  /** At rest: whoever waits for it is told. Says whether more is to be sent, from a store that was set aside. */
  async #rest(): Promise<boolean> {
    this.#backoff.reset();
    if (await carryOver(this.keeper)) return true;
    if (this.keeper.look().waiting().length === 0 && this.#signsOut === null) {
      this.#hurries = false;
      for (const { resolve } of this.#waiters.splice(0)) resolve();
    }
    this.told();
    if (this.keeper.look().fills().length === 0) this.rested();
    return false;
  }

  /** A sync by single requests. Each is a connection of its own, so each begins with a hello. */
  async #ask(): Promise<void> {
    let toSay: Frame[] = [];
    let standing = this.#standing();
    for (let idle = 0; idle < IDLE_MAX && !this.#isStopped;) {
      const { session, hello } = await this.keeper.transaction((tx) => this.#open(tx));
      let isAtRest = false;
      const said: Frame[] = [];
      for (const frame of await exchange(this.keeper.platform, this.keeper.enrolled.server, [hello, ...toSay])) {
        const now = this.keeper.platform.now();
        this.#noteComparison(frame);
        isAtRest = await this.keeper.transaction(async (tx) => {
          said.push(...(await session.handle(tx, now, frame)));
          return session.isAtRest(tx);
        });
      }
      this.#stand("online", null);
      isAtRest &&= !this.keeper.isHealDue;
      const leave = isAtRest ? await this.#wishToLeave(session) : [];
      if (isAtRest && leave.length === 0 && !(await this.#rest())) return;
      const next = this.#standing();
      toSay = leave.length > 0 ? leave : worthSaying(said, Number(this.keeper.look().device.answered?.number ?? 0n));
      idle = next === standing ? idle + 1 : 0;
      standing = next;
    }
    throw offline("the server does not get on");
  }

  /** What a request must change for the next one to be worth making. */
  #standing(): string {
    const tx = this.keeper.look();
    const { cursor, receipt, answered, store_generation: generation } = tx.device;
    const fills = tx.fills().map(({ mark }) => [String(mark.grant), mark.token?.record, mark.token?.partial]);
    return JSON.stringify([
      String(cursor.position),
      String(receipt.position),
      String(answered?.number ?? 0n),
      generation,
      tx.waiting().length,
      fills,
    ]);
  }
}

/**
 * How long what was captured stays on the device, so that it can be taken back. A clock that was set back meanwhile makes
 * nothing wait: what seems to come from the future goes at once.
 */
export const waitMs = (capturedMs: number, nowMs: number, undoMs: number): number =>
  capturedMs > nowMs ? 0 : Math.max(0, capturedMs + undoMs - nowMs);

/** What a session ended with, as a coded error. */
function coded(error: unknown): ReplicaError {
  if (error instanceof ReplicaError) return error;
  if (error instanceof Unreadable) {
    return new SessionError("unreadable_record", "a record from the server cannot be read", 0);
  }
  const text = error instanceof Error ? error.message : "for no known reason";
  return error instanceof DecodeError ? unreadableAnswer(text) : new ReplicaError("failed", text);
}

/** What goes with the next hello: a batch while something in it has no answer, and digests. */
function worthSaying(frames: readonly Frame[], answered: number): Frame[] {
  return frames.filter((frame) => {
    if (!("push" in frame)) return "digest" in frame;
    try {
      const last = readItems(frame.push.items).at(-1);
      return last === undefined || Number(readItem(last).number) > answered;
    } catch (error) {
      if (error instanceof DecodeError) return true;
      throw error;
    }
  });
}
