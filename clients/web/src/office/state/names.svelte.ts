/**
 * What ids stand for, where the API tells ids alone: people and territories from the directory, records by one question
 * for all that a screen shows.
 */
import { SvelteMap } from "svelte/reactivity";

import { read } from "$api/client";
import { t } from "$texts/office";

import { desk } from "./desk.svelte.ts";
import { directory } from "./directory.svelte.ts";
import { kindName, shown } from "./words.ts";

/** Most ids of one question. */
const IDS_MAX = 100;

class Names {
  readonly #known = new SvelteMap<string, string>();
  readonly #asked = new Set<string>();
  #waiting: string[] = [];

  /** A name, or what to say in its place while it is asked for, or where it is not to be seen. */
  of(id: string): string {
    const near = directory.person(id) ?? directory.place(id) ?? directory.department(id) ?? this.#known.get(id);
    if (near !== undefined) return near;
    this.#want(id);
    return t.fields.another;
  }

  forget(): void {
    this.#known.clear();
    this.#asked.clear();
  }

  #want(id: string): void {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    // All that is shown in this moment is asked for together.
    if (this.#waiting.push(id) === 1) queueMicrotask(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    const ids = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < ids.length; at += IDS_MAX) {
      const some = ids.slice(at, at + IDS_MAX);
      try {
        const query = { ids: some.join(",") };
        const { items } = await read(desk.api.GET("/v1/names", { params: { query } }));
        for (const { id, kind, name } of items) this.#known.set(id, name ?? kindName(kind));
        // A department is no record: it is found in their list, which may be older than it.
        if (items.length < some.length) void directory.departments.run();
      } catch {
        // They may be asked for again, when the screen is shown anew.
        for (const id of some) this.#asked.delete(id);
      }
    }
  }
}

export const names = new Names();

/** A value of a document's field, with names in the place of ids. */
export function told(name: string, value: unknown, currency?: string | null): string {
  return shown(name, value, currency, (id) => names.of(id));
}
