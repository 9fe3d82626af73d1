/** The device as screens see it: its replica, who it belongs to, how it stands, and a tick whenever records change. */
import { getContext, setContext } from "svelte";

import type { Identity, ReplicaClient, ReplicaEvent, Status } from "@roadbook/replica";

/** A first sync changes thousands of records: lists are read again at most this often. */
const TICK_MS = 200;

export class Session {
  identity: Identity | null = $state.raw(null);
  status: Status | null = $state.raw(null);
  /** Rises when records change; whoever shows records depends on it. */
  changes: number = $state(0);
  wiped: boolean = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly client: ReplicaClient) {}

  /** Reads how things stand and follows what changes. */
  async open(): Promise<() => void> {
    const stop = this.client.subscribe((event) => {
      this.#handle(event);
    });
    this.identity = await this.client.identity();
    if (this.identity !== null) this.status = await this.client.status();
    return stop;
  }

  async enrol(linkOrCode: string, deviceName: string): Promise<Identity> {
    const identity = await this.client.enrol(linkOrCode, deviceName);
    this.wiped = false;
    this.status = await this.client.status();
    this.identity = identity;
    return identity;
  }

  #handle(event: ReplicaEvent): void {
    switch (event.type) {
      case "status":
        this.status = event.status;
        break;
      case "changed":
        this.#changed();
        break;
      case "wiped":
        this.identity = null;
        this.status = null;
        this.wiped = true;
        break;
    }
  }

  /** The first change shows at once; a flood shows as one. */
  #changed(): void {
    if (this.#timer !== undefined) return;
    this.changes += 1;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.changes += 1;
    }, TICK_MS);
  }
}

const KEY = Symbol("session");

export function provideSession(session: Session): void {
  setContext(KEY, session);
}

export function useSession(): Session {
  return getContext<Session>(KEY);
}
