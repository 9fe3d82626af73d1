//! The server's stored word on a pushed item.

use minicbor::{Decode, Encode};

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// The item's push number.
    #[n(0)]
    pub number: u64,
    /// Where in the log the server's word stands.
    #[n(1)]
    pub position: u64,
    /// The word.
    #[n(2)]
    pub outcome: Outcome,
}

/// The word itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// In the record (a request: decided; a close: closed).
    #[n(0)]
    InRecord {
        /// Captured or pushed after the lease was withdrawn.
        #[n(0)]
        late: bool,
    },
    /// Not in the record, kept whole, waiting for a fate.
    #[n(1)]
    Held(#[n(0)] Reason),
    /// Not in the record, and not to be offered again as it is.
    #[n(2)]
    Refused(#[n(0)] Reason),
}

/// Why an item was held or refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Reason {
    /// Stable word for programs, from [`crate::code`] or the gate's list.
    #[n(0)]
    pub code: String,
    /// The rule of SPEC.md that asked for it.
    #[n(1)]
    pub rule: String,
    /// The field, from the record's root; empty when the whole item is meant.
    #[n(2)]
    pub path: Vec<String>,
    /// What happened and what to do next, for people.
    #[n(3)]
    pub text: String,
}

impl Reason {
    /// A reason about a whole item.
    pub fn new(code: &str, rule: &str, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), rule: rule.to_owned(), path: Vec::new(), text: text.into() }
    }
}
