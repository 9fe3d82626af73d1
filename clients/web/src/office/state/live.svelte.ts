/** The log as it grows, for every screen: the feed shows it, the others learn from it that what they show has changed. */
import { type Api, read, type Schema } from "$api/client";
import { Feed, type FeedState } from "$api/feed";
import { asProblem, type Problem } from "$api/problem";
import type { Session } from "$api/session";

import type { Entry } from "./entry.ts";

/** Entries that are kept for the screen. */
const KEPT = 400;
/** How far back the feed begins. */
const BACK = 200;

/** Told of an entry; or, without one, that lists may have changed beside the log. */
type Listener = (entry: Entry | null) => void;

export class Live {
  /** Newest first. */
  entries = $state.raw<readonly Entry[]>([]);
  state = $state<FeedState>("connecting");
  problem = $state.raw<Problem | null>(null);
  /** Whether the entries before now have been read. */
  ready = $state(false);
  /** Those after this position have come by themselves. */
  began = $state(0);
  #feed: Feed | null = null;
  #listeners: readonly Listener[] = [];

  constructor(
    private readonly session: Session,
    private readonly api: Api,
  ) {}

  /** Reads what was last, then listens. */
  async start(): Promise<void> {
    this.stop();
    this.problem = null;
    try {
      const { head } = await this.#page(0, 1);
      const page = await this.#page(Math.max(0, head - BACK), 1000);
      this.entries = page.entries.toReversed();
      this.began = page.next;
      this.ready = true;
      this.#listen(page.next);
    } catch (thrown) {
      this.problem = asProblem(thrown);
      this.state = "offline";
    }
  }

  stop(): void {
    this.#feed?.stop();
    this.#feed = null;
    this.ready = false;
    this.entries = [];
  }

  /** A page of JSON: the same address gives a stream to whoever asks for one. */
  async #page(after: number, limit: number): Promise<Schema["LogPage"]> {
    return (await read(
      this.api.GET("/v1/log", { params: { query: { after, limit, summary: true } } }),
    )) as Schema["LogPage"];
  }

  /** Tells of what comes from now on; the answer ends it. */
  on(listener: Listener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  #listen(after: number): void {
    const listener = {
      entry: (data: string) => {
        this.#take(JSON.parse(data) as Entry);
      },
      desk: () => {
        this.#tell(null);
      },
      state: (state: FeedState) => {
        this.state = state;
      },
    };
    this.#feed = new Feed(this.session, listener, after);
  }

  #take(entry: Entry): void {
    this.entries = [entry, ...this.entries].slice(0, KEPT);
    this.#tell(entry);
  }

  #tell(entry: Entry | null): void {
    for (const listener of this.#listeners) listener(entry);
  }
}
