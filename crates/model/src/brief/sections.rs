//! The sections of a brief, each in a module of its own.

pub(super) mod contacts;
pub(super) mod customer;
pub(super) mod habits;
pub(super) mod orders;
pub(super) mod outstanding;
pub(super) mod promises;
pub(super) mod visits;
pub(super) mod warnings;
