//! Record digests: what two replicas compare instead of contents.
//!
//! A record's digest is the first eight bytes (big-endian) of SHA-256 over a tag, the organisation's digest key, the
//! record, its generation and its accepted heads in ascending order. Digests of an account, and of a scope, are sums
//! modulo 2^64, so that one record's change is one subtraction and one addition.

use automerge::Automerge;
use roadbook_model::RecordId;
use roadbook_protocol::Tag16;
use sha2::{Digest, Sha256};

/// The digest of one record.
pub fn record_digest(key: &Tag16, record: RecordId, generation: u32, doc: &Automerge) -> u64 {
    let mut heads = doc.get_heads();
    heads.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(b"roadbook digest 1\0");
    hasher.update(key.0);
    hasher.update(record.as_bytes());
    hasher.update(generation.to_be_bytes());
    heads.iter().for_each(|head| hasher.update(head.0));
    let hash: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(first)
}

/// A sum after one of its digests changed.
pub fn adjusted(sum: u64, before: u64, after: u64) -> u64 {
    sum.wrapping_sub(before).wrapping_add(after)
}

/// The hash that a change chunk of type 1 claims to have: SHA-256 over everything behind magic and checksum. Only a key
/// for look-ups; the gate checks the chunk itself.
pub fn claimed_hash(chunk: &[u8]) -> Option<roadbook_protocol::Hash> {
    chunk.get(8..).map(|hashed| roadbook_protocol::Hash(Sha256::digest(hashed).into()))
}
