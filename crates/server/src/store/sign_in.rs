//! What signing in needs of the database: passwords, one-time links, guesses, attempts by way of a provider, sessions. What it all comes to is
//! `crate::sign_in`'s matter.
//!
//! The time comes in with each call: waits and ends are decided by it.

pub mod attempts;
pub mod guesses;
pub mod links;
pub mod passwords;
pub mod refresh;
pub mod secret;
pub mod sessions;
