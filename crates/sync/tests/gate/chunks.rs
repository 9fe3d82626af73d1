//! Rule G1: what is not a bounded, plain change chunk never reaches Automerge.

use std::io::Write;

use automerge::ScalarValue;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use roadbook_model::limits::{CHANGE_ACTORS_MAX, CHANGE_BYTES_MAX, CHANGE_DEPS_MAX, CHANGE_OPS_MAX};
use roadbook_sync::gate::{code, plain_chunk, prescan};

use crate::world::*;
use crate::writer::*;

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn honest() -> Vec<u8> {
    new_order(1).1
}

/// The column with this specification gives way to these bytes.
fn with_column(spec: u64, bytes: &[u8]) -> Vec<u8> {
    let forged = Forged::of(&honest());
    let mut columns = forged.columns();
    columns.iter_mut().find(|column| column.0 == spec).unwrap().1 = bytes.to_vec();
    forged.chunk_with(&columns)
}

/// A run of so many equal rows, in a run-length encoded column.
fn run(count: i64, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    signed(&mut out, count);
    unsigned(&mut out, &value);
    out
}

/// What the pre-scan says, after making sure that the whole gate says the same.
fn scanned(bytes: Vec<u8>) -> &'static str {
    let refused = prescan(&bytes).unwrap_err();
    assert_eq!(refusal(None, bytes), refused);
    assert_eq!(refused.rule, "G1");
    refused.code
}

#[test]
fn nothing_at_all_is_refused() {
    assert_eq!(offer(None, 1, &[]).unwrap_err().code, "batch_empty");
    assert_eq!(scanned(Vec::new()), "chunk_malformed");
}

#[test]
fn g1_every_cut_and_every_addition_is_refused() {
    let honest = honest();
    for length in 0..honest.len() {
        assert_eq!(scanned(honest[..length].to_vec()), "chunk_malformed");
    }
    assert_eq!(scanned([&honest[..], &[0]].concat()), "chunk_malformed");
    assert_eq!(scanned([&honest[..], &honest[..]].concat()), "chunk_malformed");
    // Cut inside the frame: the frame is right, its content ends too early.
    for length in 0..content(&honest).len() {
        let refused = prescan(&frame(1, &content(&honest)[..length])).unwrap_err();
        assert!(["chunk_malformed", "column_malformed", "change_empty"].contains(&refused.code), "{refused}");
    }
}

#[test]
fn g1_a_wrong_checksum_is_refused() {
    let mut bytes = honest();
    bytes[5] ^= 1;
    assert_eq!(scanned(bytes), "chunk_checksum");
    let mut bytes = honest();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(scanned(bytes), "chunk_checksum");
}

#[test]
fn g1_other_chunks_are_refused() {
    let (doc, bytes) = new_order(1);
    assert_eq!(scanned(doc.save()), "chunk_type");
    for kind in [0, 2, 3, 4, 255] {
        assert_eq!(scanned(frame(kind, content(&bytes))), "chunk_type");
    }
}

#[test]
fn a_number_in_a_longer_form_is_refused() {
    let mut bytes = honest();
    bytes[9] |= 0x80;
    bytes.insert(10, 0);
    bytes.remove(11);
    prescan(&bytes).unwrap_err();
    let mut data = content(&honest()).to_vec();
    // The number of dependencies, 0, in two bytes.
    data.splice(0..1, [0x80, 0]);
    assert_eq!(scanned(frame(1, &data)), "chunk_malformed");
}

#[test]
fn g1_a_change_of_too_many_bytes_is_refused() {
    let mut forged = Forged::of(&honest());
    forged.rows.push(Row::put("reference", &ScalarValue::Str("x".repeat(CHANGE_BYTES_MAX).into()), &[]));
    assert_eq!(scanned(forged.chunk()), "chunk_too_large");
}

#[test]
fn a_deflate_bomb_is_refused_without_being_inflated() {
    let bomb = frame(2, &deflated(&vec![0; 256 * 1024 * 1024]));
    assert!(bomb.len() < CHANGE_BYTES_MAX);
    assert_eq!(scanned(bomb.clone()), "chunk_type");
    assert_eq!(plain_chunk(&bomb).unwrap_err().code, "chunk_too_large");
    assert_eq!(plain_chunk(&frame(2, b"not deflate")).unwrap_err().code, "chunk_malformed");
    assert_eq!(plain_chunk(&new_order(1).0.save()).unwrap_err().code, "chunk_type");
}

#[test]
fn compressed_columns_are_refused() {
    let forged = Forged::of(&honest());
    let mut columns = forged.columns();
    let column = columns.iter_mut().find(|column| column.0 == 0x57).unwrap();
    *column = (0x5f, deflated(&vec![0; 64 * 1024 * 1024]));
    assert_eq!(scanned(forged.chunk_with(&columns)), "column_unknown");
}

#[test]
fn g1_unknown_columns_and_those_of_marks_are_refused() {
    let forged = Forged::of(&honest());
    for spec in [0x94, 0xa5, 0x80, 0x23, 0xfff2] {
        let mut columns = forged.columns();
        columns.push((spec, run(1, 1)));
        assert_eq!(scanned(forged.chunk_with(&columns)), "column_unknown");
    }
}

#[test]
fn columns_out_of_order_twice_or_empty_are_refused() {
    let forged = Forged::of(&honest());
    let mut swapped = forged.columns();
    swapped.swap(0, 1);
    let mut twice = forged.columns();
    twice.insert(0, twice[0].clone());
    let mut empty = forged.columns();
    assert_eq!(empty.iter().position(|column| column.0 == 0x71), None);
    empty.push((0x71, Vec::new()));
    for columns in [swapped, twice, empty] {
        assert_eq!(scanned(forged.chunk_with(&columns)), "column_malformed");
    }
}

#[test]
fn a_bomb_of_operations_is_refused() {
    for count in [CHANGE_OPS_MAX as i64 + 1, 10_000_000, 100_000_000, i64::MAX] {
        assert_eq!(scanned(with_column(0x42, &run(count, 1))), "too_many_ops");
    }
    let mut nulls = Vec::new();
    signed(&mut nulls, 0);
    unsigned(&mut nulls, &u64::MAX);
    assert_eq!(scanned(with_column(0x42, &nulls)), "too_many_ops");
    let mut literals = Vec::new();
    signed(&mut literals, i64::MIN);
    assert_eq!(scanned(with_column(0x42, &literals)), "too_many_ops");
}

#[test]
fn a_bomb_of_predecessors_is_refused() {
    let rows = Forged::of(&honest()).rows.len() as i64;
    for each in [1 << 20, u64::MAX / 2, u64::MAX] {
        assert_eq!(scanned(with_column(0x70, &run(rows, each))), "too_many_ops");
    }
}

#[test]
fn bombs_in_other_columns_are_refused() {
    for spec in [0x01, 0x02, 0x15, 0x34, 0x56, 0x70] {
        assert_eq!(scanned(with_column(spec, &run(50_000_000, 0))), "column_malformed");
    }
    // A value's length beyond all bytes, and one that overflows when multiplied.
    for meta in [u64::MAX, 1 << 40] {
        let rows = Forged::of(&honest()).rows.len() as i64;
        assert_eq!(scanned(with_column(0x56, &run(rows, meta))), "column_malformed");
    }
}

#[test]
fn a_text_of_a_million_characters_is_refused() {
    let mut forged = Forged::of(&honest());
    let text = forged.rows.iter().position(|row| row.action == TEXT).unwrap();
    let template = forged.rows.iter().find(|row| row.insert).unwrap().clone();
    let object = forged.start_op + text as u64;
    forged.rows = vec![Row { obj: Some((object, 0)), ..template }; 1_000_000];
    let bytes = forged.chunk();
    let refused = prescan(&bytes).unwrap_err().code;
    assert_eq!(refused, "chunk_too_large");
    forged.rows.truncate(100_000);
    assert_eq!(scanned(forged.chunk()), "too_many_ops");
}

#[test]
fn an_actor_index_or_a_number_out_of_range_is_refused() {
    let rows = Forged::of(&honest()).rows.len() as i64;
    assert_eq!(scanned(with_column(0x01, &run(rows, 1))), "column_malformed");
    assert_eq!(scanned(with_column(0x01, &run(rows, u64::MAX))), "column_malformed");
    assert_eq!(scanned(with_column(0x02, &run(rows, 1 << 32))), "column_malformed");
    let mut backwards = Vec::new();
    signed(&mut backwards, rows);
    signed(&mut backwards, -5);
    assert_eq!(scanned(with_column(0x13, &backwards)), "column_malformed");
    let mut far = Vec::new();
    signed(&mut far, rows);
    signed(&mut far, i64::MAX);
    assert_eq!(scanned(with_column(0x13, &far)), "column_malformed");
}

#[test]
fn a_change_of_nothing_is_refused() {
    let mut forged = Forged::of(&honest());
    forged.rows.clear();
    assert_eq!(scanned(forged.chunk_with(&[])), "change_empty");
}

#[test]
fn too_many_dependencies_or_actors_are_refused() {
    let mut forged = Forged::of(&honest());
    forged.deps = (0..=CHANGE_DEPS_MAX).map(|number| [number as u8; 32]).collect();
    assert_eq!(scanned(forged.chunk()), "too_many_deps");
    forged.deps = vec![[2; 32], [1; 32]];
    assert_eq!(scanned(forged.chunk()), "chunk_malformed");
    forged.deps.clear();
    let actors = |count: usize| (0..count).map(|number| [[0; 8], (number as u64).to_be_bytes()].concat());
    forged.others = actors(CHANGE_ACTORS_MAX + 1).collect();
    assert_eq!(scanned(forged.chunk()), "too_many_actors");
    forged.others = vec![forged.actor.clone()];
    assert_eq!(scanned(forged.chunk()), "chunk_malformed");
}

#[test]
fn g1_an_actor_or_a_message_of_a_megabyte_is_refused() {
    let mut forged = Forged::of(&honest());
    forged.message = b"hello".to_vec();
    assert_eq!(scanned(forged.chunk()), "message_present");
    forged.message = vec![b'x'; 1 << 20];
    assert_eq!(scanned(forged.chunk()), "chunk_too_large");
    forged.message.clear();
    for length in [0, 15, 17, 64 * 1024] {
        forged.actor = vec![1; length];
        assert_eq!(scanned(forged.chunk()), "chunk_malformed");
    }
}

#[test]
fn g1_bytes_after_the_columns_are_refused() {
    let mut forged = Forged::of(&honest());
    // An author's footer, as automerge 0.12 writes it.
    forged.extra = vec![1, 3, b'e', b'v', b'e'];
    assert_eq!(scanned(forged.chunk()), "extra_present");
}

#[test]
fn an_extreme_time_is_refused() {
    let mut forged = Forged::of(&honest());
    for time in [i64::MIN, i64::MAX, 1 << 53, -(1 << 53)] {
        forged.time = time;
        assert_eq!(scanned(forged.chunk()), "time_out_of_range");
    }
    for time in [0, -86_400, 253_402_300_800_000] {
        forged.time = time;
        offer(None, 1, &[forged.chunk()]).unwrap();
    }
}

#[test]
fn a_key_longer_than_any_name_is_refused() {
    let mut forged = Forged::of(&honest());
    forged.rows[0].at = At::Name("k".repeat(129));
    assert_eq!(scanned(forged.chunk()), "key_too_long");
}

#[test]
fn every_code_is_listed_once_under_its_rule() {
    let mut words: Vec<&str> = code::ALL.iter().map(|code| code.code).collect();
    assert!(code::ALL.is_sorted_by_key(|code| code.rule));
    words.sort_unstable();
    let count = words.len();
    words.dedup();
    assert_eq!(words.len(), count);
}
