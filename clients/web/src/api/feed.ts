import { type ServerEvent, events } from "./events";
import { problemOf } from "./problem";
import type { Session } from "./session";

export type FeedState = "live" | "connecting" | "offline";

export interface FeedListener {
  entry(data: string): void;
  /** What the office's lists show may have changed, and no entry tells of it. */
  desk(): void;
  state(state: FeedState): void;
}

/** The server says that it lives every 15 s; after this much silence the line is taken for dead. */
const SILENCE_MS = 40_000;
const WAIT_MS = { first: 500, most: 30_000 };

/** How long to wait before the next attempt: doubled each time, with some chance in it, so that not all come back at once. */
export function wait(attempt: number, chance: number): number {
  const most = Math.min(WAIT_MS.most, WAIT_MS.first * 2 ** attempt);
  return most / 2 + (most / 2) * chance;
}

/** The log as it grows. Goes on after the last entry that came, however often the line breaks. */
export class Feed {
  #last: string;
  #stopped = false;
  #abort = new AbortController();
  #attempt = 0;

  constructor(
    private readonly session: Session,
    private readonly listener: FeedListener,
    after: number,
  ) {
    this.#last = String(after);
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    while (!this.#goneFor()) {
      this.listener.state("connecting");
      try {
        await this.#once();
      } catch {
        // Whatever it was: a session that is over stops this feed, anything else is tried again.
      }
      if (this.#goneFor()) return;
      this.listener.state("offline");
      await this.#pause();
    }
  }

  /** Behind a method, because it changes while others are awaited. */
  #goneFor(): boolean {
    return this.#stopped;
  }

  /** One connection, until it breaks. */
  async #once(): Promise<void> {
    this.#abort = new AbortController();
    const token = await this.session.token();
    let response = await this.#open(token);
    if (response.status === 401) response = await this.#open(await this.session.tokenAfter(token));
    if (!response.ok || response.body === null) throw await problemOf(response);
    this.#attempt = 0;
    this.listener.state("live");
    // What was told of desks while nobody listened is not told again.
    this.listener.desk();
    await this.#listen(events(response.body));
  }

  #open(token: string): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": this.#last };
    return fetch(`/v1/log?summary=true&after=${this.#last}`, { headers, signal: this.#abort.signal });
  }

  async #listen(arriving: AsyncGenerator<ServerEvent | null>): Promise<void> {
    let watch = this.#watch();
    try {
      for await (const event of arriving) {
        clearTimeout(watch);
        watch = this.#watch();
        if (event === null) continue;
        if (event.event === "desk") {
          this.listener.desk();
          continue;
        }
        this.#last = event.id;
        this.listener.entry(event.data);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  #watch(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#abort.abort();
    }, SILENCE_MS);
  }

  /** Waits, but not longer than until the browser says that there is a network again. */
  #pause(): Promise<void> {
    const ms = wait(this.#attempt++, Math.random());
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        removeEventListener("online", over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      addEventListener("online", over);
    });
  }
}
