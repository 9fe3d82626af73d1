//! Frames of every type.

use roadbook_model::{AccountId, RecordId};
use roadbook_protocol::frame::{
    AccountDigest, Answered, Applied, Challenge, Digests, ErrorFrame, Facts, Goodbye, Hello, Leave,
    NewGeneration, Practised, Push, Receipts, RecordDigest, Welcome,
};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::page::{FillMark, FillToken, statement};
use roadbook_protocol::{Blob, Frame, Hash, Mark, Signature, Tag16, code, encode};

use super::json::Json;
use super::readable::Readable;
use super::vector::Vector;
use super::{items, pages, story};

/// What zlib made of [`items::outbox`] at its highest level; other libraries write other bytes.
const DEFLATED_OUTBOX: &str = "75915d48145114c7cfb9731d3f67c73465c98f9d7cf2c9c8360982a095422ac4907697a2b6711c75709d5d77662b23673f5c4d1f8a208a20\
    52f7214188c487824c682988107a89d01e7a307aa91e0425735b2b631db782b5dfcbb99c73b9f7fefe77d0bd1ac3168caf2c2c858dead16a\
    930a008caf7ddf753e0a91a11673d91bcf008011f7cd41dfb1815b872acb7118a1f86d5743e4c0c08c05e7466fafbfaead449cfdb1b1c002\
    b065f57674e438f35d557e7299aa628f5c244a922fa8ea1ebdcf2f5349d1fbf2a4602020ab521fd5c54eadb05dd6a480e2d7159fca523480\
    5e99c72174361068143b5e4c0ac703a2aa485dfe804ff3cb92ee1035d9dbd874948581ceada3b39ebcd508d9c66c26ee2f3192d534b55334\
    91d14ed144ef74864dedbb69ed0fe3f3357803a1f874d3d3b6d1e74f567763cde4543dfb0031696a17202574072dcd2dabb21307ebcc75d9\
    fc04181e80e119a01600c600ca617f8ea68bbacc495db2d42db77b14d523ea39aa4f9735e0199e6088f2d83f810af0e57ff724463e3d1bb3\
    bb4455d7049fa80b3d8ab7bbae04a2f2054553b2e5ddcb31667bd7245f9afee2c1ed5d67d2ae97de7cbd87538869e7fcd66f270fa7e6e4a9\
    3dd3f3fbc74fc5accb6776a6ce3dbabfb67e765f5616a4f4fdd5f03b16a0e84f16563b711027ebaaf6d35ea211201c00e118b31a254c211a\
    661e968cab2fa87b441d38c2f1683c46852bff67b238319b18b30b7beb05af200a1765b9bb2e8416084108ddde18fd9ff2cf441423b1168c\
    270b9545a3f97ab34987166cebd94c2f59100af773d73893885b187959db6a3972b0ccf6eba3b272278f61ac2b23c30f2b87a0e8d552d589\
    cf56b72d56b1b145d6ad4294847f03";

type Named = (&'static str, &'static str, Frame);

/// A store that has just been enrolled.
pub fn fresh_hello() -> Hello {
    signed(Hello {
        version: 1,
        device: story::device(),
        nonce: story::NONCE,
        signature: Signature([0; 64]),
        store_generation: story::STORE_GENERATION,
        epoch: story::EPOCH,
        cursor: Mark::START,
        receipt: Mark::START,
        last_number: 0,
        answered: None,
        fills: Vec::new(),
        digest: 0,
        waiting: 0,
        oldest_s: 0,
        facts: None,
    })
}

/// A store in the middle of its work.
pub fn busy_hello() -> Hello {
    let token = FillToken { account: story::account(), order: 3, record: story::visit(), partial: Some(12) };
    signed(Hello {
        cursor: story::mark(4_711),
        receipt: story::mark(4_702),
        last_number: 42,
        answered: Some(Answered { number: 40, item: story::hash_of(b"item 40").tag() }),
        fills: vec![
            FillMark { grant: 4_000, token: Some(token) },
            FillMark { grant: 4_500, token: Some(FillToken { partial: None, ..token }) },
            FillMark { grant: 4_711, token: None },
        ],
        digest: 0xfedc_ba98_7654_3210,
        waiting: 2,
        oldest_s: 10_800,
        ..fresh_hello()
    })
}

/// A store whose program was brought up to date.
fn telling_hello() -> Hello {
    let facts = Facts { client: "roadbook 0.1.0 linux".to_owned(), store_bytes: 7_340_032, practised: None };
    Hello { facts: Some(facts), ..fresh_hello() }
}

/// A store on which processes were practised since.
fn practised_hello() -> Hello {
    let one = |process: &str, version, times, last_ms| Practised {
        process: process.to_owned(),
        version,
        times,
        last_ms,
    };
    let practised =
        vec![one("stock_out", 2, 3, 1_795_161_600_000), one("complaint", 1, 1, 1_795_075_200_000)];
    let facts = Facts {
        client: "roadbook 0.1.0 linux".to_owned(),
        store_bytes: 7_340_032,
        practised: Some(practised),
    };
    Hello { facts: Some(facts), ..fresh_hello() }
}

/// An idle store after years: four thousand million entries in the log, sixty thousand captures, and a generation as
/// long as one gets.
pub fn long_hello() -> Hello {
    let far = Mark { position: u64::from(u32::MAX), chain: Tag16([0xff; 16]) };
    signed(Hello {
        store_generation: u32::MAX,
        cursor: far,
        receipt: far,
        last_number: 65_535,
        answered: Some(Answered { number: 65_535, item: Tag16([0xff; 16]) }),
        digest: u64::MAX,
        ..fresh_hello()
    })
}

/// The answer to [`long_hello`].
pub fn long_welcome() -> Welcome {
    Welcome {
        head: Mark { position: u64::from(u32::MAX), chain: Tag16([0xee; 16]) },
        last_number: 65_535,
        now_ms: 4_102_444_800_000,
        ..welcome()
    }
}

fn signed(mut hello: Hello) -> Hello {
    hello.signature = story::sign(&story::device_key(), &hello.proof(story::ORIGIN, story::PATH));
    hello
}

fn welcome() -> Welcome {
    Welcome {
        version: 1,
        epoch: story::EPOCH,
        nonce: story::NEXT_NONCE,
        head: story::mark(4_720),
        idle: true,
        differs: false,
        last_number: 42,
        now_ms: story::at_ms(7200),
        offline_days: None,
        role: None,
    }
}

fn handshake() -> Vec<Named> {
    let busy = Welcome { idle: false, last_number: 40, ..welcome() };
    let differs = Welcome { differs: true, ..welcome() };
    let strict = Welcome { offline_days: Some(14), ..welcome() };
    let promoted = Welcome { role: Some("manager".to_owned()), ..welcome() };
    let renewed = NewGeneration {
        store_generation: 2,
        cursor: story::mark(4_720),
        nonce: story::NEXT_NONCE,
        text: "this store was restored from a copy; it is set aside".to_owned(),
    };
    vec![
        ("hello_fresh", "a store that has just been enrolled", Frame::Hello(fresh_hello())),
        (
            "hello_facts",
            "what the office wants to know; the signature is the same",
            Frame::Hello(telling_hello()),
        ),
        ("hello_practised", "what was practised on the device", Frame::Hello(practised_hello())),
        ("hello_busy", "open fills with and without a token, work waiting", Frame::Hello(busy_hello())),
        ("hello_long", "the longest that an idle hello gets", Frame::Hello(long_hello())),
        ("welcome_idle", "nothing is waiting; the cursor moves to the head", Frame::Welcome(welcome())),
        ("welcome_busy", "pages follow", Frame::Welcome(busy)),
        ("welcome_offline_days", "signing in is due after a fortnight", Frame::Welcome(strict)),
        ("welcome_role", "the person became a manager", Frame::Welcome(promoted)),
        ("welcome_differs", "nothing is waiting, and yet the digests differ", Frame::Welcome(differs)),
        ("welcome_long", "the answer to hello_long", Frame::Welcome(long_welcome())),
        ("challenge", "sign this nonce instead", Frame::Challenge(Challenge { nonce: story::NONCE })),
        ("new_generation", "this store is a copy", Frame::NewGeneration(renewed)),
    ]
}

fn exchange() -> Vec<Named> {
    let outbox: Vec<Vec<u8>> = items::outbox().iter().map(|(_, _, item)| encode(item)).collect();
    let list = encode(&outbox.into_iter().map(Blob).collect::<Vec<_>>());
    let body = pages::body();
    let page = pages::page(&body, story::stored(&encode(&body)));
    let receipts = Receipts { mark: story::mark(4_714), receipts: items::receipts() };
    vec![
        ("push", "five items, in a deflate stream of one stored block", push(story::stored(&list))),
        ("push_deflated", "the same items, deflated in earnest", push(story::bytes(DEFLATED_OUTBOX))),
        ("receipts", "one of each outcome", Frame::Receipts(receipts)),
        ("page", "the page body entries_and_fills, signed", Frame::Page(page)),
        ("applied", "durable up to here", Frame::Applied(Applied { position: 4_720 })),
    ]
}

fn push(items: Vec<u8>) -> Frame {
    let proof = Push::proof(story::device(), story::STORE_GENERATION, &items);
    Frame::Push(Push { items: Blob(items), signature: story::sign(&story::device_key(), &proof) })
}

fn healing() -> Vec<Named> {
    let (account, record): (AccountId, RecordId) = (story::account(), story::visit());
    let accounts = vec![AccountDigest { account, digest: 0x0123_4567_89ab_cdef }];
    let records = vec![RecordDigest { account, record, digest: 0x0123_4567_89ab_cdef }];
    vec![
        ("digest_accounts", "a sum for each account", Frame::Digest(Digests::Accounts(accounts))),
        ("digest_differ", "the accounts that differ", Frame::Digest(Digests::Differ(vec![account]))),
        ("digest_differ_none", "none of them does", Frame::Digest(Digests::Differ(Vec::new()))),
        ("digest_records", "a digest for each of their records", Frame::Digest(Digests::Records(records))),
    ]
}

fn farewells() -> Vec<Named> {
    let error = |code: &str, text: &str, retry_after_ms| {
        Frame::Error(ErrorFrame { code: code.to_owned(), text: text.to_owned(), retry_after_ms })
    };
    let version = error(code::UNKNOWN_VERSION, "this server speaks version 1; update the app", None);
    let busy = error(code::UNAVAILABLE, "the server is busy; the app tries again", Some(30_000));
    vec![
        ("error", "trying again will not help", version),
        ("error_retry", "trying again in half a minute will", busy),
        ("goodbye", "done for now", Frame::Goodbye(Goodbye { code: "done".to_owned() })),
        ("leave", "its person signs out; everything up to item 42 is answered", Frame::Leave(leave())),
    ]
}

fn leave() -> Leave {
    let proof = Leave::proof(story::device(), story::STORE_GENERATION, 42);
    Leave { last_number: 42, signature: story::sign(&story::device_key(), &proof) }
}

pub fn all() -> Vec<Named> {
    [handshake(), exchange(), healing(), farewells()].concat()
}

pub fn vectors() -> Vec<Vector> {
    let vector = |(name, about, frame): Named| {
        let derived = match &frame {
            Frame::Hello(hello) => hello_derived(hello),
            Frame::Push(push) => push_derived(push),
            Frame::Page(page) => page_derived(page),
            Frame::Leave(leave) => leave_derived(leave),
            _ => Vec::new(),
        };
        Vector { name, about, bytes: frame.to_bytes(), decoded: frame.readable(), derived }
    };
    all().into_iter().map(vector).collect()
}

fn hello_derived(hello: &Hello) -> Vec<(&'static str, Json)> {
    let mut unsigned = hello.clone();
    unsigned.signature = Signature([0; 64]);
    unsigned.facts = None;
    let text =
        [b"roadbook hello 1\0", story::ORIGIN.as_bytes(), b"\0", story::PATH.as_bytes(), b"\0"].concat();
    vec![
        ("origin", Json::text(story::ORIGIN)),
        ("path", Json::text(story::PATH)),
        ("proof_text", Json::hex(&[text, encode(&unsigned)].concat())),
        ("proof", hello.proof(story::ORIGIN, story::PATH).readable()),
        ("device_key", story::public_key(&story::device_key())),
    ]
}

fn push_derived(push: &Push) -> Vec<(&'static str, Json)> {
    let items = push.unpack().unwrap_or_default();
    let hashes: Vec<Hash> = items.iter().map(|item| item_hash(item)).collect();
    let text = [
        &b"roadbook push 1\0"[..],
        story::device().as_bytes(),
        &story::STORE_GENERATION.to_be_bytes(),
        &push.items.0,
    ]
    .concat();
    vec![
        ("device", story::device().readable()),
        ("store_generation", story::STORE_GENERATION.readable()),
        ("item_hashes", hashes.readable()),
        ("proof_text", Json::hex(&text)),
        ("proof", Push::proof(story::device(), story::STORE_GENERATION, &push.items.0).readable()),
        ("device_key", story::public_key(&story::device_key())),
    ]
}

fn leave_derived(leave: &Leave) -> Vec<(&'static str, Json)> {
    let text = [
        &b"roadbook leave 1\0"[..],
        story::device().as_bytes(),
        &story::STORE_GENERATION.to_be_bytes(),
        &leave.last_number.to_be_bytes(),
    ]
    .concat();
    vec![
        ("device", story::device().readable()),
        ("store_generation", story::STORE_GENERATION.readable()),
        ("proof_text", Json::hex(&text)),
        ("proof", Leave::proof(story::device(), story::STORE_GENERATION, leave.last_number).readable()),
        ("device_key", story::public_key(&story::device_key())),
    ]
}

fn page_derived(page: &roadbook_protocol::Page) -> Vec<(&'static str, Json)> {
    let opened = page.open().unwrap_or_default();
    vec![
        ("epoch", story::EPOCH.readable()),
        ("body", Json::hex(&opened.bytes)),
        ("statement", statement(&story::EPOCH, &page.upto, &opened.body.entries, &opened.bytes).readable()),
        ("server_key", story::public_key(&story::server_key())),
    ]
}
