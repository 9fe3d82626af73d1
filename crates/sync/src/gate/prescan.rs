//! The bounded look at a change before any Automerge code sees it.
//!
//! Automerge's own parser verifies no checksum and obeys no limit: 102 bytes can stand for ten million operations, and
//! it expands them. Here lengths and counts are read from the run lengths, nothing is expanded, and nothing is
//! allocated but the lists of dependencies and actors, whose lengths are limited first. What passes is bounded: at most
//! `CHANGE_OPS_MAX` operations with at most twice as many predecessors, in at most `CHANGE_BYTES_MAX` bytes.
//!
//! It is no decoder. What an operation means is read by Automerge afterwards, by the same code that will apply it, so
//! that the gate and the document can not disagree on it.

use roadbook_model::limits::{CHANGE_ACTORS_MAX, CHANGE_DEPS_MAX, CHANGE_MESSAGE_BYTES_MAX, INT_MAX};

use super::columns::{self, Columns};
use super::reader::Reader;
use super::{Refusal, chunk, code};
use crate::actor::ACTOR_BYTES;

/// What a change says of itself, and its true size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// SHA-256 of the chunk's type, length and content: the change's name.
    pub hash: [u8; 32],
    /// Who claims to have written it.
    pub actor: [u8; ACTOR_BYTES],
    /// Its claimed place among its actor's changes, from 1.
    pub seq: u64,
    /// The number of its first operation; at least 1.
    pub start_op: u64,
    /// The changes it claims to rest on, ascending.
    pub deps: Vec<[u8; 32]>,
    /// The actors besides the writer whose operations it refers to, ascending.
    pub others: Vec<[u8; ACTOR_BYTES]>,
    /// When its writer's clock says it was written, in seconds since 1970 by Automerge's convention. Decides nothing.
    pub time: i64,
    /// How many operations it holds.
    pub ops: u64,
    /// How many earlier operations they replace or remove, together.
    pub preds: u64,
}

/// Reads and bounds one plain change chunk.
///
/// # Errors
/// Rule G1: see [`code`]. `index` is 0.
pub fn prescan(bytes: &[u8]) -> Result<Scan, Refusal> {
    let (data, hash) = chunk::open(bytes)?;
    let mut reader = Reader::new(data);
    let deps = read_deps(&mut reader)?;
    let actor = read_actor(&mut reader)?;
    let seq = reader.unsigned()?;
    let start_op = reader.unsigned()?;
    // Automerge keeps both in 32 bits and panics beyond; the rules on sequence need no more than that either.
    if seq == 0 || start_op == 0 || seq > u64::from(u32::MAX) || start_op > u64::from(u32::MAX) {
        return Err(Refusal::new(&code::CHUNK_MALFORMED, "a sequence or operation number is out of range"));
    }
    let time = reader.signed()?;
    if !(-INT_MAX..=INT_MAX).contains(&time) {
        return Err(Refusal::new(&code::TIME_OUT_OF_RANGE, format!("{time}")));
    }
    let message_length = reader.unsigned()?;
    if message_length > CHANGE_MESSAGE_BYTES_MAX as u64 {
        return Err(Refusal::new(&code::MESSAGE_PRESENT, format!("{message_length} bytes")));
    }
    reader.take(message_length)?;
    let others = read_other_actors(&mut reader, &actor)?;
    let columns = Columns::read(&mut reader)?;
    if !reader.is_done() {
        return Err(Refusal::new(&code::EXTRA_PRESENT, format!("{} bytes", reader.len())));
    }
    let columns::Counts { ops, preds } = columns.count(1 + others.len() as u64)?;
    Ok(Scan { hash, actor, seq, start_op, deps, others, time, ops, preds })
}

fn read_deps(reader: &mut Reader<'_>) -> Result<Vec<[u8; 32]>, Refusal> {
    let count = reader.unsigned()?;
    if count > CHANGE_DEPS_MAX as u64 {
        return Err(Refusal::new(&code::TOO_MANY_DEPS, format!("{count} of {CHANGE_DEPS_MAX}")));
    }
    let deps = (0..count).map(|_| reader.array()).collect::<Result<Vec<[u8; 32]>, _>>()?;
    if !deps.is_sorted_by(|a, b| a < b) {
        return Err(Refusal::new(&code::CHUNK_MALFORMED, "its dependencies are not in ascending order"));
    }
    Ok(deps)
}

fn read_actor(reader: &mut Reader<'_>) -> Result<[u8; ACTOR_BYTES], Refusal> {
    let length = reader.unsigned()?;
    if length != ACTOR_BYTES as u64 {
        return Err(Refusal::new(&code::CHUNK_MALFORMED, format!("an actor of {length} bytes")));
    }
    reader.array()
}

/// The actors besides the writer. They stand in ascending order, the writer not among them.
fn read_other_actors(
    reader: &mut Reader<'_>,
    writer: &[u8; ACTOR_BYTES],
) -> Result<Vec<[u8; ACTOR_BYTES]>, Refusal> {
    let count = reader.unsigned()?;
    if count > CHANGE_ACTORS_MAX as u64 {
        return Err(Refusal::new(&code::TOO_MANY_ACTORS, format!("{count} of {CHANGE_ACTORS_MAX}")));
    }
    let others = (0..count).map(|_| read_actor(reader)).collect::<Result<Vec<_>, _>>()?;
    if others.contains(writer) || !others.is_sorted_by(|a, b| a < b) {
        return Err(Refusal::new(&code::CHUNK_MALFORMED, "its actors are not in ascending order"));
    }
    Ok(others)
}
