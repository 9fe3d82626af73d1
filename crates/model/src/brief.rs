//! The hand-over brief: what one reads before the first visit to an account that one did not know. Made from the
//! account's records alone, so that a device makes the same offline as the server does.
//!
//! Each [`Statement`] holds what it says as data ([`Fact`]), so that a screen can put it into any language, the records
//! and fields that it was read from ([`Source`]), and the same in plain English. Nothing is said without a source, and
//! a brief stays short however long the account's history: each section has a most, and says how many it left out.
//!
//! Reading order: [`dossier`] (what a brief is made from), [`fact`] (what it can say), `sections` (one module for each
//! section), [`words`] (the English), [`page`] (the printable page).

pub mod day;
pub mod dossier;
pub mod fact;
pub mod page;
mod sections;
pub mod source;
pub mod words;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;

pub use day::Day;
pub use dossier::{Decided, Dossier, Outstanding, Part};
pub use fact::{Amount, Fact, Who};
pub use source::Source;

/// A brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// The account.
    pub account: AccountId,
    /// What it is called.
    pub name: String,
    /// The day for which it was made, UTC: what is overdue is so on this day.
    pub day: Day,
    /// Its sections, in the order in which one reads them. A section with nothing to say is there, without statements.
    pub sections: Vec<Section>,
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Which.
    pub section: Topic,
    /// What it says, the most pressing first.
    pub statements: Vec<Statement>,
    /// How many more statements there would be: the brief stays short.
    pub left_out: usize,
}

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Who the customer is.
    Customer,
    /// The people there, and how they wish to be reached.
    Contacts,
    /// What was promised and is not done: tasks, next steps, planned visits.
    Promises,
    /// The last visits, and what was remarked.
    Visits,
    /// Quotes and orders that are not through.
    Orders,
    /// How often, how much and what.
    Habits,
    /// What one should not be caught out by.
    Warnings,
    /// What has not arrived yet of those who had the account before. Only the server knows.
    Outstanding,
}

/// One statement, with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What it says.
    #[serde(flatten)]
    pub fact: Fact,
    /// What it was read from, at most [`SOURCES_MAX`], the newest first. Never empty.
    pub sources: Vec<Source>,
    /// How many sources there are in all.
    pub source_count: usize,
    /// The same in English.
    pub text: String,
}

/// Most sources that one statement names.
pub const SOURCES_MAX: usize = 12;

/// The brief of an account, as of the dossier's moment.
pub fn brief(dossier: &Dossier) -> Brief {
    let view = dossier::View::of(dossier);
    let mut sections = vec![
        sections::customer::section(&view),
        sections::contacts::section(&view),
        sections::promises::section(&view),
        sections::visits::section(&view),
        sections::orders::section(&view),
        sections::habits::section(&view),
        sections::warnings::section(&view),
    ];
    sections.extend(sections::outstanding::section(&view));
    let name = view.profile.and_then(|profile| profile.line("name")).unwrap_or_default();
    Brief { account: dossier.account, name, day: view.today, sections }
}

impl Brief {
    /// The section about this, if the brief has one.
    pub fn section(&self, topic: Topic) -> Option<&Section> {
        self.sections.iter().find(|section| section.section == topic)
    }
}

impl Section {
    /// At most so many of these statements.
    pub(crate) fn of(section: Topic, mut statements: Vec<Statement>, most: usize) -> Self {
        let left_out = statements.len().saturating_sub(most);
        statements.truncate(most);
        Self { section, statements, left_out }
    }
}

impl Statement {
    /// A statement from these sources.
    pub(crate) fn new(fact: Fact, mut sources: Vec<Source>) -> Self {
        debug_assert!(!sources.is_empty(), "a statement has a source");
        let source_count = sources.len();
        sources.truncate(SOURCES_MAX);
        let text = words::sentence(&fact);
        Self { fact, sources, source_count, text }
    }
}
