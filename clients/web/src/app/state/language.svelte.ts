/** The language on screen. English comes with the app; another is fetched with its first use, and kept for offline. */
import { Formats } from "$texts/format.ts";
import { en, type Texts } from "$texts/app/en.ts";

export type LanguageCode = "en" | "de";

const LOCALES = { en: "en-GB", de: "de-DE" } as const;

const CATALOGUES: Readonly<Record<LanguageCode, () => Promise<Texts>>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import("$texts/app/de.ts")).de,
};

class Language {
  code: LanguageCode = $state("en");
  texts: Texts = $state.raw(en);
  formats: Formats = $state.raw(new Formats(LOCALES.en));

  async use(code: LanguageCode): Promise<void> {
    const texts = await CATALOGUES[code]();
    this.code = code;
    this.texts = texts;
    this.formats = new Formats(localeOf(code));
    document.documentElement.lang = code;
  }
}

/** The person's own locale of that language, so that a Swiss reader gets Swiss numbers. */
function localeOf(code: LanguageCode): string {
  return navigator.languages.find((locale) => locale.split("-")[0] === code && locale.includes("-")) ?? LOCALES[code];
}

/** The language that the browser asks for, if there is a catalogue of it. */
export function preferredLanguage(): LanguageCode {
  const asked = navigator.languages.map((locale) => locale.split("-")[0]);
  return asked.find((code): code is LanguageCode => code === "en" || code === "de") ?? "en";
}

export const language = new Language();
