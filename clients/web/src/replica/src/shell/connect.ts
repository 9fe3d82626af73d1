/** For pages: the device, wherever its worker is. */

import type { ReplicaClient, ReplicaEvent } from "../client.ts";
import { type Answer, type Call, errorOf, type FromPage, type Message, type Method, METHODS } from "./calls.ts";

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts this page's worker, and returns the device. One page needs it once. */
export function connect(): ReplicaClient {
  // By the name that it has once it is built; a bundler of the sources finds them by it.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "roadbook" });
  const page = crypto.randomUUID();
  const waiting = new Map<string, Waiter>();
  const listeners = new Set<(event: ReplicaEvent) => void>();
  let calls = 0;

  const answered = (answer: Answer): void => {
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("refusal" in answer) waiter?.reject(errorOf(answer.refusal));
    else waiter?.resolve(answer.value);
  };
  worker.onmessage = ({ data: message }: MessageEvent<Message>) => {
    if ("answer" in message) answered(message.answer);
    else if ("event" in message) for (const listener of listeners) listener(message.event);
  };
  worker.onerror = ({ message }) => {
    const refusal = { code: "failed", text: `the device's worker failed: ${message}`, path: [] };
    for (const { reject } of waiting.values()) reject(errorOf(refusal));
    waiting.clear();
  };

  const tell = (message: FromPage): void => {
    worker.postMessage(message);
  };
  addEventListener("online", () => {
    tell({ network: true });
  });
  addEventListener("offline", () => {
    tell({ network: false });
  });

  const call = (method: Method, args: readonly unknown[]): Promise<unknown> => {
    calls += 1;
    const made: Call = { id: `${page}/${calls}`, method, args };
    return new Promise((resolve, reject) => {
      waiting.set(made.id, { resolve, reject });
      tell({ call: made });
    });
  };
  const asked = METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)] as const);
  return {
    ...(Object.fromEntries(asked) as unknown as Omit<ReplicaClient, "subscribe" | "persist">),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // Where pages are not secure, there is nobody to ask, which a caller learns like any refusal.
    persist: async () => navigator.storage.persist(),
  };
}
