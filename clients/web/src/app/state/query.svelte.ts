/** Something read from the replica for a screen: read again when records change, never flashing in between. */
import { untrack } from "svelte";

import { ReplicaError, type Problem } from "@roadbook/replica";

import { codeText } from "../words.ts";
import { language } from "./language.svelte.ts";
import { useSession } from "./session.svelte.ts";

export class Query<Value> {
  /** The last that was read; stays while it is read anew. */
  value: Value | undefined = $state.raw();
  problem: Problem | null = $state.raw(null);
  #run = 0;

  /** Starts to read; an answer that a later one has overtaken is dropped. */
  async read(load: () => Promise<Value>): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    try {
      const value = await load();
      if (run !== this.#run) return;
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (run === this.#run) this.problem = problemOf(error);
    }
  }
}

/** For a component's start: reads `load` now, when records change, and when what it reads of the component's state changes. */
export function query<Value>(load: () => Promise<Value>): Query<Value> {
  const session = useSession();
  const found = new Query<Value>();
  $effect(() => {
    // Depends on the tick, whatever else it depends on.
    if (session.changes < 0) return;
    const started = load();
    untrack(() => {
      void found.read(() => started);
    });
  });
  return found;
}

/** Any failure as a code and words for people. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ReplicaError) return inWords({ code: error.code, text: error.message });
  // Across a worker an error keeps its name and fields, but not its class.
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string" && typeof message === "string") return inWords({ code, text: message });
  return { code: "unexpected", text: language.texts.problems.unknown };
}

/** What is said follows from the code, in the reader's language. */
function inWords({ code, text }: Problem): Problem {
  return { code, text: codeText(language.texts, code, text) };
}
