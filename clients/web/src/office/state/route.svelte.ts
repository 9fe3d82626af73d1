/**
 * Where in the console one is: the part of the address behind `#`, so that any server can give out the page, and a secret in
 * it never leaves the browser.
 */
import { untrack } from "svelte";

import { href, parse } from "./address.ts";

export { href };

class Route {
  #at = $state.raw(parse(location.hash));
  /** Grows when somebody asks for something else on the same screen, which then begins anew. */
  turn = $state(0);

  constructor() {
    addEventListener("hashchange", () => {
      const before = this.#at.path.join("/");
      this.#at = parse(location.hash);
      if (this.#at.path.join("/") === before) this.turn += 1;
    });
  }

  get path(): readonly string[] {
    return this.#at.path;
  }

  query(name: string): string {
    return this.#at.query.get(name) ?? "";
  }

  go(path: string, query: Readonly<Record<string, string | undefined>> = {}): void {
    location.hash = href(path, query);
  }

  /** Changes what the address asks for, without a step to go back to: a filter is no page of its own. */
  ask(changed: Readonly<Record<string, string | undefined>>): void {
    // Whoever asks in an effect does not wait for the address to change.
    const at = untrack(() => this.#at);
    const all = { ...Object.fromEntries(at.query), ...changed };
    const hash = href(at.path.map(encodeURIComponent).join("/"), all);
    history.replaceState(history.state, "", hash);
    this.#at = parse(hash);
  }
}

export const route = new Route();
