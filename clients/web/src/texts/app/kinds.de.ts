/** Dieselben Wörter auf Deutsch. */
import type { kindsEn } from "./kinds.en.ts";

const OTHER = { other: "Anderes" };

export const kindsDe: typeof kindsEn = {
  opportunity: {
    new: "Neue Verkaufschance",
    edit: "Verkaufschance",
    fields: {
      subject: "Was verkauft werden kann",
      stage: "Wie weit",
      amount_minor: "Betrag",
      currency: "Währung",
      expected_close: "Entschieden bis",
      source: "Wie entstanden",
      competitor: "Wer noch anbietet",
      close_reason: "Warum gewonnen oder verloren",
      next_step: "Nächster Schritt",
      next_step_due: "Nächster Schritt bis",
      notes: "Gut zu wissen",
    },
    words: {
      stage: {
        identified: "Erkannt",
        qualified: "Geprüft",
        proposed: "Angeboten",
        negotiation: "Verhandlung",
        won: "Gewonnen",
        lost: "Verloren",
      },
      source: {
        visit: "Besuch",
        referral: "Empfehlung",
        inquiry: "Anfrage",
        campaign: "Aktion",
        tender: "Ausschreibung",
        existing_business: "Bestehendes Geschäft",
        ...OTHER,
      },
      close_reason: {
        price: "Preis",
        product: "Produkt",
        service: "Service",
        delivery: "Lieferung",
        relationship: "Beziehung",
        no_budget: "Kein Budget",
        no_decision: "Keine Entscheidung",
        competitor: "Mitbewerber",
        ...OTHER,
      },
    },
  },
  call: {
    new: "Anruf festhalten",
    edit: "Anruf",
    fields: {
      subject: "Thema",
      direction: "Wer rief an",
      channel: "Per",
      outcome: "Ergebnis",
      minutes: "Minuten",
      next_step: "Nächster Schritt",
      next_step_due: "Nächster Schritt bis",
      notes: "Was gesagt wurde",
    },
    words: {
      direction: { outgoing: "Wir riefen an", incoming: "Sie riefen an" },
      channel: { phone: "Telefon", video: "Video" },
      outcome: {
        reached: "Erreicht",
        order: "Bestellung",
        quote: "Angebot",
        follow_up: "Nachfassen",
        no_interest: "Kein Interesse",
        not_reached: "Nicht erreicht",
        message_left: "Nachricht hinterlassen",
        ...OTHER,
      },
    },
  },
};
