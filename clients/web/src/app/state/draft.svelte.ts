/**
 * What is being typed, kept at each keystroke, so that a killed tab costs nothing. A draft exists from the first change
 * until what it became is saved, or it is thrown away.
 */
import { untrack } from "svelte";

import type { Json, ReplicaClient } from "@roadbook/replica";

/** Keys are `<what>:<of what>`; [`draftRoute`] in `drafts.ts` leads from one back to its form. */
export class Draft<Form extends Record<string, Json>> {
  form: Form = $state() as Form;
  /** Whether the store has been asked: before that, typing could be overwritten by what it answers. */
  ready: boolean = $state(false);
  /** Whether there is anything that could be lost. */
  kept: boolean = $state(false);
  readonly #start: string;
  #over = false;

  constructor(
    readonly client: ReplicaClient,
    readonly key: string,
    start: Form,
  ) {
    this.form = start;
    this.#start = JSON.stringify(start);
  }

  /** Takes up what was kept. Fields that the form gained since then keep their start; those it lost are dropped. */
  async load(): Promise<void> {
    const kept = await this.client.draft(this.key).catch(() => null);
    if (isObject(kept)) {
      for (const name of Object.keys(this.form)) {
        const value = kept[name];
        if (value !== undefined && sameShape(value, this.form[name])) (this.form as Record<string, Json>)[name] = value;
      }
      this.kept = true;
    }
    this.ready = true;
  }

  /** Keeps the form as it is now; depends on all of it. */
  keep(): void {
    const now = JSON.stringify(this.form);
    untrack(() => {
      if (!this.ready || this.#over) return;
      if (!this.kept && now === this.#start) return;
      this.kept = true;
      // A draft that can't be kept must not stop the typing; saving says what is wrong with the store.
      this.client.keepDraft(this.key, JSON.parse(now) as Json).catch(() => undefined);
    });
  }

  async drop(): Promise<void> {
    this.#over = true;
    this.kept = false;
    await this.client.dropDraft(this.key);
  }
}

/** For a component's start: a draft that is taken up and kept by itself. */
export function draft<Form extends Record<string, Json>>(client: ReplicaClient, key: string, start: Form): Draft<Form> {
  const made = new Draft(client, key, start);
  void made.load();
  $effect(() => {
    made.keep();
  });
  return made;
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameShape(one: Json, other: Json | undefined): boolean {
  if (other === null || one === null) return true;
  return typeof one === typeof other && Array.isArray(one) === Array.isArray(other);
}
