//! What can go wrong on a device, each with a stable code and words that say what to do.

use roadbook_model::rule::Violation;
use roadbook_model::{AccountId, RecordId};
use roadbook_protocol::DecodeError;
use roadbook_protocol::frame::NewGeneration;
use thiserror::Error;

use super::rows::StoreError;

/// Why nothing was captured. Nothing is saved then.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// The content breaks a rule, or the role may not write it.
    #[error("{}", .0.text)]
    Rule(#[from] Violation),
    /// The account is not in this device's scope.
    #[error("this account is not on this device; sync, or ask the office who looks after it")]
    OutOfScope,
    /// The account was handed over.
    #[error("this account was handed over{}; what you captured before is still sent, new work belongs to its new rep", note(.0))]
    Frozen(Option<String>),
    /// The person holds no territory in which to create accounts.
    #[error("you hold no territory in which to create an account; ask the office for one")]
    NoTerritory,
    /// The record is not here.
    #[error("this record is not on this device")]
    UnknownRecord,
    /// Only its creation is here, and that was not taken.
    #[error("this record was not taken by the office; see the held tray")]
    NotTaken,
    /// It is of a kind that this version does not know.
    #[error("this version of the app does not know records of the kind {0}; update it")]
    UnknownKind(String),
    /// Its state allows no edit.
    #[error("this record is {0} and can no longer be edited; ask the office")]
    Closed(String),
    /// The account was merged into another.
    #[error("this account was merged into {0}; write there")]
    Merged(AccountId),
    /// The item is not held: unknown here, in the record, refused, or its fate is known.
    #[error("number {0} is not held; see the held tray for what is")]
    NotHeld(u64),
    /// Its fate was asked for already.
    #[error("number {0} was captured anew or given up already; sync to hear the answer")]
    Underway(u64),
    /// The server could not take it any better than before.
    #[error("the server does not know work of this kind yet; it stays held until it does")]
    NotYet,
    /// Nothing would change.
    #[error("nothing changed")]
    Nothing,
    /// The device is being taken out of use.
    #[error(
        "this device is being taken out of use; what is on it is handed over, nothing new can be captured"
    )]
    Leaving,
    /// The stored document does not load.
    #[error("this record cannot be read on this device; sync to fetch it again")]
    Unreadable,
    /// The same, and which: what is damaged of it is to be let go of ([`super::content::let_go`]).
    #[error("this record cannot be read on this device; sync to fetch it again")]
    Damaged(RecordId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nobody signs out (rule W7). Nothing has changed then.
#[derive(Debug, Error)]
pub enum SignOutError {
    /// Work was not answered yet.
    #[error(
        "{0} captured here have not reached the office: signing out would lose them. Sync first; without a connection, \
         keep the device"
    )]
    Unsent(u32),
    /// A store that was set aside holds work that the server has not got.
    #[error(
        "a store that was set aside here holds work that could not be carried over, and only it has that: ask the office to \
         look at it before this device is given away"
    )]
    UnsentAside,
    /// Work is held or refused, or what became of it was not read.
    #[error(
        "{0} captured here were held or refused, or are still to be read about: the office has them, but once signed out \
         nobody captures them anew from here. Decide on them first, or leave them to the office"
    )]
    Undecided(u32),
    /// There was no connection that is at rest.
    #[error("what is new has not arrived yet; sync first")]
    NotAtRest,
    /// It was told to leave already.
    #[error("this device is being taken out of use already; sync to hand over what is on it")]
    Leaving,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignOutError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsent(_) => "unsent_work",
            Self::UnsentAside => "unsent_work_aside",
            Self::Undecided(_) => "undecided_work",
            Self::NotAtRest => "not_at_rest",
            Self::Leaving => roadbook_protocol::code::DEVICE_LEAVING,
            Self::Store(_) => "store_failed",
        }
    }
}

fn note(note: &Option<String>) -> String {
    note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default()
}

impl CaptureError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(violation) => violation.code,
            Self::OutOfScope => "out_of_scope",
            Self::Frozen(_) => "lease_frozen",
            Self::NoTerritory => "no_territory",
            Self::UnknownRecord => "unknown_record",
            Self::NotTaken => "not_taken",
            Self::UnknownKind(_) => roadbook_protocol::code::UNKNOWN_KIND,
            Self::Closed(_) => "record_closed",
            Self::Merged(_) => "account_merged",
            Self::NotHeld(_) => "not_held",
            Self::Underway(_) => "underway",
            Self::NotYet => "not_yet",
            Self::Nothing => "nothing_changed",
            Self::Leaving => roadbook_protocol::code::DEVICE_LEAVING,
            Self::Unreadable | Self::Damaged(_) => "unreadable_record",
            Self::Store(_) => "store_failed",
        }
    }
}

/// Why a session ended early. What is in the outbox stays there.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The server said so.
    #[error("{text}")]
    Server {
        /// Stable code.
        code: String,
        /// Its words.
        text: String,
        /// When to try again, in milliseconds.
        retry_after_ms: Option<u32>,
    },
    /// The store must be set aside.
    #[error("{}", .0.text)]
    NewGeneration(NewGeneration),
    /// The device has wiped itself, and the server knows: the shell removes the store and, last, the key.
    #[error(
        "this device was taken out of use: what was on it is with the office, and nothing of it is left here"
    )]
    Wiped,
    /// The server's bytes are not what they should be.
    #[error("the server's answer cannot be read ({0}); is this a Roadbook server of a fitting version?")]
    Decode(#[from] DecodeError),
    /// The server's signature does not hold.
    #[error("a page was not signed by the server this device enrolled with; check the server's address")]
    Forged,
    /// A page leaves a gap.
    #[error("a page came out of order; reconnect")]
    Gap,
    /// The frame does not fit the moment.
    #[error("the server sent an unexpected {0} frame")]
    Unexpected(&'static str),
    /// A document from the server does not load.
    #[error("a record from the server cannot be read")]
    Unreadable,
    /// What was accepted of a record before does not load: it is to be let go of ([`super::content::let_go`]), and the next
    /// session brings it anew.
    #[error("a record on this device is damaged; sync to fetch it again")]
    Damaged(RecordId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SessionError {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Server { code, .. } => code,
            Self::Wiped => roadbook_protocol::code::WIPED,
            Self::NewGeneration(_) => roadbook_protocol::code::NEW_GENERATION,
            Self::Decode(_) => "unreadable_answer",
            Self::Forged => "forged_page",
            Self::Gap => "page_gap",
            Self::Unexpected(_) => roadbook_protocol::code::UNEXPECTED_FRAME,
            Self::Unreadable | Self::Damaged(_) => "unreadable_record",
            Self::Store(_) => "store_failed",
        }
    }
}
