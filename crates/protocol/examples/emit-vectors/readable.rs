//! The protocol's values as JSON for people: ids as UUIDs, bytes as hexadecimal text, 64-bit numbers as decimal text
//! (JSON's own stop at 2^53), an enum's variant as its word.

use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, RecordId, RequestId, TerritoryId};
use roadbook_protocol::entry::{
    Alias, Author, ChangesEntry, Closed, Conflict, ConflictField, Decision, Entry, Fate, Grant, Granted,
    LatePolicy, Opened, Placed, PlacedAccount, Reference, ReferenceItem, Review, ReviewLine, Revoked,
    Subject, Unaccepted, Wiped, Withdrawn,
};
use roadbook_protocol::frame::{
    AccountDigest, Answered, Applied, Challenge, Digests, ErrorFrame, Facts, Frame, Goodbye, Hello, Leave,
    NewGeneration, Push, Receipts, RecordDigest, Welcome,
};
use roadbook_protocol::item::{Changes, Item, ItemBody, NewRecord, Request};
use roadbook_protocol::page::{
    FillChange, FillMark, FillPart, FillRecord, FillToken, Hand, Page, PageBody, PageEntry,
};
use roadbook_protocol::{Blob, Hash, Mark, Nonce, Outcome, Reason, Receipt, Signature, Tag16};

use super::json::Json;

pub trait Readable {
    fn readable(&self) -> Json;
}

macro_rules! leaves {
    ($($ty:ty: $value:ident => $json:expr;)+) => {$(
        impl Readable for $ty {
            fn readable(&self) -> Json {
                let $value = self;
                $json
            }
        }
    )+};
}

leaves! {
    bool: value => Json::Bool(*value);
    u8: value => Json::Number(i64::from(*value));
    u16: value => Json::Number(i64::from(*value));
    u32: value => Json::Number(i64::from(*value));
    u64: value => Json::text(value.to_string());
    i64: value => Json::text(value.to_string());
    String: value => Json::text(value.as_str());
    Hash: value => Json::hex(&value.0);
    Tag16: value => Json::hex(&value.0);
    Nonce: value => Json::hex(&value.0);
    Signature: value => Json::hex(&value.0);
    Blob: value => Json::hex(&value.0);
    AccountId: value => Json::text(value.to_string());
    DeviceId: value => Json::text(value.to_string());
    LeaseId: value => Json::text(value.to_string());
    PersonId: value => Json::text(value.to_string());
    RecordId: value => Json::text(value.to_string());
    RequestId: value => Json::text(value.to_string());
    TerritoryId: value => Json::text(value.to_string());
}

impl<T: Readable> Readable for Option<T> {
    fn readable(&self) -> Json {
        self.as_ref().map_or(Json::Null, Readable::readable)
    }
}

impl<T: Readable> Readable for Vec<T> {
    fn readable(&self) -> Json {
        Json::List(self.iter().map(Readable::readable).collect())
    }
}

// A field that is left out here does not compile.
macro_rules! structs {
    ($($ty:ident { $($field:ident),+ })+) => {$(
        impl Readable for $ty {
            fn readable(&self) -> Json {
                let Self { $($field),+ } = self;
                Json::Object(vec![$((stringify!($field), $field.readable())),+])
            }
        }
    )+};
}

structs! {
    Mark { position, chain }
    Hello {
        version, device, nonce, signature, store_generation, epoch, cursor, receipt, last_number, answered, fills,
        digest, waiting, oldest_s, facts
    }
    Facts { client, store_bytes }
    Answered { number, item }
    Welcome { version, epoch, nonce, head, idle, differs, last_number, now_ms, offline_days, role }
    Challenge { nonce }
    Push { items, signature }
    Receipts { mark, receipts }
    Receipt { number, position, outcome }
    Reason { code, rule, path, text }
    Page { from, upto, more, body, signature }
    PageBody { entries, fills }
    PageEntry { position, at_ms, salt, payload }
    FillToken { account, order, record, partial }
    FillMark { grant, token }
    FillPart { mark, done, records, gone }
    FillRecord { record, changes, kind, account, creator, decision, generation, skipped, more, territory }
    FillChange { chunk, hand }
    Applied { position }
    AccountDigest { account, digest }
    RecordDigest { account, record, digest }
    NewGeneration { store_generation, cursor, nonce, text }
    ErrorFrame { code, text, retry_after_ms }
    Goodbye { code }
    Leave { last_number, signature }
    Item { number, lease, captured_ms, body, reapplies }
    Changes { record, generation, branch, kind_version, changes, new }
    NewRecord { kind, account, opens }
    Request { id, verb, record, heads }
    Author { person, device, store_generation, number }
    ChangesEntry {
        record, account, generation, kind_version, author, captured_ms, late, changes, creates, opens
    }
    Opened { lease, territory }
    Decision {
        record, account, verb, state, by, request, number, total_minor, currency, heads, effective_ms,
        review, text
    }
    Review {
        captured_minor, captured_tax_minor, priced_minor, priced_tax_minor, differs, reasons, approver, lines
    }
    ReviewLine { item, unit_price_minor, net_minor }
    Grant { lease, subject, root }
    Granted { device, grants, note }
    Withdrawn { device, leases, policy, grace_until_ms, note }
    Closed { device, lease, number }
    Reference { set, items }
    ReferenceItem { key, json }
    Unaccepted { author, item, held, record, account, reason }
    Fate { author, fate, by, text, item }
    Placed { territory, accounts, by }
    PlacedAccount { account, previous }
    Conflict { record, account, author, fields, source }
    ConflictField { path, kept, late }
    Revoked { device, blocked, note }
    Wiped { device, store_generation, number }
    Alias { account, root, by, note }
}

macro_rules! enums {
    ($($ty:ident { $($variant:ident => $word:literal),+ })+) => {$(
        impl Readable for $ty {
            fn readable(&self) -> Json {
                match self {
                    $(Self::$variant(inner) => Json::Object(vec![($word, inner.readable())]),)+
                }
            }
        }
    )+};
}

enums! {
    Frame {
        Hello => "hello", Welcome => "welcome", Challenge => "challenge", Push => "push", Receipts => "receipts",
        Page => "page", Applied => "applied", Digest => "digest", NewGeneration => "new_generation",
        Error => "error", Goodbye => "goodbye", Leave => "leave"
    }
    Digests { Accounts => "accounts", Differ => "differ", Records => "records" }
    Entry {
        Changes => "changes", Decision => "decision", Granted => "granted", Withdrawn => "withdrawn",
        Closed => "closed", Reference => "reference", Unaccepted => "unaccepted", Fate => "fate",
        Placed => "placed", Conflict => "conflict", Revoked => "revoked", Wiped => "wiped",
        Alias => "alias"
    }
    Subject { Account => "account", Territory => "territory" }
}

impl Readable for ItemBody {
    fn readable(&self) -> Json {
        match self {
            Self::Changes(body) => Json::Object(vec![("changes", body.readable())]),
            Self::Request(body) => Json::Object(vec![("request", body.readable())]),
            Self::Close => Json::text("close"),
            Self::Wiped => Json::text("wiped"),
            Self::Discard(number) => {
                Json::Object(vec![("discard", Json::Object(vec![("number", number.readable())]))])
            }
        }
    }
}

impl Readable for Outcome {
    fn readable(&self) -> Json {
        match self {
            Self::InRecord { late } => {
                Json::Object(vec![("in_record", Json::Object(vec![("late", late.readable())]))])
            }
            Self::Held(reason) => Json::Object(vec![("held", reason.readable())]),
            Self::Refused(reason) => Json::Object(vec![("refused", reason.readable())]),
        }
    }
}

impl Readable for LatePolicy {
    fn readable(&self) -> Json {
        Json::text(match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Refuse => "refuse",
        })
    }
}

impl Readable for Hand {
    fn readable(&self) -> Json {
        match self {
            Self::Whole => Json::text("whole"),
            Self::Server => Json::text("server"),
            Self::Device { device, store_generation, branch } => Json::Object(vec![(
                "device",
                Json::Object(vec![
                    ("device", device.readable()),
                    ("store_generation", store_generation.readable()),
                    ("branch", branch.readable()),
                ]),
            )]),
        }
    }
}
