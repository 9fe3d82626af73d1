//! What end-to-end tests work with: the real binary as a child process, real Postgres, and a wire that can be cut at a
//! named step. The tests themselves are in this package's `tests/` folder. The binary must be built before
//! (`cargo build -p roadbook`); `cargo xtask test` does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub mod api;
pub mod binary;
pub mod database;
pub mod phone;
pub mod scratch;
pub mod server;
pub mod wire;

pub use binary::{Answer, roadbook};
pub use database::Database;
pub use phone::Phone;
pub use scratch::Scratch;
pub use server::Server;
pub use wire::{Step, Wire};
