/**
 * Calls between pages, their workers, and the worker that holds the device. Every tab has a worker; one of them leads: it
 * has the store and the connection. The others pass their calls on, and one of them takes over when it dies. A call that
 * was on its way then is made again under the same name, and a capture that was saved already is not made twice.
 */

import { type ReplicaClient, ReplicaError, type ReplicaEvent } from "../client.ts";
import type { Device } from "./device.ts";

/** What a page may ask of a device. `subscribe` is served by events, `persist` by the page itself. */
export const METHODS = [
  "identity",
  "enrol",
  "status",
  "list",
  "search",
  "record",
  "timeline",
  "brief",
  "linked",
  "credit",
  "contested",
  "due",
  "plan",
  "month",
  "accountsIn",
  "reference",
  "references",
  "findReference",
  "price",
  "create",
  "newAccount",
  "territories",
  "edit",
  "correct",
  "request",
  "undo",
  "processes",
  "template",
  "runs",
  "run",
  "startRun",
  "answerStep",
  "useResponse",
  "endRun",
  "practice",
  "practised",
  "outbox",
  "arrived",
  "heldTray",
  "reapply",
  "discardHeld",
  "notices",
  "dismissNotice",
  "keepNotice",
  "handovers",
  "dismissHandovers",
  "keepHandovers",
  "keptAside",
  "syncNow",
  "signOut",
  "draft",
  "keepDraft",
  "dropDraft",
  "drafts",
  "storage",
  "rescueFile",
] as const satisfies readonly (keyof ReplicaClient)[];
export type Method = (typeof METHODS)[number];

export interface Call {
  /** Its name: no other call of any tab has it. */
  readonly id: string;
  readonly method: Method;
  readonly args: readonly unknown[];
}

export interface Refusal {
  readonly code: string;
  readonly text: string;
  readonly path: readonly string[];
}

export type Answer =
  { readonly id: string; readonly value: unknown } | { readonly id: string; readonly refusal: Refusal };

/** What goes over the channel that all workers of an origin share. */
export type Message =
  | { readonly call: Call }
  | { readonly answer: Answer }
  | { readonly event: ReplicaEvent }
  /** What a page saw of the network. */
  | { readonly network: boolean }
  /** A worker leads now: calls without an answer are to be made again. */
  | { readonly leads: true };

/** What a page tells its worker. */
export type FromPage = Extract<Message, { readonly call: Call } | { readonly network: boolean }>;

export function refusalOf(error: unknown): Refusal {
  if (error instanceof ReplicaError) return { code: error.code, text: error.message, path: error.path };
  return { code: "failed", text: error instanceof Error ? error.message : "for no known reason", path: [] };
}

export const errorOf = ({ code, text, path }: Refusal): ReplicaError => new ReplicaError(code, text, path);

/** Answers calls by a device, each once: one that comes again while it is being answered is the same call. */
export class Desk {
  readonly #open = new Map<string, Promise<Answer>>();

  constructor(readonly device: Device) {}

  answer(call: Call): Promise<Answer> {
    const known = this.#open.get(call.id);
    if (known !== undefined) return known;
    const answer = this.#ask(call).finally(() => this.#open.delete(call.id));
    this.#open.set(call.id, answer);
    return answer;
  }

  async #ask({ id, method, args }: Call): Promise<Answer> {
    try {
      if (!METHODS.includes(method)) throw new ReplicaError("unknown_call", "a device cannot be asked that");
      return { id, value: await this.device.once(id, method, args) };
    } catch (error) {
      return { id, refusal: refusalOf(error) };
    }
  }
}
