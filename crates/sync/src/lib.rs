//! The sync engines, sans IO: events, time and randomness come in; rows, frames and effects go out. Sockets, Postgres,
//! SQLite and the browser are thin shells around them, so that a simulator can run whole histories in one thread.
//!
//! # The walk of one visit
//! 1. [`device::capture::create`] checks it against the kind's rules, makes its first Automerge change by an actor
//!    derived for this device and record ([`actor`]), and puts it into the outbox, in one transaction of the shell's.
//! 2. [`device::Session`] says hello, signs a batch of outbox items and sends it.
//! 3. [`server::ServerSession`] checks the proof and hands the items to the shell, which calls
//!    [`ledger::Gated::prepare`] outside any lock: the admission gate ([`gate`]) is the only way in for client bytes.
//! 4. Under the log's lock the shell fills a [`ledger::Book`] and calls [`ledger::Book::judge`]: lease, state and
//!    permission are asked again, the entry is chained, the record, its digest and the receipt are written.
//! 5. The receipt goes back ([`device::receipts`]); other devices read the entry as far as their leases let them
//!    ([`reader`]) and apply the page ([`device::apply`]).
//!
//! What is deliberately absent: clocks, sockets, threads, async, SQL. Nothing here merges bytes that the gate has not
//! seen, and no decision is taken twice: a receipt, once stored, is what every repetition gets.

pub mod actor;
pub mod device;
pub mod digest;
pub mod gate;
pub mod ledger;
pub mod reader;
pub mod server;
pub mod work;
