/** Words of the rep's app, in English. The other languages have the same keys: the compiler checks it. */
export const en = {
  name: "Roadbook",
};

/** What a catalogue holds. */
export type Texts = typeof en;
