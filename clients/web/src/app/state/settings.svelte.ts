/** What a person likes, kept beside the store: losing it loses no work, so a browser that refuses is no obstacle. */
import { language, preferredLanguage, type LanguageCode } from "./language.svelte.ts";

export type Theme = "auto" | "light" | "dark";

interface Kept {
  readonly language?: LanguageCode;
  readonly theme?: Theme;
  readonly pinned?: readonly string[];
  readonly recent?: readonly string[];
}

const KEY = "roadbook.settings";
const RECENT_MAX = 8;

class Settings {
  theme: Theme = $state("auto");
  pinned: readonly string[] = $state.raw([]);
  /** Accounts that were opened last, the newest first. */
  recent: readonly string[] = $state.raw([]);
  #language: LanguageCode | undefined;

  async load(): Promise<void> {
    const kept = read();
    this.#language = kept.language;
    this.pinned = kept.pinned ?? [];
    this.recent = kept.recent ?? [];
    this.setTheme(kept.theme ?? "auto");
    await language.use(kept.language ?? preferredLanguage());
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    const root = document.documentElement;
    if (theme === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
    this.#write();
  }

  async setLanguage(code: LanguageCode): Promise<void> {
    this.#language = code;
    this.#write();
    await language.use(code);
  }

  togglePin(account: string): void {
    const without = this.pinned.filter((pinned) => pinned !== account);
    this.pinned = without.length < this.pinned.length ? without : [account, ...without];
    this.#write();
  }

  opened(account: string): void {
    if (this.recent[0] === account) return;
    this.recent = [account, ...this.recent.filter((recent) => recent !== account)].slice(0, RECENT_MAX);
    this.#write();
  }

  /** With a wiped store, nothing may tell which accounts it held. */
  forgetAccounts(): void {
    this.pinned = [];
    this.recent = [];
    this.#write();
  }

  #write(): void {
    const kept: Kept = {
      theme: this.theme,
      pinned: this.pinned,
      recent: this.recent,
      ...(this.#language === undefined ? {} : { language: this.#language }),
    };
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Refused storage: the choice holds until the page is closed.
    }
  }
}

/** Whatever is no settings of ours counts as none. */
function read(): Kept {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const { language: code, theme, pinned, recent } = value as Record<string, unknown>;
    return {
      ...(code === "en" || code === "de" ? { language: code } : {}),
      ...(theme === "light" || theme === "dark" ? { theme } : {}),
      pinned: ids(pinned),
      recent: ids(recent),
    };
  } catch {
    return {};
  }
}

function ids(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === "string") : [];
}

export const settings = new Settings();
