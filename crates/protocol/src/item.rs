//! What a device pushes: items, each with a lease and a push number. An item's bytes are fixed when it is captured, and
//! its hash is its identity: the same number with other bytes is another store's work.

use minicbor::{Decode, Encode};
use roadbook_model::{AccountId, LeaseId, RecordId, RequestId};
use sha2::{Digest, Sha256};

use crate::bytes::{Blob, Hash};
use crate::codec::{self, DecodeError, count_within, within};
use crate::limits;

/// One captured thing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// Place in the order in which this store captured; from 1, without gaps.
    #[n(0)]
    pub number: u64,
    /// The lease under which it was captured.
    #[n(1)]
    pub lease: LeaseId,
    /// When, by the device's clock, in milliseconds since 1970. A label; it decides nothing.
    #[n(2)]
    pub captured_ms: i64,
    /// What.
    #[n(3)]
    pub body: ItemBody,
    /// The push number of the held item of this store that this one captures anew.
    #[n(4)]
    pub reapplies: Option<u64>,
}

/// What an item asks of the server.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ItemBody {
    /// Take these changes into a record.
    #[n(0)]
    Changes(#[n(0)] Changes),
    /// Decide.
    #[n(1)]
    Request(#[n(0)] Request),
    /// This lease is drained: nothing more will come under it.
    #[n(2)]
    Close,
    /// Give up on the held item of this store with this push number.
    #[n(3)]
    Discard(#[n(0)] u64),
    /// This device has removed everything it had, as it was told to. The lease is sixteen zero bytes.
    #[n(4)]
    Wiped,
}

/// Changes of one record, in causal order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Changes {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The record's generation that the changes build on.
    #[n(1)]
    pub generation: u32,
    /// Which attempt at this record the changes belong to; a held or refused change retires its branch.
    #[n(2)]
    pub branch: u32,
    /// The version of the kind that wrote them.
    #[n(3)]
    pub kind_version: u32,
    /// Automerge change chunks, type 1, each at most [`roadbook_model::limits::CHANGE_BYTES_MAX`] bytes.
    #[n(4)]
    #[cbor(decode_with = "codec::at_most::<{ limits::ITEM_CHANGES_MAX }, _, _>")]
    pub changes: Vec<Blob>,
    /// Set when the item creates the record.
    #[n(5)]
    pub new: Option<NewRecord>,
}

/// The envelope of a record that an item creates.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NewRecord {
    /// The kind's word.
    #[n(0)]
    pub kind: String,
    /// The account it belongs to; for an account, itself.
    #[n(1)]
    pub account: AccountId,
    /// For an account: the lease on it that opens when the item is accepted. The item's own lease is then the one on
    /// the territory.
    #[n(2)]
    pub opens: Option<LeaseId>,
}

/// A wish for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Request {
    /// Its id: a request is answered once.
    #[n(0)]
    pub id: RequestId,
    /// The verb: `submit`, `cancel`.
    #[n(1)]
    pub verb: String,
    /// What it is about.
    #[n(2)]
    pub record: RecordId,
    /// The heads of the record as the person saw it when asking.
    #[n(3)]
    #[cbor(decode_with = "codec::at_most::<{ limits::HEADS_MAX }, _, _>")]
    pub heads: Vec<Hash>,
}

impl Item {
    /// Reads an item and checks every length and count in it.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        within("item", bytes.len(), limits::ITEM_BYTES_MAX)?;
        let item: Self = codec::decode("item", bytes)?;
        match &item.body {
            ItemBody::Changes(body) => {
                count_within("item's changes", body.changes.len(), limits::ITEM_CHANGES_MAX)?;
                if let Some(new) = &body.new {
                    within("kind", new.kind.len(), limits::WORD_BYTES_MAX)?;
                }
            }
            ItemBody::Request(body) => {
                within("verb", body.verb.len(), limits::WORD_BYTES_MAX)?;
                count_within("request's heads", body.heads.len(), limits::HEADS_MAX)?;
            }
            ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped => {}
        }
        Ok(item)
    }

    /// The record that the item is about, if any.
    pub fn record(&self) -> Option<RecordId> {
        match &self.body {
            ItemBody::Changes(body) => Some(body.record),
            ItemBody::Request(body) => Some(body.record),
            ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped => None,
        }
    }

    /// The held item of the same store whose fate this one asks for.
    pub fn settles(&self) -> Option<u64> {
        match self.body {
            ItemBody::Discard(number) => Some(number),
            ItemBody::Changes(_) | ItemBody::Request(_) => self.reapplies,
            ItemBody::Close | ItemBody::Wiped => None,
        }
    }
}

/// The identity of an item's bytes.
pub fn item_hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}
