import type { TrayTexts } from "./tray.en.ts";

const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export const trayDe: TrayTexts = {
  conflicts: {
    text: "Es wurde an zwei Stellen zugleich geändert. Bitte wählen, was gilt; die andere Fassung bleibt im Verlauf.",
    stands: "Gilt jetzt",
    choose: "Diese nehmen",
    chosen: "Gewählt, auf diesem Gerät gespeichert",
    here: (when: string) => `Auf diesem Gerät geschrieben, ${when}`,
    elsewhere: (when: string) => `Anderswo geschrieben, ${when}`,
    cleared: "(leer)",
    count: (count: number) => many(count, "Feld mit zwei Fassungen", "Felder mit zwei Fassungen"),
  },
  handover: {
    gained: (names: string) => `Ihnen übergeben: ${names}`,
    lost: (names: string) => `Jemand anderem übergeben: ${names}`,
    more: (names: string, count: number) => `${names} und ${count} weitere`,
    arriving: "ein Kunde, der noch ankommt",
    says: (note: string) => `Das Büro schreibt: ${note}`,
    open: "Kunden öffnen",
  },
  held: {
    title: "Zurückgehalten",
    text: "Der Server hat das nicht übernommen. Verloren ist nichts: Es bleibt hier, bis Sie entscheiden.",
    empty: "Nichts ist zurückgehalten",
    emptyText: "Was das Büro nicht übernehmen kann, würde hier warten, mit dem Grund.",
    why: "Warum",
    what: "Was Sie geschrieben haben",
    reapply: "Neu erfassen",
    reapplied: "Neu erfasst, auf diesem Gerät gespeichert",
    othersStand: "Andere haben einiges davon inzwischen geschrieben, und das gilt: siehe „Was daraus wurde“",
    underway: "Entschieden; es verlässt diese Ablage, sobald das Büro davon weiß",
    cannot: "Lässt sich jetzt nicht neu erfassen",
    discard: "Verwerfen",
    discardAsk: "Diese Arbeit verwerfen?",
    discardText: "Sie verschwindet von diesem Gerät. Das Büro behält, was es erreicht hat.",
    discarded: "Verworfen",
    keep: "Behalten",
    decided: "Was daraus wurde",
    aside: "In einem älteren Speicher aufbewahrt",
    asideText:
      "Der Speicher dieses Geräts wurde einmal beiseitegelegt, und dies ließ sich nicht übertragen. Es liegt noch darin; mit einer Rettungsdatei kann das Büro es lesen.",
    asideUnknown: "Ein Speicher, der sich nicht lesen lässt",
    overruledText:
      "Andere haben inzwischen dasselbe geändert, und ihres gilt. Was Sie schrieben, bleibt hier, bis Sie dies gelesen haben.",
    fates: {
      discarded: "Aufgegeben: Es steht nicht im Datensatz",
      re_authored: "Übernommen: Das Büro hat es selbst eingetragen",
      overruled: "Gilt nicht: Andere haben inzwischen dasselbe geschrieben",
    },
    gotIt: "Gelesen",
    dismissed: "Als gelesen vermerkt",
  },
};
