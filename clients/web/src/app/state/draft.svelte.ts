/**
 * What is being typed, kept at each keystroke, so that a killed tab costs nothing. A draft exists from the first change
 * until what it became is saved, or it is thrown away. Over a record it holds what the record said, too: only what the
 * person changed is written, on the state that they saw.
 */
import { untrack } from "svelte";

import type { Edit, Json, RecordView, ReplicaClient, Saved } from "@roadbook/replica";

import { follow } from "$design/follow.ts";

type Heads = readonly string[];

/** Keys are `<what>:<of what>`; [`draftPlace`] in `drafts.ts` leads from one back to its form. */
export class Draft<Form extends Record<string, Json>> {
  form: Form = $state() as Form;
  /** Whether the store has been asked: before that, typing could be overwritten by what it answers. */
  ready: boolean = $state(false);
  /** Whether there is anything that could be lost. */
  kept: boolean = $state(false);
  /** What the form is compared with: what the record says, and of what is contested what it said before. */
  #base: Form;
  /** The record's state that `#base` was read from. */
  #heads: Heads = [];
  /** The last state before others changed what the person had changed, by the path of the field. */
  #seen: Readonly<Record<string, Heads>> = {};
  #over = false;
  /** The form as it lies in the store, as far as this tab knows. */
  #stored: Json = null;
  /** To the other tabs in which the same is written. */
  #others: BroadcastChannel | null = null;

  constructor(
    readonly client: ReplicaClient,
    readonly key: string,
    start: Form,
  ) {
    this.form = start;
    this.#base = structuredClone(start);
  }

  /** Takes up what was kept. Fields that the form gained since then keep their start; those it lost are dropped. */
  async load(): Promise<void> {
    const kept = await this.client.draft(this.key).catch(() => null);
    if (isObject(kept)) {
      const { form = null, base = null, heads = null, seen = null } = kept;
      this.#assign(this.form, form);
      this.#assign(this.#base, base);
      this.#heads = headsOf(heads);
      if (isObject(seen)) this.#seen = Object.fromEntries(Object.entries(seen).map(([at, of]) => [at, headsOf(of)]));
      this.#stored = plain(this.form);
      this.kept = true;
    }
    this.ready = true;
  }

  /** Hears what other tabs type into the same form, until what this returns is called. */
  listen(): () => void {
    const others = new BroadcastChannel("roadbook.drafts");
    others.onmessage = ({ data }: MessageEvent<{ readonly key: string; readonly form: Json }>) => {
      if (data.key === this.key && this.ready && !this.#over) this.#meet(data.form);
    };
    this.#others = others;
    return () => {
      others.close();
    };
  }

  /** Takes up what other tabs kept, before it is saved and over for all of them. */
  async takeUp(): Promise<void> {
    const kept = await this.client.draft(this.key).catch(() => null);
    if (isObject(kept) && !this.#over) this.#meet(kept["form"] ?? null);
  }

  /** Field by field: what was typed here stays, and each tab keeps what the other holds. */
  #meet(form: Json): void {
    const theirs = plain(this.form) as Form;
    this.#assign(theirs, form);
    this.#put(follow(this.#stored ?? plain(this.#base), plain(this.form), theirs).form as Form);
    this.#stored = plain(theirs);
  }

  /** The record says this now. */
  follow(now: Form, heads: Heads): void {
    if (!this.ready || this.#over) return;
    const followed = follow(this.#base, plain(this.form), now);
    const before = this.#heads.length === 0 ? heads : this.#heads;
    const contested = followed.contested.map(nameOf);
    this.#seen = Object.fromEntries(contested.map((path) => [path, this.#seen[path] ?? before]));
    this.#base = followed.base as Form;
    this.#heads = heads;
    this.#put(followed.form as Form);
  }

  /** Keeps the form as it is now; depends on all of it. */
  keep(): void {
    const form = JSON.stringify(this.form);
    untrack(() => {
      if (!this.ready || this.#over) return;
      if (!this.kept && form === JSON.stringify(this.#base)) return;
      this.kept = true;
      // A draft that can't be kept must not stop the typing; saving says what is wrong with the store.
      this.client.keepDraft(this.key, this.#whole()).catch(() => undefined);
      this.#stored = plain(this.form);
      this.#others?.postMessage({ key: this.key, form: this.#stored });
    });
  }

  async drop(): Promise<void> {
    this.#over = true;
    this.kept = false;
    await this.client.dropDraft(this.key);
  }

  /** Keeps it again as it was dropped. */
  async restore(): Promise<void> {
    await this.client.keepDraft(this.key, this.#whole());
  }

  #put(form: Form): void {
    for (const [name, value] of Object.entries(form)) {
      const isNews = JSON.stringify(value) !== JSON.stringify(this.form[name]);
      if (isNews) (this.form as Record<string, Json>)[name] = structuredClone(value);
    }
  }

  /** Writes what the form changed: what others wrote in the same fields counts as written at the same time. */
  async write(record: string, edits: readonly Edit[]): Promise<Saved[]> {
    const seenBy = (edit: Edit): Heads => this.#seen[nameOf(pathOf(edit))] ?? this.#heads;
    const states = edits.map(seenBy).filter((seen, n, all) => all.findIndex((one) => isSame(one, seen)) === n);
    const saved: Saved[] = [];
    for (const seen of states) {
      const together = edits.filter((edit) => isSame(seenBy(edit), seen));
      saved.push(await this.client.edit(record, together, seen));
    }
    return saved;
  }

  #whole(): Json {
    return plain({ form: this.form, base: this.#base, heads: this.#heads, seen: this.#seen });
  }

  #assign(to: Form, kept: Json): void {
    if (!isObject(kept)) return;
    for (const name of Object.keys(to)) {
      const value = kept[name];
      if (value !== undefined && sameShape(value, to[name])) (to as Record<string, Json>)[name] = value;
    }
  }
}

/** For a component's start: a draft that is taken up and kept by itself. */
export function draft<Form extends Record<string, Json>>(client: ReplicaClient, key: string, start: Form): Draft<Form> {
  const made = new Draft(client, key, start);
  void made.load();
  $effect(() => made.listen());
  $effect(() => {
    made.keep();
  });
  return made;
}

/** Drafts of which one begins when the one before is over: what is added to a list, or said more than once. */
export interface Drafts<Form extends Record<string, Json>> {
  readonly now: Draft<Form>;
  next(): void;
}

/** For a component's start: the first is taken up at once. */
export function drafts<Form extends Record<string, Json>>(
  client: ReplicaClient,
  key: string,
  start: () => Form,
): Drafts<Form> {
  const begin = (): Draft<Form> => {
    const made = new Draft(client, key, start());
    void made.load();
    return made;
  };
  let now = $state.raw(begin());
  $effect(() => now.listen());
  $effect(() => {
    now.keep();
  });
  return {
    get now() {
      return now;
    },
    next() {
      now = begin();
    },
  };
}

/** A draft over a record, as it stands at each time. */
export function draftOver<Form extends Record<string, Json>>(
  client: ReplicaClient,
  key: string,
  record: () => RecordView,
  formOf: (record: RecordView) => Form,
): Draft<Form> {
  const made = draft(client, key, formOf(untrack(record)));
  $effect(() => {
    const now = record();
    if (!made.ready) return;
    untrack(() => {
      made.follow(formOf(now), now.heads);
    });
  });
  return made;
}

/** Without what Svelte puts round a form. */
const plain = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
const isSame = (one: Heads, other: Heads): boolean => one.join() === other.join();
const nameOf = (path: readonly string[]): string => path.join("/");

function pathOf(edit: Edit): readonly string[] {
  if ("set" in edit) return edit.set.path;
  if ("text" in edit) return edit.text.path;
  if ("addItem" in edit) return [...edit.addItem.path, edit.addItem.item];
  return "remove" in edit ? edit.remove.path : edit.removeItem.path;
}

const headsOf = (value: Json): Heads =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameShape(one: Json, other: Json | undefined): boolean {
  if (other === null || one === null) return true;
  return typeof one === typeof other && Array.isArray(one) === Array.isArray(other);
}
