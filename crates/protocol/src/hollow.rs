//! Hollow chunks: change chunks of a fill without the twenty bytes that do not compress and that the receiver can work out
//! itself, the checksum and the actor. In a first sync of many small records they are a tenth of everything.
//!
//! A plain change chunk is magic (4 bytes), checksum (4), type (1), length (LEB128), then the number of dependencies
//! (LEB128), 32 bytes for each, the actor's length (LEB128, always 16 here) and the actor. Hollow, checksum and actor are
//! zeros; nothing else changes, so that a hollow chunk has the length of the whole one.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::codec::DecodeError;

const CHECKSUM: Range<usize> = 4..8;
const ACTOR_BYTES: usize = 16;

/// Takes checksum and actor out of a chunk by this actor. `None` when the chunk is not by it, or not plain.
pub fn hollowed(chunk: &[u8], actor: &[u8; ACTOR_BYTES]) -> Option<Vec<u8>> {
    let place = actor_place(chunk)?;
    if chunk[place.clone()] != actor[..] {
        return None;
    }
    let mut hollow = chunk.to_vec();
    hollow[place].fill(0);
    hollow[CHECKSUM].fill(0);
    Some(hollow)
}

/// Puts the actor and the checksum back.
pub fn filled(hollow: &[u8], actor: &[u8; ACTOR_BYTES]) -> Result<Vec<u8>, DecodeError> {
    let why = "it is no plain change chunk".to_owned();
    let place = actor_place(hollow).ok_or(DecodeError::Malformed { what: "hollow chunk", why })?;
    let mut chunk = hollow.to_vec();
    chunk[place].copy_from_slice(actor);
    let hash = Sha256::digest(&chunk[CHECKSUM.end..]);
    chunk[CHECKSUM].copy_from_slice(&hash[..4]);
    Ok(chunk)
}

/// Where the actor stands in a plain change chunk.
fn actor_place(chunk: &[u8]) -> Option<Range<usize>> {
    if *chunk.get(8)? != 1 {
        return None;
    }
    let (_, at) = leb128(chunk, 9)?;
    let (deps, at) = leb128(chunk, at)?;
    let (len, at) = leb128(chunk, at.checked_add(usize::try_from(deps).ok()?.checked_mul(32)?)?)?;
    let end = at.checked_add(ACTOR_BYTES)?;
    (len == ACTOR_BYTES as u64 && end <= chunk.len()).then_some(at..end)
}

/// An unsigned LEB128 number and the place behind it.
fn leb128(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value, at));
        }
    }
    None
}
