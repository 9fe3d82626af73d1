/** The last visits, under the names of those who made them, and the last remarks. */

import { byKey, dayOfMs, excerpt, int, line, type Part, say, source, type View, visitDay } from "./dossier.ts";
import type { Section, Statement } from "./fact.ts";

const VISITS_MAX = 5;
const REMARKS_MAX = 3;

export function visits(view: View): Section {
  const remarks = view
    .ofKind("comment")
    .sort(byKey((remark) => [int(remark, "at"), remark.id]))
    .reverse();
  return {
    section: "visits",
    statements: [
      ...view.made.slice(0, VISITS_MAX).map((visit) => visited(view, visit)),
      ...remarks.slice(0, REMARKS_MAX).map((remark) => remarked(view, remark)),
    ],
    left_out: Math.max(0, view.made.length - VISITS_MAX) + Math.max(0, remarks.length - REMARKS_MAX),
  };
}

function visited(view: View, visit: Part): Statement {
  const met = view.contactOf(visit);
  const names = ["checked_in_at", "checked_out_at", "purpose", "contact_id", "subject", "outcome", "rep_id", "notes"];
  return say(
    {
      fact: "visited",
      by: view.whoOf(visit, "rep_id"),
      day: visitDay(visit),
      purpose: line(visit, "purpose"),
      contact: met?.name ?? null,
      subject: line(visit, "subject"),
      outcome: line(visit, "outcome"),
      notes: excerpt(visit, "notes"),
    },
    [source(visit, ...names), ...(met === null ? [] : [source(met.contact, "name")])],
  );
}

function remarked(view: View, remark: Part): Statement {
  const at = int(remark, "at");
  const words = excerpt(remark, "body") ?? "";
  return say(
    { fact: "remarked", by: view.who(remark.creator), day: at === null ? null : dayOfMs(at), excerpt: words },
    [source(remark, "body", "at", "subject_id")],
  );
}
