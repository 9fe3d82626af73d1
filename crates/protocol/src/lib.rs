//! The sync protocol as types: frames, the log's entries, codec, limits and version. The words and rules are in
//! `protocol/SPEC.md`; this crate is its Rust reading, with no IO and no state.

pub mod bytes;
pub mod code;
pub mod codec;
pub mod enrol;
pub mod entry;
pub mod frame;
pub mod hollow;
pub mod item;
pub mod limits;
pub mod page;
pub mod receipt;

pub use bytes::{Blob, Hash, Mark, Nonce, Signature, Tag16};
pub use codec::{DecodeError, decode, encode};
pub use entry::Entry;
pub use frame::Frame;
pub use item::{Item, ItemBody};
pub use page::{Page, PageBody};
pub use receipt::{Outcome, Reason, Receipt};
