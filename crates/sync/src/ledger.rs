//! The server's half of every decision: what becomes of an item, who holds which lease, what the log says.
//!
//! A [`Book`] is the working set of one append: the rows that a group of items touches, fetched by the shell under the
//! log's lock. Its methods decide and change rows; what must be written comes out as [`Writes`], which the shell stores
//! in the same transaction. Postgres loads a small book for each group; the simulator keeps one book for its whole
//! life. Neither decides anything itself.

pub mod book;
pub mod changes;
pub mod edit;
pub mod enrol;
pub mod fate;
pub mod import;
pub mod judge;
pub mod late;
pub mod leave;
pub mod merge;
pub mod needs;
pub mod office;
pub mod place;
pub mod reauthor;
pub mod release;
pub mod request;
pub mod review;
pub mod rows;

pub use book::Book;
pub use enrol::{Cause, Renewal};
pub use judge::{Gated, Halt, Pusher};
pub use merge::Merged;
pub use needs::Needs;
pub use reauthor::{ReAuthor, ReAuthored};
pub use release::Released;
pub use rows::{
    AccountRow, Aside, DeviceState, HeldRow, Lease, NewEntry, PreparedEntry, Record, Renewals, ServerDevice,
    StoredReceipt, Territory, Withdrawal, Writes,
};
