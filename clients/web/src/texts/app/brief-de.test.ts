import { expect, it } from "vitest";

import { type Fact, sentenceIn } from "@roadbook/replica";

import { GERMAN } from "./brief-de.ts";

const by = { id: "", name: "Nancy Davolio" };
const total = { minor: 123_450, currency: "EUR" };

it.each<[Fact, string]>([
  [
    { fact: "identity", name: "Deli", external_id: "DELI", account_type: "customer", segment: null },
    "Deli (DELI): Kunde.",
  ],
  [
    {
      fact: "promised",
      promise: "task",
      what: "Muster senden",
      due: "1998-05-01",
      overdue_days: 6,
      by,
      priority: "high",
    },
    "Aufgabe: Muster senden, Priorität hoch, fällig 1. Mai 1998 (6 Tage überfällig), für Nancy Davolio.",
  ],
  [
    { fact: "neglected", habit: "visits", days: 40, usual_days: 14, last: "1998-04-01" },
    "Zuletzt besucht vor 40 Tagen, am 1. April 1998; üblich: 14 Tage.",
  ],
  [
    { fact: "rhythm", habit: "orders", count: 3, usual_days: 1, first: "1998-04-01", last: "1998-05-01" },
    "Bestellt 3-mal vom 1. April 1998 bis 1. Mai 1998, meist im Abstand von 1 Tag.",
  ],
  [
    {
      fact: "promised",
      promise: "case",
      what: "Glas im Glas",
      due: "1998-05-01",
      overdue_days: null,
      by: null,
      priority: null,
    },
    "Fall: Glas im Glas, fällig 1. Mai 1998.",
  ],
  [
    { fact: "open_case", case_type: "complaint", what: "Glas im Glas", since: "1998-04-30", priority: "high" },
    "Offen seit 30. April 1998: Beschwerde, Glas im Glas, Priorität hoch.",
  ],
  [
    { fact: "open_opportunity", what: "Kühlregal", stage: "proposed", amount: total, expected_close: null, by },
    "Verkaufschance, Angeboten: Kühlregal, 1.234,50\u00a0€, bei Nancy Davolio.",
  ],
  [{ fact: "credit_hold" }, "Das Büro hält die Aufträge dieses Kunden an."],
  [{ fact: "open_total", count: 2, total }, "Alle 2 zusammen: 1.234,50\u00a0€."],
  [
    { fact: "visited", by, day: null, purpose: "order", contact: null, subject: null, outcome: null, notes: "Eilig." },
    "Besucht von Nancy Davolio (Auftrag). Eilig.",
  ],
])("%j", (fact, words) => {
  expect(sentenceIn(GERMAN, fact)).toBe(words);
});
