/**
 * Where the focus goes when what has it leaves the screen: to what takes its place in its row, to the row that moves up, or
 * to the screen's heading. Without it a keyboard or a reader begins at the top of the page again.
 */

const REACHED = "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), select:not(:disabled)";

interface Held {
  readonly node: Element;
  readonly row: Element | null;
  readonly list: Element | null;
  /** Which row of its list, and which of what can be reached in the row. */
  readonly nth: number;
  readonly place: number;
}

/** Watches a screen; its heading can take the focus. */
export function holdFocus(screen: HTMLElement, heading: () => HTMLElement | undefined): () => void {
  let held: Held | null = null;
  const taken = (event: FocusEvent): void => {
    held = event.target instanceof Element ? heldAt(event.target) : null;
  };
  const left = (event: FocusEvent): void => {
    const node = event.target;
    // Left by whoever is there; what is taken away is no longer there a moment later.
    queueMicrotask(() => {
      if (held?.node === node && held.node.isConnected) held = null;
    });
  };
  const observer = new MutationObserver(() => {
    if (held === null || held.node.isConnected || !isLost()) return;
    const next = successor(held) ?? heading();
    held = null;
    next?.focus({ preventScroll: next === heading() });
  });
  screen.addEventListener("focusin", taken);
  screen.addEventListener("focusout", left);
  observer.observe(screen, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    screen.removeEventListener("focusin", taken);
    screen.removeEventListener("focusout", left);
  };
}

const isLost = (): boolean => document.activeElement === null || document.activeElement === document.body;
const reached = (row: Element): HTMLElement[] => [...row.querySelectorAll<HTMLElement>(REACHED)];

function heldAt(node: Element): Held {
  const row = node.closest("li");
  const list = row?.parentElement ?? null;
  const nth = row === null || list === null ? 0 : [...list.children].indexOf(row);
  return { node, row, list, nth, place: row === null ? 0 : reached(row).findIndex((one) => one === node) };
}

function successor({ row, list, nth, place }: Held): HTMLElement | undefined {
  if (row?.isConnected === true) return buttonIn(row);
  if (list?.isConnected !== true) return undefined;
  const next = list.children[nth] ?? list.lastElementChild;
  return next === null ? undefined : (reached(next)[place] ?? buttonIn(next));
}

/** No field that is typed into: a phone would bring up its keyboard. */
function buttonIn(row: Element): HTMLElement | undefined {
  const all = reached(row);
  return all.findLast((one) => one instanceof HTMLButtonElement) ?? all[0];
}
