//! An order's states after it leaves the rep's hands: decisions that only the centre makes, as data. Their history
//! stands in the log, not in the document; the document's own `draft` or `quote` counts only while no decision exists.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::permission::Role;
use crate::rule::Violation;
use crate::value::{Fields, Value, str_of};

/// What a request asks the centre to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Hands the order in; its document closes.
    Submit,
    /// Takes the order on, under a number and at a price.
    Accept,
    /// Gives the order back; its document opens again.
    Reject,
    /// Withdraws an order that was handed in and not yet decided.
    Cancel,
    /// Makes an order that is not accepted a draft again, to correct it under its number.
    Reopen,
    /// Says what the server's own pricing of a submitted order came to. Nobody asks for it: the server says it by itself.
    Review,
    /// Lets an order pass that goes beyond what its person may grant, or beyond the account's credit.
    Approve,
    /// Gives such an order back, and says why.
    Decline,
    /// Lets the price stand at which the order was captured.
    KeepPrice,
    /// Takes the price that the server found instead.
    TakePrice,
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
    /// What may have been asked for, and not be answered, when a device asks for this.
    pub behind: Option<Verb>,
}

/// An order that was handed in and on which nobody has to say anything first.
pub const SUBMITTED: &str = "submitted";
/// One that waits for somebody's word: it goes beyond discretion or credit.
pub const TO_APPROVE: &str = "to_approve";
/// One whose price the server finds to be another than the captured one.
pub const PRICES_DIFFER: &str = "prices_differ";
/// One that the office took on.
pub const ACCEPTED: &str = "accepted";
/// The states of an order that was handed in and is not through.
pub const HANDED_IN: [&str; 3] = [SUBMITTED, TO_APPROVE, PRICES_DIFFER];

const OFFICE: &[Role] = &[Role::Office, Role::Admin];
const ABOVE_REPS: &[Role] = &[Role::Manager, Role::Office, Role::Admin];
const HANDED_IN_STATES: &[Option<&str>] = &[Some(SUBMITTED), Some(TO_APPROVE), Some(PRICES_DIFFER)];

static SUBMIT: Transition = Transition {
    verb: Verb::Submit,
    from: &[None, Some("draft"), Some("quote"), Some("rejected")],
    to: SUBMITTED,
    roles: &Role::ALL,
    creator: true,
    behind: Some(Verb::Reopen),
};
static ACCEPT: Transition = Transition {
    verb: Verb::Accept,
    from: &[Some(SUBMITTED), Some(TO_APPROVE)],
    to: ACCEPTED,
    roles: OFFICE,
    creator: false,
    behind: None,
};
static REJECT: Transition = Transition {
    verb: Verb::Reject,
    from: HANDED_IN_STATES,
    to: "rejected",
    roles: OFFICE,
    creator: false,
    behind: None,
};
static CANCEL: Transition = Transition {
    verb: Verb::Cancel,
    from: HANDED_IN_STATES,
    to: "cancelled",
    roles: OFFICE,
    creator: true,
    behind: None,
};
static REOPEN: Transition = Transition {
    verb: Verb::Reopen,
    from: &[Some("rejected"), Some(SUBMITTED), Some(TO_APPROVE), Some(PRICES_DIFFER)],
    to: "draft",
    roles: OFFICE,
    creator: true,
    behind: Some(Verb::Submit),
};
// Where an approval is asked for too, its state follows instead.
static REVIEW: Transition = Transition {
    verb: Verb::Review,
    from: &[Some(SUBMITTED)],
    to: PRICES_DIFFER,
    roles: &[],
    creator: false,
    behind: None,
};
static APPROVE: Transition = Transition {
    verb: Verb::Approve,
    from: &[Some(TO_APPROVE)],
    to: SUBMITTED,
    roles: ABOVE_REPS,
    creator: false,
    behind: None,
};
static DECLINE: Transition = Transition {
    verb: Verb::Decline,
    from: &[Some(TO_APPROVE), Some(PRICES_DIFFER)],
    to: "rejected",
    roles: ABOVE_REPS,
    creator: false,
    behind: None,
};
static KEEP_PRICE: Transition = Transition {
    verb: Verb::KeepPrice,
    from: &[Some(PRICES_DIFFER)],
    to: SUBMITTED,
    roles: ABOVE_REPS,
    creator: false,
    behind: None,
};
// Nothing is granted by it: whoever made the order may say so.
static TAKE_PRICE: Transition = Transition {
    verb: Verb::TakePrice,
    from: &[Some(PRICES_DIFFER)],
    to: SUBMITTED,
    roles: ABOVE_REPS,
    creator: true,
    behind: None,
};

/// The decision states in which an order's document may be written.
pub const OPEN: &[Option<&str>] = &[None, Some("draft"), Some("quote"), Some("rejected")];

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 10] = [
        Self::Submit,
        Self::Accept,
        Self::Reject,
        Self::Cancel,
        Self::Reopen,
        Self::Review,
        Self::Approve,
        Self::Decline,
        Self::KeepPrice,
        Self::TakePrice,
    ];

    /// Its word everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Cancel => "cancel",
            Self::Reopen => "reopen",
            Self::Review => "review",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::KeepPrice => "keep_price",
            Self::TakePrice => "take_price",
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
#[error(
    "no request is called {0}; one can ask to submit, accept, reject, cancel, reopen, approve, decline, keep_price or \
     take_price"
)]
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
        Verb::Review => &REVIEW,
        Verb::Approve => &APPROVE,
        Verb::Decline => &DECLINE,
        Verb::KeepPrice => &KEEP_PRICE,
        Verb::TakePrice => &TAKE_PRICE,
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

/// The state from which a device may ask for something while another thing that it asked for is not answered yet (rule
/// Q10). `None`: it has to wait.
pub fn expected(asked: Verb, next: Verb) -> Option<&'static str> {
    (transition_of(next).behind == Some(asked)).then(|| transition_of(asked).to)
}

/// Whether a record's document may be written, given its latest decision state. Only an order's ever closes.
pub fn document_open(kind: Kind, decision_state: Option<&str>) -> bool {
    kind != Kind::ORDER || OPEN.contains(&decision_state)
}

/// Whether a document is a quote whose last day is over everywhere: twelve hours after that day's end in UTC.
pub fn quote_expired(fields: &Fields, now_ms: i64) -> bool {
    const BEHIND_UTC_MS: i64 = 12 * 3_600_000;
    let day: Option<NaiveDate> = str_of(fields, "valid_until").and_then(|day| day.parse().ok());
    let end = day.and_then(|day| day.succ_opt()).and_then(|day| day.and_hms_opt(0, 0, 0));
    let end_ms = end.map(|end| end.and_utc().timestamp_millis() + BEHIND_UTC_MS);
    str_of(fields, "state") == Some("quote") && end_ms.is_some_and(|end_ms| now_ms >= end_ms)
}

/// How many days a quote holds, if nobody says otherwise.
pub const QUOTE_DAYS: u64 = 30;

/// The last day of a quote that is made on this one, if nobody says otherwise.
pub fn quote_day(today: NaiveDate) -> NaiveDate {
    today.checked_add_days(Days::new(QUOTE_DAYS)).unwrap_or(today)
}

/// What is said of a quote that is over.
pub const QUOTE_EXPIRED: &str =
    "This quote is over: give it another last day, and look at its prices, before it becomes an order.";

/// Whether a document is an order of nothing: it cannot be handed in (rule Q11).
pub fn has_no_lines(fields: &Fields) -> bool {
    Value::entries(fields.get("lines")).is_empty()
}

/// What is said of an order of nothing.
pub const NO_LINES: &str = "This order has no lines: say what is ordered before it is handed in.";

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
