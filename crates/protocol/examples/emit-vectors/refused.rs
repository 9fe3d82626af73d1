//! Bytes that must be refused, and why.

use roadbook_protocol::frame::{AccountDigest, Digests, Facts, Hello, Practised, Receipts};
use roadbook_protocol::item::{Changes, NewRecord, Request};
use roadbook_protocol::page::{FillMark, PageBody, PageEntry};
use roadbook_protocol::{Blob, Frame, Item, ItemBody, Mark, Outcome, Receipt, encode, frame, limits};

use super::json::{Json, hex};
use super::{frames, items, story};

/// What the bytes claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Frame,
    Item,
    /// The deflated items of a push.
    PushItems,
    /// The deflated body of a page.
    PageBody,
}

/// Bytes, with the error that reading them gives: `too_long`, `malformed`, `trailing` or `inflate`.
#[derive(Clone)]
pub struct Refused {
    pub name: &'static str,
    pub about: &'static str,
    pub claim: Claim,
    pub bytes: Vec<u8>,
    pub error: &'static str,
}

impl Refused {
    pub fn json(&self) -> Json {
        let claim = match self.claim {
            Claim::Frame => "frame",
            Claim::Item => "item",
            Claim::PushItems => "push_items",
            Claim::PageBody => "page_body",
        };
        Json::Object(vec![
            ("name", Json::text(self.name)),
            ("about", Json::text(self.about)),
            ("claim", Json::text(claim)),
            ("error", Json::text(self.error)),
            ("parts", folded(&self.bytes)),
        ])
    }
}

/// Bytes as parts to be put together: text, or text that is repeated. Keeps vectors of megabytes short.
fn folded(bytes: &[u8]) -> Json {
    const UNIT_MAX: usize = 48;
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let run = (1..=UNIT_MAX).find_map(|unit| {
            let next = bytes.get(at + unit..)?;
            let same = next.iter().zip(&bytes[at..]).take_while(|(a, b)| a == b).count();
            (same / unit >= 30).then_some((unit, same / unit + 1))
        });
        let Some((unit, times)) = run else {
            at += 1;
            continue;
        };
        if from < at {
            parts.push(Json::Object(vec![("hex", Json::text(hex(&bytes[from..at])))]));
        }
        let repeated = Json::text(hex(&bytes[at..at + unit]));
        parts.push(Json::Object(vec![("hex", repeated), ("times", Json::Number(times as i64))]));
        at += unit * times;
        from = at;
    }
    if from < bytes.len() || parts.is_empty() {
        parts.push(Json::Object(vec![("hex", Json::text(hex(&bytes[from..])))]));
    }
    Json::List(parts)
}

pub fn all() -> Vec<Refused> {
    [shapes(), frame_counts(), item_lengths(), bodies()].concat()
}

fn frame_of(name: &'static str, about: &'static str, bytes: Vec<u8>, error: &'static str) -> Refused {
    Refused { name, about, claim: Claim::Frame, bytes, error }
}

fn shapes() -> Vec<Refused> {
    let challenge = Frame::Challenge(frame::Challenge { nonce: story::NONCE }).to_bytes();
    let with = |from: &[u8], to: &[u8]| {
        let at = challenge.windows(from.len()).position(|window| window == from).unwrap_or_default();
        [&challenge[..at], to, &challenge[at + from.len()..]].concat()
    };
    let hello = Frame::Hello(frames::fresh_hello()).to_bytes();
    let goodbye = Frame::Goodbye(frame::Goodbye { code: "done".to_owned() }).to_bytes();
    let mut invalid_text = goodbye.clone();
    *invalid_text.last_mut().unwrap_or(&mut 0) = 0xff;
    vec![
        frame_of("empty", "nothing at all", Vec::new(), "malformed"),
        frame_of(
            "cut_short",
            "a hello without its last byte",
            hello[..hello.len() - 1].to_vec(),
            "malformed",
        ),
        frame_of("cut_to_one", "the first byte of a hello", hello[..1].to_vec(), "malformed"),
        frame_of("bytes_after", "a frame and one byte more", [&challenge[..], &[0]].concat(), "trailing"),
        frame_of("two_frames", "a message holds one", [&challenge[..], &challenge].concat(), "trailing"),
        frame_of("not_an_array", "a map", vec![0xa0], "malformed"),
        frame_of("unknown_frame", "version 1 has no frame 11", vec![0x82, 0x0b, 0x81, 0x80], "malformed"),
        frame_of(
            "variant_of_three",
            "a variant is a number and its fields, and nothing else",
            [&[0x83], &challenge[1..], &[0]].concat(),
            "malformed",
        ),
        frame_of(
            "variant_as_text",
            "a variant's number is no text",
            with(&[0x82, 2], &[0x82, 0x61, 0x32]),
            "malformed",
        ),
        frame_of("fields_missing", "a challenge without its nonce", vec![0x82, 2, 0x81, 0x80], "malformed"),
        frame_of("nonce_short", "fifteen bytes", with(&[0x50, 0x7e], &[0x4f]), "malformed"),
        frame_of("nonce_long", "seventeen bytes", with(&[0x50], &[0x51, 0]), "malformed"),
        frame_of("nonce_as_text", "text is not bytes", with(&[0x50], &[0x70]), "malformed"),
        frame_of(
            "number_too_large",
            "a version has sixteen bits",
            version_of(&hello, &[0x1a, 0, 1, 0, 0]),
            "malformed",
        ),
        frame_of("number_negative", "and no sign", version_of(&hello, &[0x20]), "malformed"),
        frame_of("text_not_utf8", "a goodbye whose last byte is 0xff", invalid_text, "malformed"),
        frame_of("length_beyond_the_end", "a count of 2^64 - 1 must cost no memory", endless(), "malformed"),
    ]
}

/// Receipts whose count is 2^64 - 1.
fn endless() -> Vec<u8> {
    let mut bytes = Frame::Receipts(receipts(0)).to_bytes();
    bytes.pop();
    bytes.push(0x9b);
    bytes.extend([0xff; 8]);
    bytes
}

/// The hello with other bytes for its version.
fn version_of(hello: &[u8], version: &[u8]) -> Vec<u8> {
    // Variant, frame number, its fields, the hello's array head; then the version.
    [&hello[..4], version, &hello[5..]].concat()
}

fn receipts(count: usize) -> Receipts {
    let receipt = Receipt { number: 1, position: 1, outcome: Outcome::InRecord { late: false } };
    Receipts { mark: Mark::START, receipts: vec![receipt; count] }
}

fn frame_counts() -> Vec<Refused> {
    let fill = FillMark { grant: 1, token: None };
    let hello = Hello { fills: vec![fill; limits::FILLS_MAX + 1], ..frames::fresh_hello() };
    let practised =
        Practised { process: "stock_out".to_owned(), version: 1, times: 1, last_ms: 1_795_161_600_000 };
    let facts = Facts {
        client: "roadbook 0.1.0 linux".to_owned(),
        store_bytes: 1,
        practised: Some(vec![practised; limits::PRACTISED_MAX + 1]),
    };
    let trained = Hello { facts: Some(facts), ..frames::fresh_hello() };
    let digest = AccountDigest { account: story::account(), digest: 0 };
    let accounts = Digests::Accounts(vec![digest; limits::DIGEST_PARTS_MAX + 1]);
    let differ = Digests::Differ(vec![story::account(); limits::DIGEST_PARTS_MAX + 1]);
    let text = "x".repeat(limits::TEXT_BYTES_MAX + 1);
    vec![
        frame_of("frame_too_long", "4 MiB and a byte", vec![0; limits::FRAME_BYTES_MAX + 1], "too_long"),
        frame_of("fills_too_many", "65 fills", Frame::Hello(hello).to_bytes(), "too_long"),
        frame_of(
            "practised_too_many",
            "33 versions that were practised",
            Frame::Hello(trained).to_bytes(),
            "too_long",
        ),
        frame_of(
            "receipts_too_many",
            "501 receipts",
            Frame::Receipts(receipts(limits::PUSH_ITEMS_MAX + 1)).to_bytes(),
            "too_long",
        ),
        frame_of("digests_too_many", "20,001 accounts", Frame::Digest(accounts).to_bytes(), "too_long"),
        frame_of(
            "differ_too_many",
            "20,001 accounts that differ",
            Frame::Digest(differ).to_bytes(),
            "too_long",
        ),
        frame_of("error_text_too_long", "2,001 bytes", frame::error("stopping", text).to_bytes(), "too_long"),
    ]
}

fn item_lengths() -> Vec<Refused> {
    let item = |name, about, body, error| {
        let item = Item { number: 1, lease: story::account_lease(), captured_ms: 0, body, reapplies: None };
        Refused { name, about, claim: Claim::Item, bytes: encode(&item), error }
    };
    let changes = |changes, kind: &str| {
        let new = NewRecord { kind: kind.to_owned(), account: story::account(), opens: None };
        let record = story::visit();
        ItemBody::Changes(Changes {
            record,
            generation: 0,
            branch: 0,
            kind_version: 1,
            changes,
            new: Some(new),
        })
    };
    let request = |verb: &str, heads| {
        let (id, record) = (story::request(), story::order());
        ItemBody::Request(Request { id, verb: verb.to_owned(), record, heads })
    };
    let word = "x".repeat(limits::WORD_BYTES_MAX + 1);
    let head = story::hash_of(b"a head");
    let huge = Blob(vec![0; limits::ITEM_BYTES_MAX]);
    let chunk = Blob(vec![0x85]);
    let (_, _, first) = items::outbox().swap_remove(0);
    let trailing = [encode(&first), vec![0]].concat();
    vec![
        item("item_too_long", "2 MiB and its head", changes(vec![huge], "visit"), "too_long"),
        item(
            "changes_too_many",
            "65 changes",
            changes(vec![chunk; limits::ITEM_CHANGES_MAX + 1], "visit"),
            "too_long",
        ),
        item("kind_too_long", "a word of 65 bytes", changes(Vec::new(), &word), "too_long"),
        item("verb_too_long", "a word of 65 bytes", request(&word, Vec::new()), "too_long"),
        item("heads_too_many", "65 heads", request("submit", vec![head; limits::HEADS_MAX + 1]), "too_long"),
        Refused {
            name: "item_bytes_after",
            about: "an item and one byte more",
            claim: Claim::Item,
            bytes: trailing,
            error: "trailing",
        },
    ]
}

fn bodies() -> Vec<Refused> {
    let body = |name, about, claim, bytes, error| Refused { name, about, claim, bytes, error };
    let items = vec![Blob::default(); limits::PUSH_ITEMS_MAX + 1];
    let entry = PageEntry { position: 1, at_ms: 0, salt: story::SALT, payload: Blob::default() };
    let page = PageBody { entries: vec![entry; limits::PAGE_PARTS_MAX + 1], fills: Vec::new() };
    let whole = story::stored(&encode(&PageBody::default()));
    vec![
        body("push_not_deflated", "block type 3 does not exist", Claim::PushItems, vec![0x07], "inflate"),
        body("push_cut_short", "a stream without its end", Claim::PushItems, whole[..4].to_vec(), "inflate"),
        body("push_too_many", "501 items", Claim::PushItems, story::stored(&encode(&items)), "too_long"),
        body("push_bomb", "107 kB that inflate to more than 16 MiB", Claim::PushItems, bomb(), "too_long"),
        body("push_bytes_after", "two lists", Claim::PushItems, story::stored(&[0x80, 0x80]), "trailing"),
        body("page_not_a_body", "a number", Claim::PageBody, story::stored(&[0]), "malformed"),
        body("page_too_many", "4,001 entries", Claim::PageBody, story::stored(&encode(&page)), "too_long"),
    ]
}

/// One zero, then copies of it, in the codes that deflate has built in: length 258 at distance 1 takes 13 bits.
fn bomb() -> Vec<u8> {
    const COPIES: usize = 66_000;
    let header = [true, true, false];
    let zero = [false, false, true, true, false, false, false, false];
    let copy = [true, true, false, false, false, true, false, true, false, false, false, false, false];
    let bits = header.into_iter().chain(zero).chain(copy.into_iter().cycle().take(13 * COPIES));
    let mut bytes = Vec::new();
    for (n, bit) in bits.enumerate() {
        if n % 8 == 0 {
            bytes.push(0);
        }
        if let Some(last) = bytes.last_mut() {
            *last |= u8::from(bit) << (n % 8);
        }
    }
    bytes
}
