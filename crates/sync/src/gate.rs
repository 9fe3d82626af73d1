//! The admission gate: the only way by which a client's bytes become part of a record.
//!
//! Automerge merges; it does not validate. A change of a hundred bytes can make it panic, grow to gigabytes, or leave a
//! document that saves and never loads again, and none of that shows in the bytes' type or checksum. So a change is
//! first bounded by the gate's own reader ([`prescan`]), then tied to its device and to its place in the history, then
//! read operation by operation against the kind's field rules and the writer's rights, then merged into a copy, and only
//! believed when the copy gives back the same bytes and survives saving and loading. The record itself is never touched:
//! what [`admit`] returns is the copy.
//!
//! The order is that of rules G1 to G7 of the specification; [`code`] lists every reason to refuse.
//!
//! What it is not: it asks nothing about leases, scope, decisions or who the person is. The caller looks those up, and
//! answers for the `actor`, `writer_role` and `is_creator` that it states.
//!
//! # Panics that are caught
//! Automerge's own panics unwind and are caught here, stage by stage; they come back as refusals. The process's panic
//! hook still runs and prints them: the gate installs none, since the hook belongs to the whole process. A server that
//! does not want clients to write into its log filters in its own hook. Built with `panic = "abort"`, the gate would be
//! none, so that does not compile.

#[cfg(panic = "abort")]
compile_error!("the admission gate catches Automerge's panics: build with panic = \"unwind\"");

mod admit;
mod chunk;
pub mod code;
mod columns;
mod ops;
mod outcome;
mod prescan;
mod reader;
mod seen;

use automerge::{Automerge, ChangeHash};
use roadbook_model::permission::Role;
use roadbook_model::rule::Violation;
use roadbook_model::{Envelope, Fields, Path};

pub use admit::{admit, admit_as_before};
pub use chunk::plain_chunk;
pub use prescan::{Scan, prescan};

use crate::actor::ACTOR_BYTES;
use code::Code;

/// Changes offered for one record, and what the caller knows of their writer.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The record's immutable facts.
    pub envelope: &'a Envelope,
    /// The actor that [`crate::actor`] derives for the device, store generation, record and branch (or for the server):
    /// every change must be by it.
    pub actor: [u8; ACTOR_BYTES],
    /// The writer's role.
    pub writer_role: Role,
    /// Whether the writer is the person who created the record.
    pub is_creator: bool,
    /// Plain change chunks, each after those that it rests on.
    pub changes: &'a [Vec<u8>],
}

/// What the record becomes with the changes: to be stored together with the changes' own bytes.
#[derive(Debug)]
pub struct Admitted {
    /// The record with the changes merged in.
    pub doc: Automerge,
    /// The changes' hashes, in the order in which they were offered.
    pub hashes: Vec<[u8; 32]>,
    /// The record's content before; empty for a record that these changes make.
    pub before: Fields,
    /// The record's content after.
    pub fields: Fields,
}

/// Why nothing of what was offered is admitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("change {index}: {text} ({code}, rule {rule})")]
pub struct Refusal {
    /// Stable: one of [`code::ALL`], or one of the model's.
    pub code: &'static str,
    /// The rule of the specification that asked for it.
    pub rule: &'static str,
    /// The field it is about, from the record's root; empty when it is about the change as a whole.
    pub path: Path,
    /// What is wrong, for people.
    pub text: String,
    /// Which of the offered changes it is about, from 0; the last one, when it is about their result.
    pub index: usize,
}

impl Refusal {
    fn new(code: &Code, detail: impl AsRef<str>) -> Self {
        Self {
            code: code.code,
            rule: code.rule,
            path: Path::new(),
            text: format!("{}: {}", code.meaning, detail.as_ref()),
            index: 0,
        }
    }

    fn of_model(violation: Violation, rule: &'static str) -> Self {
        Self { code: violation.code, rule, path: violation.path, text: violation.text, index: 0 }
    }

    fn at(self, path: Path) -> Self {
        Self { path, ..self }
    }

    fn in_change(self, index: usize) -> Self {
        Self { index, ..self }
    }
}

fn sorted_heads(doc: &Automerge) -> Vec<ChangeHash> {
    let mut heads = doc.get_heads();
    heads.sort_unstable();
    heads
}
