//! The model seen from outside: one file for each of its parts.

mod brief;
mod document;
mod id;
mod kinds;
mod late;
mod membership;
mod merge;
mod money;
mod permission;
mod plan;
mod pricing;
mod process;
mod projection;
mod rebase;
mod rule;
mod schema;
mod state;
mod support;
