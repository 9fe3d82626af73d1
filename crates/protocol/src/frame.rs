//! Frames: what crosses the wire, one CBOR array each.

use minicbor::{Decode, Decoder, Encode};
use roadbook_model::{AccountId, DeviceId, RecordId};
use sha2::{Digest, Sha256};

use crate::bytes::{Blob, Hash, Mark, Nonce, Signature, Tag16};
use crate::codec::{self, DecodeError, count_within, within};
use crate::limits;
use crate::page::{FillMark, Page};
use crate::receipt::Receipt;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Frame {
    /// Device: here I am, and this is what I have.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Server: welcome, and whether anything follows.
    #[n(1)]
    Welcome(#[n(0)] Welcome),
    /// Server: sign this nonce instead, and say hello again.
    #[n(2)]
    Challenge(#[n(0)] Challenge),
    /// Device: items from the outbox.
    #[n(3)]
    Push(#[n(0)] Push),
    /// Server: what became of them.
    #[n(4)]
    Receipts(#[n(0)] Receipts),
    /// Server: a page.
    #[n(5)]
    Page(#[n(0)] Page),
    /// Device: applied up to here, durably.
    #[n(6)]
    Applied(#[n(0)] Applied),
    /// Device: my accounts (or, of some accounts, my records) by digest.
    #[n(7)]
    Digest(#[n(0)] Digests),
    /// Server: this store's generation is not the live one.
    #[n(8)]
    NewGeneration(#[n(0)] NewGeneration),
    /// Either: something is wrong, in words; the connection ends unless it says otherwise.
    #[n(9)]
    Error(#[n(0)] ErrorFrame),
    /// Either: done for now.
    #[n(10)]
    Goodbye(#[n(0)] Goodbye),
    /// Device: my person signs out; take me out of use.
    #[n(11)]
    Leave(#[n(0)] Leave),
}

/// A device's proof and state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// The protocol version it speaks.
    #[n(0)]
    pub version: u16,
    /// Which device.
    #[n(1)]
    pub device: DeviceId,
    /// The nonce of the last welcome, challenge or enrolment.
    #[n(2)]
    pub nonce: Nonce,
    /// Over [`Hello::proof`].
    #[n(3)]
    pub signature: Signature,
    /// The store's generation.
    #[n(4)]
    pub store_generation: u32,
    /// The server's epoch as last seen.
    #[n(5)]
    pub epoch: Tag16,
    /// How far the log is applied.
    #[n(6)]
    pub cursor: Mark,
    /// The highest receipt position seen.
    #[n(7)]
    pub receipt: Mark,
    /// The highest push number ever given to an item.
    #[n(8)]
    pub last_number: u64,
    /// The item hash of the highest push number that has a receipt, shortened, with that number.
    #[n(9)]
    pub answered: Option<Answered>,
    /// Open fills.
    #[n(10)]
    #[cbor(decode_with = "codec::at_most::<{ limits::FILLS_MAX }, _, _>")]
    pub fills: Vec<FillMark>,
    /// Sum of the record digests of the whole scope (see `roadbook-sync`, digest).
    #[n(11)]
    pub digest: u64,
    /// Items without a receipt.
    #[n(12)]
    pub waiting: u32,
    /// Age of the oldest of them, in seconds by the device's clock.
    #[n(13)]
    pub oldest_s: u32,
    /// What the office wants to know of the installation, if that is news. Outside of the proof, and decides nothing.
    #[n(14)]
    pub facts: Option<Facts>,
}

/// What the office wants to know of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Facts {
    /// Client, version and system, such as `roadbook 1.4.0 android`.
    #[n(0)]
    pub client: String,
    /// Bytes that its store takes.
    #[n(1)]
    pub store_bytes: u64,
    /// Which versions of processes its person practised here, the latest first; absent for none.
    #[n(2)]
    #[cbor(decode_with = "codec::at_most_or_absent::<{ limits::PRACTISED_MAX }, _, _>")]
    pub practised: Option<Vec<Practised>>,
}

/// How often a version of a process was practised to the end. It is no work: nothing of it is in the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Practised {
    /// The process's key.
    #[n(0)]
    pub process: String,
    /// The version.
    #[n(1)]
    pub version: u32,
    /// How often in all, in this store.
    #[n(2)]
    pub times: u32,
    /// When last, by the device's clock, in milliseconds since 1970.
    #[n(3)]
    pub last_ms: i64,
}

/// A push number that has a receipt, and what it stood for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Answered {
    /// The number.
    #[n(0)]
    pub number: u64,
    /// The item's hash, shortened.
    #[n(1)]
    pub item: Tag16,
}

impl Facts {
    /// Smallest difference of a store's size that is news, in bytes.
    const NEWS_BYTES: u64 = 1024 * 1024;

    /// Whether they tell the office something, after those that it knows: another client, something practised since, or a
    /// store that grew or shrank by more than a quarter.
    pub fn are_news_after(&self, told: Option<&Self>) -> bool {
        let Some(told) = told else { return true };
        let difference = self.store_bytes.abs_diff(told.store_bytes);
        let is_new = self.client != told.client || self.practised != told.practised;
        is_new || difference > Self::NEWS_BYTES.max(told.store_bytes / 4)
    }
}

impl Hello {
    /// What the device signs: SHA-256 over a tag, origin, path, and the hello with a signature of zeros.
    pub fn proof(&self, origin: &str, path: &str) -> Hash {
        let mut unsigned = self.clone();
        unsigned.signature = Signature([0; 64]);
        unsigned.facts = None;
        let mut hasher = Sha256::new();
        hasher.update(b"roadbook hello 1\0");
        hasher.update(origin.as_bytes());
        hasher.update([0]);
        hasher.update(path.as_bytes());
        hasher.update([0]);
        hasher.update(codec::encode(&unsigned));
        Hash(hasher.finalize().into())
    }
}

/// The server's answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// The version both will speak.
    #[n(0)]
    pub version: u16,
    /// The server's epoch: another after a restore.
    #[n(1)]
    pub epoch: Tag16,
    /// To be signed in the next hello.
    #[n(2)]
    pub nonce: Nonce,
    /// The cursor that the device may take when `idle`; otherwise the log's head, for progress.
    #[n(3)]
    pub head: Mark,
    /// Nothing is waiting for the device.
    #[n(4)]
    pub idle: bool,
    /// Nothing is waiting, yet the digests differ: send yours by account.
    #[n(5)]
    pub differs: bool,
    /// The highest push number the server has an answer for.
    #[n(6)]
    pub last_number: u64,
    /// The server's clock, in milliseconds since 1970.
    #[n(7)]
    pub now_ms: i64,
    /// Days without an answer of the server after which signing in is due on the device; [`limits::OFFLINE_DAYS`]
    /// when absent.
    #[n(8)]
    pub offline_days: Option<u16>,
    /// The role that the device's person has now, by its word; as enrolled when absent.
    #[n(9)]
    pub role: Option<String>,
}

/// A nonce to sign.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Challenge {
    /// The nonce.
    #[n(0)]
    pub nonce: Nonce,
}

/// A batch of items.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Push {
    /// An array of item byte strings, deflated; at most [`limits::PUSH_ITEMS_MAX`], by ascending number.
    #[n(0)]
    pub items: Blob,
    /// The device's signature over [`Push::proof`].
    #[n(1)]
    pub signature: Signature,
}

impl Push {
    /// What the device signs: SHA-256 over a tag, the device, the store generation and the deflated items.
    pub fn proof(device: DeviceId, store_generation: u32, items: &[u8]) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(b"roadbook push 1\0");
        hasher.update(device.as_bytes());
        hasher.update(store_generation.to_be_bytes());
        hasher.update(items);
        Hash(hasher.finalize().into())
    }

    /// Packs item bytes.
    pub fn pack(items: &[Vec<u8>]) -> Blob {
        let list: Vec<Blob> = items.iter().cloned().map(Blob).collect();
        Blob(codec::deflate(&codec::encode(&list)))
    }

    /// Unpacks item bytes. The items themselves are read one by one, so that a bad one spoils no other.
    pub fn unpack(&self) -> Result<Vec<Vec<u8>>, DecodeError> {
        let bytes = codec::inflate("push", &self.items.0)?;
        let ItemList(list) = codec::decode("push", &bytes)?;
        count_within("push", list.len(), limits::PUSH_ITEMS_MAX)?;
        Ok(list.into_iter().map(|blob| blob.0).collect())
    }
}

/// The inflated items of a push.
struct ItemList(Vec<Blob>);

impl<'b, C> Decode<'b, C> for ItemList {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        codec::at_most::<{ limits::PUSH_ITEMS_MAX }, _, _>(d, ctx).map(Self)
    }
}

/// A device's wish to leave: its person signs out. The answer is the order to wipe itself, in a page.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Leave {
    /// The highest push number ever given to an item: the server must have answered it.
    #[n(0)]
    pub last_number: u64,
    /// The device's signature over [`Leave::proof`].
    #[n(1)]
    pub signature: Signature,
}

impl Leave {
    /// What the device signs: SHA-256 over a tag, the device, the store generation and the number.
    pub fn proof(device: DeviceId, store_generation: u32, last_number: u64) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(b"roadbook leave 1\0");
        hasher.update(device.as_bytes());
        hasher.update(store_generation.to_be_bytes());
        hasher.update(last_number.to_be_bytes());
        Hash(hasher.finalize().into())
    }
}

/// Answers to items.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipts {
    /// The highest position among the receipts, with its chain hash.
    #[n(0)]
    pub mark: Mark,
    /// One for each item, in the order pushed.
    #[n(1)]
    #[cbor(decode_with = "codec::at_most::<{ limits::PUSH_ITEMS_MAX }, _, _>")]
    pub receipts: Vec<Receipt>,
}

/// How far the device has applied.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Applied {
    /// The cursor's position.
    #[n(0)]
    pub position: u64,
}

/// Digests for healing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Digests {
    /// Device: each account of the scope.
    #[n(0)]
    Accounts(
        #[n(0)]
        #[cbor(decode_with = "codec::at_most::<{ limits::DIGEST_PARTS_MAX }, _, _>")]
        Vec<AccountDigest>,
    ),
    /// Server: the accounts that differ. Empty when none does.
    #[n(1)]
    Differ(
        #[n(0)]
        #[cbor(decode_with = "codec::at_most::<{ limits::DIGEST_PARTS_MAX }, _, _>")]
        Vec<AccountId>,
    ),
    /// Device: each record of those accounts. The server answers with pages that hold what differs (grant 0).
    #[n(2)]
    Records(
        #[n(0)]
        #[cbor(decode_with = "codec::at_most::<{ limits::DIGEST_PARTS_MAX }, _, _>")]
        Vec<RecordDigest>,
    ),
}

impl Digests {
    /// How many accounts or records it names.
    fn count(&self) -> usize {
        match self {
            Self::Accounts(list) => list.len(),
            Self::Differ(list) => list.len(),
            Self::Records(list) => list.len(),
        }
    }
}

/// One account's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AccountDigest {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Sum of its record digests, modulo 2^64.
    #[n(1)]
    pub digest: u64,
}

/// One record's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecordDigest {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// Its digest.
    #[n(2)]
    pub digest: u64,
}

/// A new store generation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NewGeneration {
    /// The generation to take.
    #[n(0)]
    pub store_generation: u32,
    /// The cursor to start from.
    #[n(1)]
    pub cursor: Mark,
    /// The nonce to sign in the next hello.
    #[n(2)]
    pub nonce: Nonce,
    /// Why, for people.
    #[n(3)]
    pub text: String,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ErrorFrame {
    /// From [`crate::code`].
    #[n(0)]
    pub code: String,
    /// What happened and what to do next.
    #[n(1)]
    pub text: String,
    /// When to try again, in milliseconds; absent when trying again will not help.
    #[n(2)]
    pub retry_after_ms: Option<u32>,
}

/// A farewell.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Goodbye {
    /// `done`, or a code.
    #[n(0)]
    pub code: String,
}

impl Frame {
    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a frame and checks the counts in it.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read_within(bytes, limits::FRAME_BYTES_MAX)
    }

    /// Reads a frame where fewer bytes are allowed. What is longer is not looked at.
    pub fn read_within(bytes: &[u8], bytes_max: usize) -> Result<Self, DecodeError> {
        within("frame", bytes.len(), bytes_max.min(limits::FRAME_BYTES_MAX))?;
        let frame: Self = codec::decode("frame", bytes)?;
        match &frame {
            Self::Hello(hello) => {
                count_within("hello's fills", hello.fills.len(), limits::FILLS_MAX)?;
                if let Some(facts) = &hello.facts {
                    within("hello's client", facts.client.len(), limits::WORD_BYTES_MAX)?;
                    let practised = facts.practised.as_deref().unwrap_or_default();
                    count_within("hello's practice", practised.len(), limits::PRACTISED_MAX)?;
                    let words = practised.iter().map(|one| one.process.len());
                    within("hello's process", words.max().unwrap_or(0), limits::WORD_BYTES_MAX)?;
                }
            }
            Self::Receipts(frame) => {
                count_within("receipts", frame.receipts.len(), limits::PUSH_ITEMS_MAX)?;
            }
            Self::Digest(digests) => count_within("digests", digests.count(), limits::DIGEST_PARTS_MAX)?,
            Self::Error(error) => within("error's text", error.text.len(), limits::TEXT_BYTES_MAX)?,
            _ => {}
        }
        Ok(frame)
    }

    /// Its word, for logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Welcome(_) => "welcome",
            Self::Challenge(_) => "challenge",
            Self::Push(_) => "push",
            Self::Receipts(_) => "receipts",
            Self::Page(_) => "page",
            Self::Applied(_) => "applied",
            Self::Digest(_) => "digest",
            Self::NewGeneration(_) => "new-generation",
            Self::Error(_) => "error",
            Self::Goodbye(_) => "goodbye",
            Self::Leave(_) => "leave",
        }
    }
}

/// Shorthand for an error frame.
pub fn error(code: &str, text: impl Into<String>) -> Frame {
    Frame::Error(ErrorFrame { code: code.to_owned(), text: text.into(), retry_after_ms: None })
}
