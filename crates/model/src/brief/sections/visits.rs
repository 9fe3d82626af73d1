//! The last visits, under the names of those who made them, and the last remarks.

use crate::brief::dossier::{Part, View};
use crate::brief::{Day, Fact, Section, Statement, Topic};
use crate::kind::Kind;

const VISITS_MAX: usize = 5;
const REMARKS_MAX: usize = 3;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    let mut statements: Vec<Statement> =
        view.made.iter().take(VISITS_MAX).map(|visit| visited(view, visit)).collect();
    let mut remarks: Vec<&Part> = view.of_kind(Kind::COMMENT).collect();
    remarks.sort_by_key(|remark| std::cmp::Reverse((remark.moment("at"), remark.envelope.id)));
    statements.extend(remarks.iter().take(REMARKS_MAX).map(|remark| remarked(view, remark)));
    let left_out = view.made.len().saturating_sub(VISITS_MAX) + remarks.len().saturating_sub(REMARKS_MAX);
    Section { section: Topic::Visits, statements, left_out }
}

fn visited(view: &View<'_>, visit: &Part) -> Statement {
    let contact = view.contact_of(visit);
    let names =
        ["checked_in_at", "checked_out_at", "purpose", "contact_id", "subject", "outcome", "rep_id", "notes"];
    let mut sources = vec![visit.source(&names)];
    sources.extend(contact.as_ref().map(|(contact, _)| contact.source(&["name"])));
    let fact = Fact::Visited {
        by: view.who_of(visit, "rep_id"),
        day: visit.visit_day(),
        purpose: visit.line("purpose"),
        contact: contact.map(|(_, name)| name),
        subject: visit.line("subject"),
        outcome: visit.line("outcome"),
        notes: visit.excerpt("notes"),
    };
    Statement::new(fact, sources)
}

fn remarked(view: &View<'_>, remark: &Part) -> Statement {
    let fact = Fact::Remarked {
        by: view.who(remark.envelope.creator),
        day: remark.moment("at").and_then(Day::of_ms),
        excerpt: remark.excerpt("body").unwrap_or_default(),
    };
    Statement::new(fact, vec![remark.source(&["body", "at", "subject_id"])])
}
