//! A record's immutable facts, kept outside its document.

use crate::id::{AccountId, PersonId, RecordId};
use crate::kind::Kind;

/// What never changes about a record while its generation lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The record's id, made on the device that created it.
    pub id: RecordId,
    /// What kind of record it is.
    pub kind: Kind,
    /// The account it belongs to. For kind `account`, `account.record() == id`.
    pub account: AccountId,
    /// The person who created it.
    pub creator: PersonId,
    /// 0 at creation; raised by one each time the document is cut over to a fresh one.
    pub generation: u32,
}
