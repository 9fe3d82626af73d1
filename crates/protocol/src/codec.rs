//! Encoding and bounded decoding. Frames are CBOR arrays (RFC 8949) in the shapes of `protocol/frames.cddl`; bodies
//! that hold many records are deflated (RFC 1951, raw) as a whole, so that likeness between records pays.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
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

/// Reads one value that fills `bytes` wholly. Lengths inside are bounded by `bytes` itself: a vector grows by what is
/// the word of a length field.
pub fn decode<'b, T: minicbor::Decode<'b, ()>>(
    what: &'static str,
    bytes: &'b [u8],
) -> Result<T, DecodeError> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value =
        decoder.decode::<T>().map_err(|error| DecodeError::Malformed { what, why: error.to_string() })?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(DecodeError::Trailing { what }) }
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
    if read > limits::BODY_BYTES_MAX {
        return Err(DecodeError::TooLong { what, len: read, max: limits::BODY_BYTES_MAX });
    }
    Ok(body)
}
