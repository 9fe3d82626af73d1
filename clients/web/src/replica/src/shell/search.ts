/**
 * Search by the beginnings of words, at each keystroke. The words stand in the store, with the rows of lists; this index of
 * them is made in memory when the store is opened, and follows each transaction. To read 50,000 rows takes seconds, so what
 * the index is made of is packed into one text from time to time, and only what changed since is read from the rows.
 */

import type { Store, ViewRow } from "../engine/rows.ts";
import { wordsOf } from "../model/shown.ts";

/** Rows read at once, so that what else is asked meanwhile is answered. */
const AT_ONCE = 2000;

/** A title is one line, and nobody may write a zero. */
const [LINE, FIELD] = ["\n", "\0"];
const PARTS = ["record", "kind", "sort", "heading"] as const;

interface Entry {
  readonly record: string;
  readonly kind: string;
  readonly sort: string;
  readonly heading: string;
  readonly words: readonly string[];
}

export class SearchIndex {
  /** By place; null where a record was, or stood before. */
  #entries: (Entry | null)[] = [];
  readonly #places = new Map<string, number>();
  /** The places at which each word stands, the words by their first letter: to sort them all would hold up the first search. */
  readonly #postings = new Map<string, Map<string, number[]>>();
  #loading: Promise<void> | null = null;
  /** What changed while the rows were still being read. */
  #meanwhile: Set<string> | null = null;

  /** Reads the words of all rows, once. */
  load(store: Store): Promise<void> {
    this.#loading ??= this.#read(store);
    return this.#loading;
  }

  async #read(store: Store): Promise<void> {
    const meanwhile = new Set<string>();
    this.#meanwhile = meanwhile;
    const packed = await store.get("index", "search");
    if (packed === undefined) await this.#readRows(store, meanwhile);
    else await this.#unpack(store, packed.packed, meanwhile);
    this.#meanwhile = null;
  }

  async #unpack(store: Store, packed: string, meanwhile: ReadonlySet<string>): Promise<void> {
    const changed = (await store.all("unindexed")).map(({ record }) => record);
    const views = await store.many("view", changed);
    const isStale = new Set(changed);
    for (const line of packed.split(LINE)) {
      const [record = "", kind = "", sort = "", heading = "", words = ""] = line.split(FIELD);
      if (record === "" || isStale.has(record) || meanwhile.has(record)) continue;
      this.#add({ record, kind, sort, heading, words: words === "" ? [] : words.split(" ") });
    }
    for (const view of views) if (view !== undefined && !meanwhile.has(view.record)) this.#add(view);
  }

  /** What `load` needs to make the same index again; null while it is still being made. */
  pack(): string | null {
    if (this.#loading === null || this.#meanwhile !== null) return null;
    return this.#entries
      .flatMap((entry) =>
        entry === null ? [] : [PARTS.map((part) => entry[part]).join(FIELD) + FIELD + entry.words.join(" ")],
      )
      .join(LINE);
  }

  async #readRows(store: Store, meanwhile: ReadonlySet<string>): Promise<void> {
    for (let from = ""; ;) {
      const views = await store.alongKey("view", { from, isAfter: true, limit: AT_ONCE });
      for (const view of views) if (!meanwhile.has(view.record)) this.#add(view);
      const last = views.at(-1);
      if (last === undefined) break;
      from = last.record;
    }
  }

  /** Follows what a transaction did to rows of lists. */
  follow(changed: Iterable<readonly [string, ViewRow | null]>): void {
    // Before anything was read there is nothing to follow: what is in the store then will be read.
    if (this.#loading === null) return;
    for (const [record, view] of changed) {
      this.#meanwhile?.add(record);
      this.#remove(record);
      if (view !== null) this.#add(view);
    }
  }

  clear(): void {
    this.#loading = null;
    this.#entries = [];
    this.#places.clear();
    this.#postings.clear();
  }

  /** The records that hold every word as a word or the beginning of one, best first. */
  find(text: string, kind: string | undefined, limit: number): string[] {
    const words = wordsOf(text);
    if (words.length === 0) return [];
    const best = new Best(limit);
    const phrase = ` ${words.join(" ")}`;
    for (const place of this.#holding(words)) {
      const entry = this.#entries[place];
      if (entry != null && (kind === undefined || entry.kind === kind)) best.offer(entry, rankOf(entry, phrase, words));
    }
    return best.records();
  }

  /** The places at which every word stands. */
  #holding(words: readonly string[]): number[] {
    const hits = new Uint8Array(this.#entries.length);
    let found: number[] = [];
    for (const [n, word] of words.entries()) {
      found = [];
      for (const [known, places] of this.#postings.get(word.charAt(0)) ?? []) {
        if (!known.startsWith(word)) continue;
        for (const place of places) {
          if (hits[place] !== n) continue;
          hits[place] = n + 1;
          found.push(place);
        }
      }
      // More words than a byte counts are no search.
      if (n === 254) break;
    }
    return found;
  }

  #add({ record, kind, sort, heading, words }: Entry): void {
    const place = this.#entries.length;
    this.#entries.push({ record, kind, sort, heading, words });
    this.#places.set(record, place);
    for (const word of words) {
      const first = word.charAt(0);
      let known = this.#postings.get(first);
      if (known === undefined) this.#postings.set(first, (known = new Map<string, number[]>()));
      const places = known.get(word);
      if (places === undefined) known.set(word, [place]);
      else places.push(place);
    }
  }

  #remove(record: string): void {
    const place = this.#places.get(record);
    const entry = place === undefined ? null : this.#entries[place];
    if (place === undefined || entry == null) return;
    this.#entries[place] = null;
    this.#places.delete(record);
    for (const word of entry.words) {
      const known = this.#postings.get(word.charAt(0));
      const left = known?.get(word)?.filter((other) => other !== place) ?? [];
      if (left.length > 0) known?.set(word, left);
      else known?.delete(word);
    }
  }
}

/** Titles that are the text come first, then those that begin with it, then those that hold it; accounts before others. */
function rankOf({ heading, kind }: Entry, phrase: string, words: readonly string[]): number {
  const own = kind === "account" ? 0 : 1;
  if (heading === phrase) return own;
  if (heading.startsWith(phrase)) return 2 + own;
  return (words.every((word) => heading.includes(` ${word}`)) ? 4 : 6) + own;
}

/** The best so many of what is offered, in order. */
class Best {
  readonly #kept: { readonly entry: Entry; readonly rank: number }[] = [];

  constructor(readonly limit: number) {}

  offer(entry: Entry, rank: number): void {
    const isBefore = (other: { readonly entry: Entry; readonly rank: number } | undefined): boolean =>
      other === undefined || rank < other.rank || (rank === other.rank && entry.sort < other.entry.sort);
    if (this.#kept.length >= this.limit) {
      if (!isBefore(this.#kept.at(-1))) return;
      this.#kept.pop();
    }
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#kept[middle])) high = middle;
      else low = middle + 1;
    }
    this.#kept.splice(low, 0, { entry, rank });
  }

  records(): string[] {
    return this.#kept.map(({ entry }) => entry.record);
  }
}
