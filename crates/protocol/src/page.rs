//! Pages: the log as one device may read it, and the fills that its grants opened.

use minicbor::{Decode, Encode};
use roadbook_model::{AccountId, DeviceId, PersonId, RecordId, TerritoryId};
use sha2::{Digest, Sha256};

use crate::bytes::{Blob, Hash, Mark, Signature, Tag16};
use crate::codec::{self, DecodeError};
use crate::entry::{Decision, entry_hash};
use crate::limits;

/// A part of the log, from one device's cursor on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Page {
    /// The cursor position that the page continues.
    #[n(0)]
    pub from: u64,
    /// The cursor once the page is applied.
    #[n(1)]
    pub upto: Mark,
    /// More follows without asking.
    #[n(2)]
    pub more: bool,
    /// A [`PageBody`], deflated.
    #[n(3)]
    pub body: Blob,
    /// The server's signature over [`statement`].
    #[n(4)]
    pub signature: Signature,
}

/// What a page holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct PageBody {
    /// Entries, in log order.
    #[n(0)]
    #[cbor(decode_with = "codec::at_most::<{ limits::PAGE_PARTS_MAX }, _, _>")]
    pub entries: Vec<PageEntry>,
    /// Parts of open fills.
    #[n(1)]
    #[cbor(decode_with = "codec::at_most::<{ limits::PAGE_PARTS_MAX }, _, _>")]
    pub fills: Vec<FillPart>,
}

/// One entry, byte for byte as in the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PageEntry {
    /// Its position.
    #[n(0)]
    pub position: u64,
    /// When the server appended it, in milliseconds since 1970.
    #[n(1)]
    pub at_ms: i64,
    /// Its salt.
    #[n(2)]
    pub salt: Tag16,
    /// An [`crate::Entry`].
    #[n(3)]
    pub payload: Blob,
}

/// How far a fill has come: everything up to and with this record, and so many changes of the next.
///
/// A fill is ordered by account, then the kind's fill order, then record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct FillToken {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// The kind's fill order.
    #[n(1)]
    pub order: u8,
    /// The record.
    #[n(2)]
    pub record: RecordId,
    /// Changes of that record already delivered, if it is not complete.
    #[n(3)]
    pub partial: Option<u32>,
}

/// An open fill: the position of the grant that opened it, and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FillMark {
    /// The grant's position.
    #[n(0)]
    pub grant: u64,
    /// How far; absent at the start.
    #[n(1)]
    pub token: Option<FillToken>,
}

/// A stretch of one fill. Grant 0 stands for a heal: records sent anew because digests differed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FillPart {
    /// The fill after this part.
    #[n(0)]
    pub mark: FillMark,
    /// The fill ends here.
    #[n(1)]
    pub done: bool,
    /// Records, in the fill's order.
    #[n(2)]
    #[cbor(decode_with = "codec::at_most::<{ limits::PAGE_PARTS_MAX }, _, _>")]
    pub records: Vec<FillRecord>,
    /// In a heal: records that the device has and that are not in its scope (rule D3).
    #[n(3)]
    pub gone: Option<Vec<RecordId>>,
}

impl FillPart {
    /// What counts towards the limit of a page.
    fn parts(&self) -> usize {
        self.records.len() + self.gone.as_ref().map_or(0, Vec::len)
    }
}

/// A record as accepted, or the next stretch of it. What most records of a fill have in common comes last and is left
/// out: an absent kind, account, creator or territory is that of the record before it in the same part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FillRecord {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The changes, in log order.
    #[n(1)]
    pub changes: Vec<FillChange>,
    /// The kind's word.
    #[n(2)]
    pub kind: Option<String>,
    /// Its account.
    #[n(3)]
    pub account: Option<AccountId>,
    /// Who created it.
    #[n(4)]
    pub creator: Option<PersonId>,
    /// The decision that stands, if any.
    #[n(5)]
    pub decision: Option<Decision>,
    /// Its generation; absent is 0.
    #[n(6)]
    pub generation: Option<u32>,
    /// Changes delivered before this stretch; absent is 0.
    #[n(7)]
    pub skipped: Option<u32>,
    /// The record goes on in the next stretch; absent is no.
    #[n(8)]
    pub more: Option<bool>,
    /// Where its account lies when it is sent (rule P10).
    #[n(9)]
    pub territory: Option<TerritoryId>,
}

/// A change in a fill, without what the receiver can work out: see [`crate::hollow`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FillChange {
    /// The chunk: hollow, unless the hand says whole.
    #[n(0)]
    pub chunk: Blob,
    /// Whose actor belongs into it; absent is that of the change before it in the same part.
    #[n(1)]
    pub hand: Option<Hand>,
}

/// Whose actor made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Hand {
    /// The chunk is whole: nothing is to be put in.
    #[n(0)]
    Whole,
    /// The server's own, of the epoch that the page is signed for.
    #[n(1)]
    Server,
    /// A device's.
    #[n(2)]
    Device {
        /// The device.
        #[n(0)]
        device: DeviceId,
        /// Its store generation.
        #[n(1)]
        store_generation: u32,
        /// The branch.
        #[n(2)]
        branch: u32,
    },
}

/// A page's body as it was read, with the bytes that it was read from: the signature covers those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// What the page holds.
    pub body: PageBody,
    /// The same, inflated and not yet read: elements that a later version added are in it too.
    pub bytes: Vec<u8>,
}

impl Page {
    /// Inflates and reads the body, and checks its counts.
    pub fn open(&self) -> Result<Opened, DecodeError> {
        let bytes = codec::inflate("page body", &self.body.0)?;
        let body: PageBody = codec::decode("page body", &bytes)?;
        let parts = body.entries.len() + body.fills.iter().map(FillPart::parts).sum::<usize>();
        codec::count_within("page body", parts, limits::PAGE_PARTS_MAX)?;
        codec::count_within("page's fills", body.fills.len(), limits::PAGE_PARTS_MAX)?;
        Ok(Opened { body, bytes })
    }
}

/// What the server signs of a page: SHA-256 over a tag, the epoch, the upper mark, the number of entries, for each its
/// position and hash, and SHA-256 of the inflated body, byte for byte. So nothing in a page stands unsigned, not even
/// what only a later version can read. And a device can show, long after, that the server once stood by one entry of
/// somebody else: with the hashes of the page's entries and of its body, and without anything else that was in it.
pub fn statement(epoch: &Tag16, upto: &Mark, entries: &[PageEntry], body: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"roadbook page 1\0");
    hasher.update(epoch.0);
    hasher.update(upto.position.to_be_bytes());
    hasher.update(upto.chain.0);
    hasher.update(u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
    for entry in entries {
        hasher.update(entry.position.to_be_bytes());
        hasher.update(entry_hash(&entry.salt, &entry.payload.0).0);
    }
    hasher.update(Sha256::digest(body));
    Hash(hasher.finalize().into())
}
