//! The frame around a change: magic, checksum, type, length. Not its content, which [`super::prescan`] reads.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use roadbook_model::limits::CHANGE_BYTES_MAX;
use sha2::{Digest, Sha256};

use super::reader::Reader;
use super::{Refusal, code};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const TYPE_CHANGE: u8 = 1;
const TYPE_COMPRESSED: u8 = 2;

struct Header<'a> {
    checksum: [u8; 4],
    kind: u8,
    data: &'a [u8],
}

/// The content of a plain change chunk, and the change's hash, once the frame is right and the checksum fits.
pub(super) fn open(bytes: &[u8]) -> Result<(&[u8], [u8; 32]), Refusal> {
    let header = parse(bytes)?;
    if header.kind != TYPE_CHANGE {
        return Err(Refusal::new(&code::CHUNK_TYPE, format!("type {}", header.kind)));
    }
    let hash = hash(header.data);
    if hash[..4] != header.checksum {
        return Err(Refusal::new(&code::CHUNK_CHECKSUM, "the bytes were damaged or altered"));
    }
    Ok((header.data, hash))
}

/// A change chunk in the one form that is stored and sent: plain.
///
/// Automerge compresses larger changes when it hands them out in some places (`Change::bytes` in Rust, `getChanges` and
/// `getLastLocalChange` in JavaScript), and not in others (`Change::raw_bytes`). A change's hash is that of its plain
/// form, so nothing but the frame differs. Plain chunks are returned as they are, not checked further.
///
/// # Errors
/// `chunk_malformed`, `chunk_type` or `chunk_too_large`; never inflates beyond the limit of a change.
pub fn plain_chunk(chunk: &[u8]) -> Result<Vec<u8>, Refusal> {
    let header = parse(chunk)?;
    match header.kind {
        TYPE_CHANGE => Ok(chunk.to_vec()),
        TYPE_COMPRESSED => {
            let data = inflate(header.data)?;
            let mut plain = Vec::with_capacity(data.len() + 16);
            plain.extend_from_slice(&MAGIC);
            plain.extend_from_slice(&header.checksum);
            plain.push(TYPE_CHANGE);
            push_unsigned(&mut plain, data.len());
            plain.extend_from_slice(&data);
            Ok(plain)
        }
        other => Err(Refusal::new(&code::CHUNK_TYPE, format!("type {other}"))),
    }
}

fn parse(bytes: &[u8]) -> Result<Header<'_>, Refusal> {
    if bytes.len() > CHANGE_BYTES_MAX {
        return Err(Refusal::new(
            &code::CHUNK_TOO_LARGE,
            format!("{} of {CHANGE_BYTES_MAX} bytes", bytes.len()),
        ));
    }
    let mut reader = Reader::new(bytes);
    if reader.array()? != MAGIC {
        return Err(Refusal::new(&code::CHUNK_MALFORMED, "it does not begin as an Automerge chunk"));
    }
    let checksum = reader.array()?;
    let kind = reader.byte()?;
    let length = reader.unsigned()?;
    let data = reader.take(length)?;
    if !reader.is_done() {
        return Err(Refusal::new(&code::CHUNK_MALFORMED, format!("{} bytes follow it", reader.len())));
    }
    Ok(Header { checksum, kind, data })
}

fn hash(data: &[u8]) -> [u8; 32] {
    let mut head = vec![TYPE_CHANGE];
    push_unsigned(&mut head, data.len());
    Sha256::new().chain_update(&head).chain_update(data).finalize().into()
}

fn inflate(data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut inflated = Vec::new();
    // One byte more than allowed tells "too large" from "just fits".
    let mut bounded = DeflateDecoder::new(data).take(CHANGE_BYTES_MAX as u64 + 1);
    bounded
        .read_to_end(&mut inflated)
        .map_err(|error| Refusal::new(&code::CHUNK_MALFORMED, format!("it does not inflate: {error}")))?;
    if inflated.len() > CHANGE_BYTES_MAX {
        return Err(Refusal::new(&code::CHUNK_TOO_LARGE, format!("over {CHANGE_BYTES_MAX} bytes, inflated")));
    }
    Ok(inflated)
}

fn push_unsigned(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}
