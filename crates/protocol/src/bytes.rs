//! Byte strings of fixed and free length, with their CBOR form (major type 2).

use std::fmt;

use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode, Encoder};

macro_rules! fixed_bytes {
    ($($(#[$doc:meta])* $name:ident[$len:literal]),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                <[u8; $len]>::try_from(d.bytes()?)
                    .map(Self)
                    .map_err(|_| DecodeError::message(concat!(stringify!($name), " has the wrong length")))
            }
        }
    )+};
}

fixed_bytes! {
    /// A SHA-256.
    Hash[32],
    /// The first sixteen bytes of a SHA-256, where a full hash would cost more than it proves.
    Tag16[16],
    /// A server's single-use challenge.
    Nonce[16],
    /// An ECDSA P-256 signature, `r` then `s`.
    Signature[64],
}

impl Hash {
    /// The first sixteen bytes.
    pub fn tag(&self) -> Tag16 {
        let mut tag = [0; 16];
        tag.copy_from_slice(&self.0[..16]);
        Tag16(tag)
    }
}

/// Bytes of free length; each place that holds one states its limit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Blob(pub Vec<u8>);

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<C> Encode<C> for Blob {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Blob {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Ok(Self(d.bytes()?.to_vec()))
    }
}

/// A place in the log: a position and the chain hash there, shortened. Position 0 is before the first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Mark {
    /// The position.
    #[n(0)]
    pub position: u64,
    /// The first sixteen bytes of the chain hash at that position.
    #[n(1)]
    pub chain: Tag16,
}

impl Mark {
    /// Before the first entry.
    pub const START: Self = Self { position: 0, chain: Tag16([0; 16]) };
}
