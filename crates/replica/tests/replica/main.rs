//! The device's store, its questions, its roads, and whole devices against a server in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test like the test itself")]

mod cloned;
mod devices;
mod fates;
mod hostile;
mod kill;
mod leave;
mod questions;
mod rows;
mod scratch;
mod server;
mod store;
mod tls;
mod transport;
