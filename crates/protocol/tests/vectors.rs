//! The golden vectors of `protocol/vectors`: they are those that the example writes, they read as they say, and what
//! must be refused is. `protocol/node` reads the same files in a second language.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "../examples/emit-vectors/main.rs"]
#[expect(dead_code, reason = "the example's own main")]
mod emit;

use std::collections::BTreeSet;
use std::fs;

use emit::refused::{self, Claim};
use roadbook_protocol::{
    Blob, DecodeError, Entry, Frame, Item, Page, PageBody, Receipt, Signature, decode, encode, frame,
};

/// Reads bytes as what their file holds, and writes what was read.
fn rewritten(file: &str, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    match file {
        "frames.json" => Frame::read(bytes).map(|frame| frame.to_bytes()),
        "items.json" => Item::read(bytes).map(|item| encode(&item)),
        "receipts.json" => decode::<Receipt>("receipt", bytes).map(|receipt| encode(&receipt)),
        "entries.json" => decode::<Entry>("entry", bytes).map(|entry| encode(&entry)),
        "pages.json" => decode::<PageBody>("page body", bytes).map(|body| encode(&body)),
        other => panic!("{other} has no reader here"),
    }
}

fn read(claim: Claim, bytes: &[u8]) -> Result<(), DecodeError> {
    let signature = Signature([0; 64]);
    match claim {
        Claim::Frame => Frame::read(bytes).map(drop),
        Claim::Item => Item::read(bytes).map(drop),
        Claim::PushItems => frame::Push { items: Blob(bytes.to_vec()), signature }.unpack().map(drop),
        Claim::PageBody => {
            let upto = roadbook_protocol::Mark::START;
            Page { from: 0, upto, more: false, body: Blob(bytes.to_vec()), signature }.open().map(drop)
        }
    }
}

fn word(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::TooLong { .. } | DecodeError::TooMany { .. } => "too_long",
        DecodeError::Malformed { .. } => "malformed",
        DecodeError::Trailing { .. } => "trailing",
        DecodeError::Inflate { .. } => "inflate",
    }
}

#[test]
fn the_committed_vectors_are_those_that_the_example_writes() {
    let mut written = BTreeSet::new();
    for (name, text) in emit::files() {
        let committed = fs::read_to_string(emit::folder().join(name)).unwrap_or_default();
        // Not assert_eq: a difference of files is read with a tool, not on one screen.
        assert!(
            committed == text,
            "{name} differs; if that is meant: cargo xtask codegen, and a line in HISTORY.md"
        );
        written.insert(name.to_owned());
    }
    let found: BTreeSet<String> = fs::read_dir(emit::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    assert_eq!(found, written, "a file that nobody writes, or one that is missing");
}

#[test]
fn f1_every_vector_is_written_back_byte_for_byte() {
    for (file, _, vectors) in emit::readable_files() {
        for vector in vectors {
            assert_eq!(rewritten(file, &vector.bytes).as_ref(), Ok(&vector.bytes), "{file}, {}", vector.name);
        }
    }
}

#[test]
fn f3_no_vector_reads_when_it_is_cut_short_or_goes_on() {
    for (file, _, vectors) in emit::readable_files() {
        for vector in vectors {
            for length in 0..vector.bytes.len() {
                let cut = rewritten(file, &vector.bytes[..length]);
                assert!(
                    matches!(cut, Err(DecodeError::Malformed { .. })),
                    "{file}, {}, {length} bytes: {cut:?}",
                    vector.name
                );
            }
            let more = [&vector.bytes[..], &[0]].concat();
            assert!(
                matches!(rewritten(file, &more), Err(DecodeError::Trailing { .. })),
                "{file}, {}",
                vector.name
            );
        }
    }
}

#[test]
fn f2_f3_f4_what_must_be_refused_is_refused_for_the_reason_it_says() {
    for vector in refused::all() {
        let error = read(vector.claim, &vector.bytes).expect_err(vector.name);
        assert_eq!(word(&error), vector.error, "{}: {error}", vector.name);
    }
}

#[test]
fn a_push_reads_the_same_whatever_deflated_it() {
    let items: Vec<Vec<u8>> = emit::items::outbox().iter().map(|(_, _, item)| encode(item)).collect();
    let pushes: Vec<_> = emit::frames::all()
        .into_iter()
        .filter_map(|(_, _, frame)| if let Frame::Push(push) = frame { Some(push) } else { None })
        .collect();
    assert_eq!(pushes.len(), 2);
    assert_ne!(pushes[0].items, pushes[1].items);
    for push in pushes {
        assert_eq!(push.unpack().unwrap(), items);
    }
    let packed = frame::Push { items: frame::Push::pack(&items), signature: Signature([0; 64]) };
    assert_eq!(packed.unpack().unwrap(), items);
}

#[test]
fn p2_a_statement_is_the_hash_of_the_text_that_the_specification_spells_out() {
    let body = emit::pages::body();
    let upto = emit::pages::upto(&body);
    let text = emit::pages::statement_text(&upto, &body);
    let statement =
        roadbook_protocol::page::statement(&emit::story::EPOCH, &upto, &body.entries, &encode(&body));
    assert_eq!(statement, emit::story::hash_of(&text));
}
