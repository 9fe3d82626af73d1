/**
 * What the plan counts of every record, and which accounts belong together, in memory: made once from the list rows, when somebody first asks, and following each
 * transaction from then on. It reads no document.
 */

import type { Store, ViewRow } from "../engine/rows.ts";
import type { AccountFacts, PlanFacts } from "../model/plan/facts.ts";
import type { Visit } from "../model/plan/figures.ts";
import type { Place } from "../model/plan/distance.ts";

/** An account that was not merged into another. */
export interface KnownAccount extends AccountFacts {
  readonly account: string;
  readonly title: string;
  readonly subtitle: string;
  readonly place: Place | null;
  readonly parent: string | null;
  readonly referrer: string | null;
}

/** The kinds of which something counts. */
const KINDS = ["account", "visit", "order", "task", "case", "call", "opportunity"];
/** The last of all texts, to bound a look along an index. */
const LAST = "\uffff";

export class PlanIndex {
  readonly #accounts = new Map<string, KnownAccount>();
  readonly #facts = new Map<string, PlanFacts>();
  #isLoaded = false;

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Reads all rows; no transaction may be open meanwhile. */
  async load(store: Store): Promise<void> {
    if (this.#isLoaded) return;
    for (const kind of KINDS) {
      const views = await store.along("view", "kind_sort", { from: [kind], to: [kind, LAST, LAST] });
      for (const view of views) this.#put(view);
    }
    this.#isLoaded = true;
  }

  /** What a transaction changed; before it is loaded, the rows say it all. */
  follow(views: Iterable<readonly [string, ViewRow | null]>): void {
    if (!this.#isLoaded) return;
    for (const [record, view] of views) {
      this.#accounts.delete(record);
      this.#facts.delete(record);
      if (view !== null) this.#put(view);
    }
  }

  #put(view: ViewRow): void {
    const { plan, record, title, subtitle, latitude, longitude } = view;
    if (plan === undefined || view.merged === true) return;
    if (plan.is !== "account") {
      this.#facts.set(record, plan);
      return;
    }
    const place =
      latitude === undefined || longitude === undefined
        ? null
        : { latitude_microdeg: latitude, longitude_microdeg: longitude };
    const { parent, referrer } = plan;
    this.#accounts.set(record, { ...plan.account, account: record, title, subtitle, place, parent, referrer });
  }

  get accounts(): ReadonlyMap<string, KnownAccount> {
    return this.#accounts;
  }

  /** What counts of all other kinds, by record, as lists show them. */
  get facts(): ReadonlyMap<string, PlanFacts> {
    return this.#facts;
  }

  /** Visits, and whether each was begun. */
  *visits(): Generator<Visit & { readonly begun: boolean }> {
    for (const facts of this.#facts.values()) if (facts.is === "visit") yield { ...facts.visit, begun: facts.begun };
  }
}
