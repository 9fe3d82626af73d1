/** Words of what is held, decided about, or in conflict. */
const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export const trayEn = {
  conflicts: {
    text: "It was changed in two places at once. Choose which one stands; the other isn't lost from the history.",
    stands: "Stands now",
    choose: "Take this",
    chosen: "Chosen, saved on this phone",
    here: (when: string) => `Written on this phone, ${when}`,
    elsewhere: (when: string) => `Written elsewhere, ${when}`,
    cleared: "(empty)",
    count: (count: number) => many(count, "field with two versions", "fields with two versions"),
  },
  handover: {
    gained: (names: string) => `Handed over to you: ${names}`,
    lost: (names: string) => `Handed over to someone else: ${names}`,
    more: (names: string, count: number) => `${names} and ${count} more`,
    arriving: "a customer that is still arriving",
    says: (note: string) => `The office says: ${note}`,
    open: "Open the customer",
  },
  held: {
    title: "Held",
    text: "The office's server didn't take these. Nothing is lost: each is kept here until you decide.",
    empty: "Nothing is held",
    emptyText: "Whatever the office can't take would wait here, with the reason.",
    why: "Why",
    what: "What you wrote",
    reapply: "Capture it anew",
    reapplied: "Captured anew, saved on this phone",
    othersStand: "Others wrote some of it meanwhile, and theirs stands: see “What became of it”",
    underway: "Decided; it leaves this tray once the office knows",
    cannot: "Can't be captured anew now",
    discard: "Discard",
    discardAsk: "Discard this work?",
    discardText: "It is gone from this phone. The office keeps what reached it.",
    discarded: "Discarded",
    keep: "Keep it",
    decided: "What became of it",
    aside: "Kept in an older store",
    asideText:
      "This phone's store was set aside once, and these couldn't be carried over. They are still in it; a rescue file has them for the office to read.",
    asideUnknown: "A store that can't be read",
    overruledText:
      "Others changed the same meanwhile, and what they wrote stands. What you wrote is kept here until you have read this.",
    fates: {
      discarded: "Given up: it is not in the record",
      re_authored: "Taken over: the office wrote it into the record",
      overruled: "Does not stand: others wrote the same meanwhile",
    } as Readonly<Record<string, string>>,
    gotIt: "I have read it",
    dismissed: "Noted as read",
  },
};

export type TrayTexts = typeof trayEn;
