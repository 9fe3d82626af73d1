/** Where the app is: the browser's history, read as routes. Scroll positions come back with "back". */
import { tick } from "svelte";

import { parentOf, pathOf, routeOf, type Route } from "../route.ts";

interface Step {
  /** How many steps of this visit lie behind; 0 is where one came in. */
  readonly depth: number;
  readonly scroll: number;
}

class Place {
  route: Route = $state.raw(routeOf(location));
  #depth = stepOf(history.state).depth;

  /** Begins to follow the history; call it once. */
  follow(): () => void {
    history.scrollRestoration = "manual";
    history.replaceState(stepOf(history.state), "");
    const popped = (event: PopStateEvent): void => {
      const step = stepOf(event.state);
      this.#depth = step.depth;
      this.route = routeOf(location);
      void restore(step.scroll);
    };
    addEventListener("popstate", popped);
    return () => {
      removeEventListener("popstate", popped);
    };
  }

  go(route: Route): void {
    history.replaceState({ depth: this.#depth, scroll: scrollY } satisfies Step, "");
    this.#depth += 1;
    history.pushState({ depth: this.#depth, scroll: 0 } satisfies Step, "", pathOf(route));
    this.route = route;
    scrollTo(0, 0);
  }

  /** Takes the place of where one is, so that "back" does not lead into a form that is done. */
  replace(route: Route): void {
    history.replaceState({ depth: this.#depth, scroll: 0 } satisfies Step, "", pathOf(route));
    this.route = route;
    scrollTo(0, 0);
  }

  back(): void {
    if (this.#depth > 0) history.back();
    else this.replace(parentOf(this.route));
  }
}

function stepOf(state: unknown): Step {
  const step = state as Partial<Step> | null;
  return { depth: step?.depth ?? 0, scroll: step?.scroll ?? 0 };
}

/** What a list holds comes from the store a moment later, so the page may grow for some frames first. */
async function restore(scroll: number): Promise<void> {
  await tick();
  for (let frame = 0; frame < 20; frame += 1) {
    scrollTo(0, scroll);
    if (Math.abs(scrollY - scroll) < 2) return;
    await new Promise((done) => requestAnimationFrame(done));
  }
}

export const place = new Place();

/** For links: a plain tap stays in the app; with a modifier the browser does what it always does. */
export function follows(event: MouseEvent): Route | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.origin !== location.origin || link.target !== "" || link.hasAttribute("download"))
    return null;
  const route = routeOf(link);
  return route.at === "nowhere" ? null : route;
}
