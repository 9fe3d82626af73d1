//! The admission gate: what honest devices do passes, and every known attack is refused for its own reason.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing test panics")]

mod added;
mod attacks;
mod chunks;
mod costs;
mod fleet;
mod honest;
mod mutants;
mod places;
mod random;
mod values;
mod world;
mod writer;
