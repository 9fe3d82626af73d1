/** What has just happened, with a way to take it back. One at a time: the newest is the one that counts. */

export interface Toast {
  readonly text: string;
  readonly tone: "good" | "wait" | "held";
  readonly action?: { readonly label: string; readonly run: () => void | Promise<void> };
  /** How long it stays, in milliseconds; `null` stays until closed. */
  readonly stays?: number | null;
}

/** Long enough to read it and to reach the button. */
const STAYS_MS = 7_000;

class Toasts {
  current: Toast | null = $state.raw(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(toast: Toast): void {
    this.current = toast;
    this.resume();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.current = null;
  }

  /** While someone points at it or has focus in it, it must not go (WCAG 2.2.1). */
  pause(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    clearTimeout(this.#timer);
    const stays = this.current?.stays === undefined ? STAYS_MS : this.current.stays;
    if (this.current === null || stays === null) return;
    this.#timer = setTimeout(() => {
      this.close();
    }, stays);
  }
}

export const toasts = new Toasts();
