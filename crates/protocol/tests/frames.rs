//! What readers of frames, items and entries promise: they bear what later versions add, and nothing else; no bytes
//! make them panic; a reconnection without news is small.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../examples/emit-vectors/main.rs"]
#[expect(dead_code, reason = "the example's own main")]
mod emit;
#[path = "frames/tree.rs"]
mod tree;

use emit::story;
use roadbook_protocol::entry::{chain_hash, entry_hash};
use roadbook_protocol::frame::{Digests, Facts, Hello, Practised, Push};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::page::{FillMark, FillToken, statement};
use roadbook_protocol::{
    Blob, DecodeError, Entry, Frame, Hash, Item, ItemBody, Mark, Nonce, Page, PageBody, Receipt, Signature,
    Tag16, codec, decode, encode, hollow, limits,
};
use tree::Tree;

/// What a later version might add at the end of an array.
fn later() -> [Tree; 2] {
    [Tree::Array(vec![Tree::Text("later".to_owned()), Tree::Array(vec![Tree::Null])]), Tree::Number(7)]
}

#[test]
fn v2_elements_behind_the_known_ones_are_ignored() {
    for (name, _, frame) in emit::frames::all() {
        let mut tree = Tree::read(&frame.to_bytes());
        if matches!(&frame, Frame::Error(error) if error.retry_after_ms.is_none()) {
            // What is absent at the end must be written before something can stand behind it.
            tree.array_at(&[1, 0]).push(Tree::Null);
        }
        if matches!(&frame, Frame::Hello(hello) if hello.facts.is_none()) {
            tree.array_at(&[1, 0]).push(Tree::Null);
        }
        if let Frame::Welcome(welcome) = &frame {
            let left_out = match (welcome.offline_days, &welcome.role) {
                (_, Some(_)) => 0,
                (Some(_), None) => 1,
                (None, None) => 2,
            };
            tree.array_at(&[1, 0]).extend((0..left_out).map(|_| Tree::Null));
        }
        for path in struct_paths(&frame) {
            tree.array_at(path).extend(later());
        }
        assert_eq!(Frame::read(&tree.bytes()), Ok(frame), "{name}");
    }
}

/// Where a frame has arrays that stand for structs, or for the fields of a variant: inner ones first.
fn struct_paths(frame: &Frame) -> &'static [&'static [usize]] {
    match frame {
        Frame::Digest(_) => &[&[1, 0, 1], &[1]],
        Frame::Hello(_) => &[&[1, 0, 6], &[1, 0, 7], &[1, 0], &[1]],
        Frame::Receipts(_) => {
            &[&[1, 0, 1, 0, 2, 1], &[1, 0, 1, 2, 2, 1, 0], &[1, 0, 1, 0], &[1, 0, 0], &[1, 0], &[1]]
        }
        _ => &[&[1, 0], &[1]],
    }
}

#[test]
fn v2_what_is_added_may_be_deep_without_harm() {
    let hello = Frame::Hello(emit::frames::fresh_hello());
    let mut bytes = hello.to_bytes();
    // Two more elements in the head of the hello's array: the absent facts, and one behind the known ones.
    bytes[3] += 2;
    bytes.push(0xf6);
    bytes.extend(vec![0x81; 1_000_000]);
    bytes.push(0xf6);
    assert_eq!(Frame::read(&bytes), Ok(hello));
}

#[test]
fn v2_items_entries_and_pages_bear_additions_too() {
    for (name, _, item) in emit::items::outbox().into_iter().chain(emit::items::fates()) {
        let mut tree = Tree::read(&encode(&item));
        // What is absent at the end is null before an addition.
        tree.array_at(&[]).resize(5, Tree::Null);
        tree.array_at(&[]).extend(later());
        tree.array_at(&[3, 1]).extend(later());
        assert_eq!(Item::read(&tree.bytes()), Ok(item), "{name}");
    }
    for (name, _, entry) in emit::entries::log() {
        let mut tree = Tree::read(&encode(&entry));
        tree.array_at(&[1]).extend(later());
        assert_eq!(decode("entry", &tree.bytes()), Ok(entry), "{name}");
    }
    let mut tree = Tree::read(&encode(&emit::pages::body()));
    tree.array_at(&[]).extend(later());
    tree.array_at(&[0, 0]).extend(later());
    // The first part names nothing that is gone.
    tree.array_at(&[1, 0]).push(Tree::Null);
    tree.array_at(&[1, 0]).extend(later());
    assert_eq!(decode("page body", &tree.bytes()), Ok(emit::pages::body()));
}

#[test]
fn v3_a_variant_that_the_version_does_not_have_is_malformed() {
    let last = [
        ("frame", Frame::read(&variant(12)).is_err()),
        ("entry", decode::<Entry>("entry", &variant(13)).is_err()),
        ("item", Item::read(&item_with(&variant(5))).is_err()),
        ("receipt", decode::<Receipt>("receipt", &[&[0x83, 1, 1], &variant(3)[..]].concat()).is_err()),
    ];
    for (what, refused) in last {
        assert!(refused, "{what}");
    }
    assert!(Item::read(&item_with(&[0x82, 2, 0x80])).is_ok(), "the close that the others are measured by");
}

fn variant(number: u8) -> Vec<u8> {
    vec![0x82, number, 0x81, 0x80]
}

fn item_with(body: &[u8]) -> Vec<u8> {
    let lease = [&[0x50][..], story::account_lease().as_bytes()].concat();
    [&[0x84, 1], &lease[..], &[0], body].concat()
}

#[test]
fn f1_absent_at_the_end_reads_like_null() {
    let (_, _, item) = emit::items::outbox().swap_remove(2);
    let short = encode(&item);
    let mut tree = Tree::read(&short);
    tree.array_at(&[3, 1, 0]).push(Tree::Null);
    assert_eq!(Item::read(&tree.bytes()), Ok(item));
    assert_eq!(tree.bytes().len(), short.len() + 1, "what is absent at the end takes no byte");
}

#[test]
fn f2_a_frame_beyond_the_limit_is_not_even_read() {
    let hello = Frame::Hello(emit::frames::fresh_hello()).to_bytes();
    let long = [&hello[..], &vec![0; limits::FRAME_BYTES_MAX]].concat();
    assert!(matches!(Frame::read(&long), Err(DecodeError::TooLong { what: "frame", .. })));
}

#[test]
fn f4_a_body_inflates_to_its_limit_and_no_further() {
    let most = codec::deflate(&vec![7; limits::BODY_BYTES_MAX]);
    assert_eq!(codec::inflate("body", &most).map(|body| body.len()), Ok(limits::BODY_BYTES_MAX));
    let more = codec::deflate(&vec![7; limits::BODY_BYTES_MAX + 1]);
    assert!(matches!(codec::inflate("body", &more), Err(DecodeError::TooLong { .. })));
    for length in (0..most.len()).step_by(4_001) {
        assert!(codec::inflate("body", &most[..length]).is_err(), "cut at {length}");
    }
}

/// A hello of nearly four megabytes, all of it fills that take two bytes each and sixty-four in memory.
fn swollen_hello() -> Vec<u8> {
    const FILLS: u32 = 2_000_000;
    let hello = Frame::Hello(emit::frames::fresh_hello()).to_bytes();
    let mut tree = Tree::read(&hello);
    tree.array_at(&[1, 0, 10]).push(Tree::Null);
    let marked = tree.bytes();
    // Up to the fills' array head, which is the first byte that differs; behind it the null, then the rest.
    let at = hello.iter().zip(&marked).position(|(a, b)| a != b).unwrap();
    let head = [&[0x9a][..], &FILLS.to_be_bytes()].concat();
    [&hello[..at], &head, &[0x81, 0x01].repeat(FILLS as usize), &hello[at + 1..]].concat()
}

#[test]
fn e2_a_swollen_hello_costs_no_more_memory_than_one_at_its_limit() {
    let bytes = swollen_hello();
    assert!(bytes.len() > 4_000_000 && bytes.len() <= limits::FRAME_BYTES_MAX);
    let Frame::Hello(hello) = decode::<Frame>("frame", &bytes).unwrap() else { panic!("a hello") };
    assert_eq!(hello.fills.len(), limits::FILLS_MAX + 1, "one more than allowed, to be seen as too many");
    assert!(hello.fills.capacity() <= 2 * (limits::FILLS_MAX + 1));
    assert!(matches!(Frame::read(&bytes), Err(DecodeError::TooMany { max: limits::FILLS_MAX, .. })));
}

#[test]
fn f2_a_long_hello_is_not_even_read_before_the_welcome() {
    let refused = |bytes: &[u8]| Frame::read_within(bytes, limits::HELLO_BYTES_MAX).unwrap_err();
    assert!(matches!(refused(&swollen_hello()), DecodeError::TooLong { max: limits::HELLO_BYTES_MAX, .. }));
    let rubbish = vec![0xff; limits::HELLO_BYTES_MAX + 1];
    assert!(matches!(refused(&rubbish), DecodeError::TooLong { .. }), "nobody looks at what it holds");
    let token = FillToken {
        account: story::account(),
        order: u8::MAX,
        record: story::visit(),
        partial: Some(u32::MAX),
    };
    let fill = FillMark { grant: u64::MAX, token: Some(token) };
    let most = Hello { fills: vec![fill; limits::FILLS_MAX], ..emit::frames::long_hello() };
    let bytes = Frame::Hello(most.clone()).to_bytes();
    assert!(2 * bytes.len() < limits::HELLO_BYTES_MAX, "{} bytes are the longest honest hello", bytes.len());
    assert_eq!(Frame::read_within(&bytes, limits::HELLO_BYTES_MAX), Ok(Frame::Hello(most.clone())));
    // With all that may have been practised it still fits.
    let practised = Practised {
        process: "x".repeat(limits::WORD_BYTES_MAX),
        version: u32::MAX,
        times: u32::MAX,
        last_ms: i64::MAX,
    };
    let facts = Facts {
        client: "x".repeat(limits::WORD_BYTES_MAX),
        store_bytes: u64::MAX,
        practised: Some(vec![practised; limits::PRACTISED_MAX]),
    };
    let trained = Hello { facts: Some(facts), ..most };
    let bytes = Frame::Hello(trained.clone()).to_bytes();
    assert_eq!(Frame::read_within(&bytes, limits::HELLO_BYTES_MAX), Ok(Frame::Hello(trained)));
}

#[test]
fn e2_lists_are_not_kept_beyond_their_limits() {
    let changes = |count: u32| {
        let (_, _, item) = emit::items::outbox().swap_remove(0);
        let mut tree = Tree::read(&encode(&item));
        *tree.array_at(&[3, 1, 0, 4]) = vec![Tree::Bytes(Vec::new()); count as usize];
        decode::<Item>("item", &tree.bytes()).unwrap()
    };
    let ItemBody::Changes(body) = changes(100_000).body else { panic!("changes") };
    assert_eq!(body.changes.len(), limits::ITEM_CHANGES_MAX + 1);
    let differ = encode(&Frame::Digest(Digests::Differ(vec![story::account(); 100_000])));
    let Frame::Digest(Digests::Differ(kept)) = decode("frame", &differ).unwrap() else { panic!("digests") };
    assert_eq!(kept.len(), limits::DIGEST_PARTS_MAX + 1);
}

#[test]
fn f3_what_would_take_memory_to_pass_over_is_refused() {
    let hello = Frame::Hello(emit::frames::fresh_hello());
    // Behind the known elements: an endless array, a map, a tag, and pairs that each hold an endless array.
    for added in [&[0x9f, 0xff][..], &[0xa0], &[0xc1, 0x00], &[0x82, 0x9f].repeat(1_000)] {
        let mut bytes = hello.to_bytes();
        bytes[3] += 1;
        bytes.extend(added);
        assert!(matches!(Frame::read(&bytes), Err(DecodeError::Malformed { .. })), "{:02x?}", &added[..1]);
    }
}

#[test]
fn h5_a_reconnection_without_news_takes_less_than_290_bytes() {
    let hello = Frame::Hello(emit::frames::long_hello()).to_bytes();
    let welcome = Frame::Welcome(emit::frames::long_welcome()).to_bytes();
    // WebSocket adds 8 bytes to the hello (mask, 16-bit length) and 2 to the welcome: below 300 on the connection.
    let both = hello.len() + welcome.len();
    assert!(both < 290, "{} + {} = {both} bytes", hello.len(), welcome.len());
}

#[test]
fn h1_a_proof_binds_everything_but_the_signature() {
    let hello = emit::frames::busy_hello();
    let proof = hello.proof(story::ORIGIN, story::PATH);
    let signed_otherwise = Hello { signature: Signature([9; 64]), ..hello.clone() };
    assert_eq!(signed_otherwise.proof(story::ORIGIN, story::PATH), proof);
    assert_ne!(hello.proof("https://elsewhere.example", story::PATH), proof);
    assert_ne!(hello.proof(story::ORIGIN, "/v1/other"), proof);
    // A zero byte ends the origin, so that nothing moves from one text to the other.
    assert_ne!(hello.proof("https://roadbook.example/v1", "/sync"), proof);
    let telling = Facts { client: "roadbook 9".to_owned(), store_bytes: 1, practised: None };
    let telling = Hello { facts: Some(telling), ..hello.clone() };
    assert_eq!(telling.proof(story::ORIGIN, story::PATH), proof, "what was added later stands outside");
    let edits: [fn(&mut Hello); 13] = [
        |hello| hello.version += 1,
        |hello| hello.device = roadbook_model::DeviceId::from_bytes([1; 16]),
        |hello| hello.nonce = Nonce([1; 16]),
        |hello| hello.store_generation += 1,
        |hello| hello.epoch = Tag16([1; 16]),
        |hello| hello.cursor.position += 1,
        |hello| hello.receipt.chain = Tag16([1; 16]),
        |hello| hello.last_number += 1,
        |hello| hello.answered = None,
        |hello| hello.fills.truncate(1),
        |hello| hello.digest += 1,
        |hello| hello.waiting += 1,
        |hello| hello.oldest_s += 1,
    ];
    for (n, edit) in edits.into_iter().enumerate() {
        let mut other = hello.clone();
        edit(&mut other);
        assert_ne!(other.proof(story::ORIGIN, story::PATH), proof, "edit {n}");
    }
}

#[test]
fn a_push_proof_binds_device_generation_and_bytes() {
    let proof = Push::proof(story::device(), 1, b"items");
    assert_ne!(Push::proof(roadbook_model::DeviceId::from_bytes([1; 16]), 1, b"items"), proof);
    assert_ne!(Push::proof(story::device(), 2, b"items"), proof);
    assert_ne!(Push::proof(story::device(), 1, b"item"), proof);
}

#[test]
fn p2_a_statement_binds_all_of_a_page() {
    let body = emit::pages::body();
    let upto = emit::pages::upto(&body);
    let signed = signed_of(&story::EPOCH, &upto, &body);
    assert_ne!(signed_of(&Tag16([1; 16]), &upto, &body), signed);
    assert_ne!(signed_of(&story::EPOCH, &story::mark(1), &body), signed);
    let edits: [fn(&mut PageBody); 15] = [
        |body| body.entries.truncate(2),
        |body| body.entries[0].position += 1,
        |body| body.entries[0].at_ms += 1,
        |body| body.entries[0].salt = Tag16([1; 16]),
        |body| body.entries[1].payload.0.push(0),
        |body| body.fills[0].records[0].record = story::order(),
        |body| body.fills[0].records[1].changes[0].chunk.0.push(0),
        |body| body.fills[0].records[0].changes[0].hand = None,
        |body| body.fills[0].records[0].creator = None,
        |body| body.fills[1].records[0].skipped = None,
        |body| body.fills[1].records[1].decision = None,
        |body| body.fills[1].mark.token = None,
        |body| body.fills[2].done = false,
        |body| body.fills[2].gone = None,
        |body| drop(body.fills.pop()),
    ];
    for (n, edit) in edits.into_iter().enumerate() {
        let mut other = body.clone();
        edit(&mut other);
        assert_ne!(signed_of(&story::EPOCH, &upto, &other), signed, "edit {n}");
    }
}

fn signed_of(epoch: &Tag16, upto: &Mark, body: &PageBody) -> Hash {
    statement(epoch, upto, &body.entries, &encode(body))
}

#[test]
fn p2_a_page_with_additions_of_a_later_version_still_proves_itself() {
    let body = emit::pages::body();
    let mut tree = Tree::read(&encode(&body));
    tree.array_at(&[0, 0]).extend(later());
    tree.array_at(&[]).extend(later());
    let upto = emit::pages::upto(&body);
    let signed = statement(&story::EPOCH, &upto, &body.entries, &tree.bytes());
    let page = Page {
        from: 0,
        upto,
        more: false,
        body: Blob(codec::deflate(&tree.bytes())),
        signature: Signature([0; 64]),
    };
    let opened = page.open().unwrap();
    assert_eq!(opened.body, body, "what is known is read");
    assert_eq!(statement(&story::EPOCH, &upto, &opened.body.entries, &opened.bytes), signed);
    assert_ne!(statement(&story::EPOCH, &upto, &body.entries, &encode(&body)), signed, "what is not, counts");
}

#[test]
fn p8_a_hollow_chunk_is_made_whole_by_its_actor_alone() {
    for hex in [story::ACCOUNT_CHANGE, story::VISIT_CHANGE, story::VISIT_CHANGE_2] {
        let whole = story::bytes(hex);
        let record = if hex == story::ACCOUNT_CHANGE { story::account().record() } else { story::visit() };
        let actor = emit::pages::device_actor(record);
        let hollow = hollow::hollowed(&whole, &actor).unwrap();
        assert_eq!(hollow.len(), whole.len());
        assert_eq!(hollow::filled(&hollow, &actor).as_ref(), Ok(&whole));
        let other = emit::pages::server_actor(record);
        assert_eq!(hollow::hollowed(&whole, &other), None, "it is not by that actor");
        assert_ne!(hollow::filled(&hollow, &other), Ok(whole), "and does not become the same by another");
    }
}

#[test]
fn p8_what_is_no_plain_chunk_is_not_filled() {
    let whole = story::bytes(story::VISIT_CHANGE_2);
    let actor = emit::pages::device_actor(story::visit());
    // Up to the actor's end; what follows is not looked at.
    let head = whole.windows(16).position(|window| window == actor).unwrap() + 16;
    for length in 0..head {
        assert!(hollow::filled(&whole[..length], &actor).is_err(), "{length} bytes");
    }
    let mut document = whole.clone();
    document[8] = 0;
    assert!(hollow::filled(&document, &actor).is_err());
    let endless = [&whole[..9], &[0xff; 20]].concat();
    assert!(hollow::filled(&endless, &actor).is_err());
}

#[test]
fn c1_positions_and_contents_make_the_chain() {
    let (_, _, entry) = emit::entries::log().swap_remove(0);
    let payload = encode(&entry);
    let hash = entry_hash(&story::SALT, &payload);
    let chain = chain_hash(&Hash([0; 32]), 1, &hash);
    assert_ne!(entry_hash(&Tag16([1; 16]), &payload), hash, "the salt counts");
    assert_ne!(chain_hash(&Hash([0; 32]), 2, &hash), chain, "the position counts");
    assert_ne!(chain_hash(&Hash([1; 32]), 1, &hash), chain, "what went before counts");
    assert_eq!(chain.tag().0, chain.0[..16]);
}

#[test]
fn c2_erased_content_leaves_a_chain_that_verifies() {
    let mut chain = Hash([0; 32]);
    let mut erased = 0;
    for ((position, hash, expected), (_, _, entry)) in
        emit::entries::chain().into_iter().zip(emit::entries::log())
    {
        // Every third entry has lost payload and salt; its hash was kept.
        let kept = if position % 3 == 0 { hash } else { entry_hash(&story::SALT, &encode(&entry)) };
        erased += u32::from(position % 3 == 0);
        chain = chain_hash(&chain, position, &kept);
        assert_eq!(chain, expected, "position {position}");
    }
    assert!(erased > 3);
}

#[test]
fn an_item_is_known_by_its_bytes() {
    let mut hashes: Vec<Hash> =
        emit::items::outbox().iter().map(|(_, _, item)| item_hash(&encode(item))).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), emit::items::outbox().len());
}

#[test]
fn e2_no_bytes_make_a_reader_panic() {
    let mut seeds: Vec<Vec<u8>> = emit::frames::all().iter().map(|(_, _, frame)| frame.to_bytes()).collect();
    seeds.extend(emit::items::outbox().iter().map(|(_, _, item)| encode(item)));
    seeds.extend(emit::entries::log().iter().map(|(_, _, entry)| encode(entry)));
    seeds.push(encode(&emit::pages::body()));
    let mut chance = Chance(20_261_120);
    for _ in 0..200 {
        for seed in &seeds {
            let mut bytes = seed.clone();
            for _ in 0..=chance.below(3) {
                mutate(&mut bytes, &mut chance);
            }
            read_as_everything(&bytes);
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let at = chance.below(bytes.len().max(1));
    match chance.below(5) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at.min(bytes.len()), chance.byte()),
        2 if at < bytes.len() => drop(bytes.remove(at)),
        3 => bytes.extend_from_within(at.min(bytes.len())..),
        _ if at < bytes.len() => bytes[at] = chance.byte(),
        _ => {}
    }
}

fn read_as_everything(bytes: &[u8]) {
    let signature = Signature([0; 64]);
    let upto = roadbook_protocol::Mark::START;
    let _ = Frame::read(bytes);
    let _ = hollow::filled(bytes, &[7; 16]);
    let _ = Item::read(bytes);
    let _ = decode::<Entry>("entry", bytes);
    let _ = decode::<PageBody>("page body", bytes);
    let _ = Push { items: Blob(bytes.to_vec()), signature }.unpack();
    let _ = Page { from: 0, upto, more: false, body: Blob(bytes.to_vec()), signature }.open();
}

/// A small generator of numbers that look random (xorshift); the same ones in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % bound
    }

    fn byte(&mut self) -> u8 {
        self.below(256).to_le_bytes()[0]
    }
}
