//! Reads a change chunk's bytes, bounded: no allocation, no read past the end, LEB128 numbers in their shortest form
//! only (Automerge writes no other, and what it would not write again is refused anyway).

use super::Refusal;
use super::code;

/// A place in borrowed bytes.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], Refusal> {
        let taken = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let (head, rest) = taken.ok_or_else(|| Refusal::new(&code::CHUNK_MALFORMED, "it ends too early"))?;
        self.rest = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or_else(|| Refusal::new(&code::CHUNK_MALFORMED, "it ends too early"))?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Refusal> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// An unsigned LEB128 number of at most 64 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, Refusal> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let overlong = byte == 0 && shift > 0;
                let overflowing = shift == 63 && bits > 1;
                return if overlong || overflowing { Err(bad_number()) } else { Ok(value) };
            }
        }
        Err(bad_number())
    }

    /// A signed LEB128 number of at most 64 bits.
    pub(super) fn signed(&mut self) -> Result<i64, Refusal> {
        let mut value = 0;
        let mut previous = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // The last byte only repeats the sign that the one before it already carries.
                let overlong = shift > 0 && matches!((byte, previous & 0x40), (0, 0) | (0x7f, 0x40));
                let overflowing = shift == 63 && byte != 0 && byte != 0x7f;
                if overlong || overflowing {
                    return Err(bad_number());
                }
                let negative = byte & 0x40 != 0 && shift < 57;
                return Ok(if negative { value | (-1 << (shift + 7)) } else { value });
            }
            previous = byte;
        }
        Err(bad_number())
    }
}

fn bad_number() -> Refusal {
    Refusal::new(&code::CHUNK_MALFORMED, "a number is too large, or not in its shortest form")
}
