//! Kinds that this version of the app does not know. Their records are kept as they come, counted in the digests and purged
//! like others, and not shown; a later version that knows the kind shows them from what is kept (rule V4).

use std::collections::BTreeSet;

use roadbook_model::{AccountId, Envelope, Kind, PersonId, RecordId};

use super::content;
use super::rows::{Rows, Stored};

/// A record's kind as a device keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptKind {
    /// One that this version knows.
    Known(Kind),
    /// The word of one that it does not.
    Unknown(String),
}

impl KeptKind {
    /// The kind of this name.
    pub fn of(word: &str) -> Self {
        Kind::find(word).map_or_else(|| Self::Unknown(word.to_owned()), Self::Known)
    }

    /// Its word.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(kind) => kind.name(),
            Self::Unknown(word) => word,
        }
    }

    /// The kind, if this version knows it.
    pub fn known(&self) -> Option<Kind> {
        match self {
            Self::Known(kind) => Some(*kind),
            Self::Unknown(_) => None,
        }
    }

    /// Its place in a fill, lowest first; one that is not known comes last.
    pub fn fill_order(&self) -> u8 {
        self.known().map_or(u8::MAX, |kind| kind.spec().fill_order)
    }
}

/// Which kinds a version of the app knows. This one knows all that there are; an earlier one is played by what it lacks, in
/// tests and for the conformance kit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    lacks: BTreeSet<String>,
}

impl Known {
    /// This version's.
    pub const ALL: Self = Self { lacks: BTreeSet::new() };

    /// Those of an earlier version, before the kinds of these names were thought of.
    pub fn without(lacks: impl IntoIterator<Item = String>) -> Self {
        Self { lacks: lacks.into_iter().collect() }
    }

    /// What it lacks.
    pub fn lacking(&self) -> &BTreeSet<String> {
        &self.lacks
    }

    /// The kind of this name, as far as it is known.
    pub fn kind(&self, word: &str) -> KeptKind {
        if self.lacks.contains(word) { KeptKind::Unknown(word.to_owned()) } else { KeptKind::of(word) }
    }

    /// The kinds that are known.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::all().filter(|kind| !self.lacks.contains(kind.name()))
    }
}

/// A record's envelope as a device keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEnvelope {
    /// The record's id.
    pub id: RecordId,
    /// What kind of record it is.
    pub kind: KeptKind,
    /// The account it belongs to.
    pub account: AccountId,
    /// The person who created it.
    pub creator: PersonId,
    /// Raised by one each time the document is cut over to a fresh one.
    pub generation: u32,
}

impl KeptEnvelope {
    /// The envelope, if this version knows its kind.
    pub fn known(&self) -> Option<Envelope> {
        let Self { id, account, creator, generation, .. } = *self;
        self.kind.known().map(|kind| Envelope { id, kind, account, creator, generation })
    }
}

impl From<Envelope> for KeptEnvelope {
    fn from(envelope: Envelope) -> Self {
        let Envelope { id, kind, account, creator, generation } = envelope;
        Self { id, kind: KeptKind::Known(kind), account, creator, generation }
    }
}

/// After the app was changed for another version: what it shows of these records is made anew from what is kept. They are
/// all those of kinds that it knew otherwise before, or not at all.
pub fn show_anew(rows: &mut dyn Rows, records: &[RecordId]) -> Stored<()> {
    records.iter().try_for_each(|record| content::refresh(rows, *record))
}
