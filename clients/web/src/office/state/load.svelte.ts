/** What screens read from the server: with its waiting, its failing, and its being read anew when the log says so. */
import { asProblem, type Problem } from "$api/problem";

import { desk } from "./desk.svelte.ts";
import type { Entry } from "./entry.ts";
import { Gather } from "./gather.ts";

/** How long to wait for more entries before reading anew, as many come together; and the longest wait while they stream in. */
const GATHER_MS = { soon: 250, most: 1000 };
/** How often those who do not get the log read anew. */
const READ_ANEW_MS = 60_000;
/** How often what devices say of themselves is read anew: a contact writes no entry. */
const CONTACT_MS = 30_000;

/** One thing that is read. What was read before stays in sight while it is read anew. */
export class Load<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  #turn = 0;

  constructor(private readonly get: () => Promise<T>) {}

  async run(): Promise<void> {
    const turn = ++this.#turn;
    const answer = this.get();
    this.busy = true;
    try {
      const value = await answer;
      if (turn !== this.#turn) return;
      this.value = value;
      this.problem = null;
    } catch (thrown) {
      if (turn === this.#turn) this.problem = asProblem(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** What an edit's answer says it is now. */
  set(value: T): void {
    this.#turn += 1;
    this.value = value;
    this.busy = false;
    this.problem = null;
  }
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

/** A list that is read page by page. */
export class Pages<T> {
  items = $state.raw<readonly T[]>([]);
  next = $state.raw<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  /** Whether the first page has come. */
  ready = $state(false);
  #turn = 0;

  constructor(private readonly get: (after: string | undefined) => Promise<Page<T>>) {}

  /** From the beginning, such as for another filter. */
  run(): Promise<void> {
    return this.#read(this.get(undefined), []);
  }

  more(): Promise<void> {
    return this.next === null ? Promise.resolve() : this.#read(this.get(this.next), this.items);
  }

  /** Reads anew as much as is shown, so that nothing that one has come to goes out of sight. */
  async again(): Promise<void> {
    const shown = this.items.length;
    await this.#read(this.#upTo(shown), []);
  }

  async #upTo(count: number): Promise<Page<T>> {
    let page = await this.get(undefined);
    while (page.items.length < count && typeof page.next === "string") {
      const following = await this.get(page.next);
      page = { items: [...page.items, ...following.items], next: following.next ?? null };
    }
    return page;
  }

  async #read(answer: Promise<Page<T>>, before: readonly T[]): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const page = await answer;
      if (turn !== this.#turn) return;
      this.items = [...before, ...page.items];
      this.next = page.next ?? null;
      this.problem = null;
      this.ready = true;
    } catch (thrown) {
      if (turn === this.#turn) this.problem = asProblem(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

/** Reads one thing for a component: now, when what it depends on changes, and after an entry that concerns it. */
export function load<T>(get: () => Promise<T>, concerns?: (entry: Entry) => boolean): Load<T> {
  const own = new Load(get);
  $effect(() => {
    void own.run();
  });
  if (concerns !== undefined) whenever(concerns, () => void own.run());
  return own;
}

/** Everything of a list that comes page by page. */
export async function all<T>(get: (after: string | undefined) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await get(after);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

/** Reads a list for a component, in the same way. */
export function pages<T>(
  get: (after: string | undefined) => Promise<Page<T>>,
  concerns?: (entry: Entry) => boolean,
): Pages<T> {
  const own = new Pages(get);
  $effect(() => {
    void own.run();
  });
  if (concerns !== undefined) whenever(concerns, () => void own.again());
  return own;
}

/** Does something soon after entries that concern it, and when lists may have changed beside the log, while the component
 * lives. Who does not get the log has it done from time to time, and on coming back to the page. */
export function whenever(concerns: (entry: Entry) => boolean, act: () => void): void {
  $effect(() => (desk.office ? uponEntries(concerns, act) : fromTimeToTime(act, READ_ANEW_MS)));
}

function uponEntries(concerns: (entry: Entry) => boolean, act: () => void): () => void {
  const gather = new Gather(act, GATHER_MS.soon, GATHER_MS.most);
  const off = desk.live.on((entry) => {
    if (entry === null || concerns(entry)) gather.call();
  });
  return () => {
    gather.stop();
    off();
  };
}

/** Reads anew what no entry of the log tells of, while the component is looked at. */
export function whileSeen(act: () => void): void {
  $effect(() => fromTimeToTime(act, CONTACT_MS));
}

function fromTimeToTime(act: () => void, everyMs: number): () => void {
  const look = (): void => {
    if (document.visibilityState === "visible") act();
  };
  const timer = setInterval(look, everyMs);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

/** Something that is asked of the server: at most once at a time, with what came of it. */
export class Act {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  /** Whether it was done. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
