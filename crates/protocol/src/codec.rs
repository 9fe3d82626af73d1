//! Encoding and bounded decoding. Frames are CBOR arrays (RFC 8949) in the shapes of `protocol/frames.cddl`; bodies
//! that hold many records are deflated (RFC 1951, raw) as a whole, so that likeness between records pays.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use minicbor::data::Type;
use minicbor::{Decode, Decoder};
use thiserror::Error;

use crate::limits;

/// Why bytes are not what they should be. Never holds the bytes.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// Longer than the limit for its place.
    #[error("{what} has {len} bytes, the limit is {max}")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// How long it is, or would become.
        len: usize,
        /// How long it may be.
        max: usize,
    },
    /// More parts than the limit for their place. How many there were is not known: no more are read.
    #[error("{what} has more than {max} parts")]
    TooMany {
        /// What it is.
        what: &'static str,
        /// How many parts it may have.
        max: usize,
    },
    /// Not CBOR of the expected shape.
    #[error("{what} is malformed: {why}")]
    Malformed {
        /// What it is.
        what: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// Bytes after the end.
    #[error("{what} has bytes after its end")]
    Trailing {
        /// What it is.
        what: &'static str,
    },
    /// Not a raw deflate stream.
    #[error("{what} does not inflate")]
    Inflate {
        /// What it is.
        what: &'static str,
    },
}

/// The CBOR bytes of a value. Encoding into memory cannot fail.
pub fn encode<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        Err(error) => unreachable!("encoding into memory: {error}"),
    }
}

/// Reads one value that fills `bytes` wholly. No memory is taken on the word of a length field: a string is as long as
/// what is there, and a list that a peer may fill is read by [`at_most`].
pub fn decode<'b, T: minicbor::Decode<'b, ()>>(
    what: &'static str,
    bytes: &'b [u8],
) -> Result<T, DecodeError> {
    let end = first(what, bytes)?;
    let value = minicbor::decode(bytes)
        .map_err(|error: minicbor::decode::Error| DecodeError::Malformed { what, why: error.to_string() })?;
    if end == bytes.len() { Ok(value) } else { Err(DecodeError::Trailing { what }) }
}

/// Where the first value of a CBOR sequence ends. Goes over its heads alone and keeps nothing but a count: types and
/// indefinite lengths that the protocol does not use end it, for passing over those would take memory.
pub fn first(what: &'static str, bytes: &[u8]) -> Result<usize, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    pass_over(&mut decoder).map_err(|error| DecodeError::Malformed { what, why: error.to_string() })?;
    Ok(decoder.position())
}

fn pass_over(decoder: &mut Decoder<'_>) -> Result<(), minicbor::decode::Error> {
    let mut left = 1_u64;
    while left > 0 {
        left -= 1;
        match decoder.datatype()? {
            Type::Array => left = left.saturating_add(decoder.array()?.unwrap_or(0)),
            Type::ArrayIndef
            | Type::BytesIndef
            | Type::StringIndef
            | Type::Map
            | Type::MapIndef
            | Type::Tag => {
                return Err(minicbor::decode::Error::message("a type or length that is not used"));
            }
            _ => decoder.skip()?,
        }
    }
    Ok(())
}

/// Reads a list of which no more than `MAX` elements are allowed: keeps one more than that, so that whoever counts them
/// sees that they are too many, and passes over the rest. An element may take two bytes on the wire and a hundred in
/// memory; so what a frame costs is bounded by its limits and not by its length.
pub(crate) fn at_most<'b, const MAX: usize, T, C>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Vec<T>, minicbor::decode::Error>
where
    T: Decode<'b, C>,
{
    let endless = || minicbor::decode::Error::message("a list of indefinite length");
    let mut kept = Vec::new();
    for n in 0..d.array()?.ok_or_else(endless)? {
        if n <= MAX as u64 { kept.push(d.decode_with(ctx)?) } else { d.skip()? }
    }
    Ok(kept)
}

/// The same for a list that may be absent.
pub(crate) fn at_most_or_absent<'b, const MAX: usize, T, C>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Option<Vec<T>>, minicbor::decode::Error>
where
    T: Decode<'b, C>,
{
    if d.datatype()? == Type::Null {
        return d.null().map(|()| None);
    }
    at_most::<MAX, T, C>(d, ctx).map(Some)
}

/// Whether something has as many bytes as it may have.
pub(crate) fn within(what: &'static str, len: usize, max: usize) -> Result<(), DecodeError> {
    if len <= max { Ok(()) } else { Err(DecodeError::TooLong { what, len, max }) }
}

/// Whether something has as many parts as it may have.
pub(crate) fn count_within(what: &'static str, count: usize, max: usize) -> Result<(), DecodeError> {
    if count <= max { Ok(()) } else { Err(DecodeError::TooMany { what, max }) }
}

/// Deflates a body.
pub fn deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(body.len() / 3), Compression::best());
    match encoder.write_all(body).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("deflating into memory: {error}"),
    }
}

/// Inflates a body to at most [`limits::BODY_BYTES_MAX`] bytes.
pub fn inflate(what: &'static str, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut body = Vec::new();
    let read = DeflateDecoder::new(bytes)
        .take(limits::BODY_BYTES_MAX as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|_| DecodeError::Inflate { what })?;
    within(what, read, limits::BODY_BYTES_MAX)?;
    Ok(body)
}
