//! An order's states after it leaves the rep's hands: decisions that only the centre makes, as data. Their history
//! stands in the log, not in the document; the document's own `draft` or `quote` counts only while no decision exists.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::permission::Role;
use crate::rule::Violation;

/// What a request asks the centre to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Hands the order in; its document closes.
    Submit,
    /// Takes the order on, under a number and at a price.
    Accept,
    /// Gives the order back; its document opens again.
    Reject,
    /// Withdraws an order that was handed in and not yet decided.
    Cancel,
    /// Makes a rejected order a draft again, before anyone edits it.
    Reopen,
}

/// One row of the table of states.
#[derive(Debug)]
pub struct Transition {
    /// What is asked for.
    pub verb: Verb,
    /// The states in which it may be asked; `None` is an order without any decision yet.
    pub from: &'static [Option<&'static str>],
    /// The state that follows.
    pub to: &'static str,
    /// Who may ask.
    pub roles: &'static [Role],
    /// Whether the record's creator may ask too, whatever the role.
    pub creator: bool,
}

const OFFICE: &[Role] = &[Role::Office, Role::Admin];

static SUBMIT: Transition = Transition {
    verb: Verb::Submit,
    from: &[None, Some("draft"), Some("quote"), Some("rejected")],
    to: "submitted",
    roles: &Role::ALL,
    creator: true,
};
static ACCEPT: Transition = Transition {
    verb: Verb::Accept,
    from: &[Some("submitted")],
    to: "accepted",
    roles: OFFICE,
    creator: false,
};
static REJECT: Transition = Transition {
    verb: Verb::Reject,
    from: &[Some("submitted")],
    to: "rejected",
    roles: OFFICE,
    creator: false,
};
static CANCEL: Transition = Transition {
    verb: Verb::Cancel,
    from: &[Some("submitted")],
    to: "cancelled",
    roles: OFFICE,
    creator: true,
};
static REOPEN: Transition =
    Transition { verb: Verb::Reopen, from: &[Some("rejected")], to: "draft", roles: OFFICE, creator: true };

/// The decision states in which an order's document may be written.
pub const OPEN: &[Option<&str>] = &[None, Some("draft"), Some("quote"), Some("rejected")];

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 5] = [Self::Submit, Self::Accept, Self::Reject, Self::Cancel, Self::Reopen];

    /// Its word everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Cancel => "cancel",
            Self::Reopen => "reopen",
        }
    }

    /// The kind of record it is about.
    pub const fn kind(self) -> Kind {
        Kind::ORDER
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no verb.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no request is called {0}; one can ask to submit, accept, reject, cancel or reopen")]
pub struct NoSuchVerb(pub String);

impl FromStr for Verb {
    type Err = NoSuchVerb;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == word).ok_or_else(|| NoSuchVerb(word.into()))
    }
}

/// The row of the table of states for this verb.
pub fn transition_of(verb: Verb) -> &'static Transition {
    match verb {
        Verb::Submit => &SUBMIT,
        Verb::Accept => &ACCEPT,
        Verb::Reject => &REJECT,
        Verb::Cancel => &CANCEL,
        Verb::Reopen => &REOPEN,
    }
}

/// The state that follows when this is asked of an order in that state.
///
/// # Errors
/// `wrong_state`, when the order is not in a state in which it may be asked.
pub fn transition(verb: Verb, current: Option<&str>) -> Result<&'static str, Violation> {
    let row = transition_of(verb);
    if row.from.contains(&current) {
        return Ok(row.to);
    }
    let now = current.unwrap_or("draft");
    let from: Vec<&str> = row.from.iter().map(|state| state.unwrap_or("draft")).collect();
    let text =
        format!("An order that is {now} cannot be asked to {verb}; it would have to be {}.", one_of(from));
    Err(Violation::new("wrong_state", &[], text))
}

/// Whether a record's document may be written, given its latest decision state. Only an order's ever closes.
pub fn document_open(kind: Kind, decision_state: Option<&str>) -> bool {
    kind != Kind::ORDER || OPEN.contains(&decision_state)
}

/// Whether a field of a record is among what a decision counts: once decided on, it stays as it was. Only an order has
/// such fields.
pub fn decided_field(kind: Kind, field: &str) -> bool {
    let counts =
        ["lines", "freight_minor", "currency", "header_discount_bp", "goodwill_minor", "priced_tax_minor"];
    kind == Kind::ORDER && counts.contains(&field)
}

fn one_of(mut words: Vec<&str>) -> String {
    words.dedup();
    words.join(" or ")
}
