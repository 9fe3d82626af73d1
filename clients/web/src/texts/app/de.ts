import type { Texts } from "./en.ts";

/** Words of the rep's app, in German. */
export const de: Texts = {
  name: "Roadbook",
};
