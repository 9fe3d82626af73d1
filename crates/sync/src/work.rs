//! What one item's changes did to a record: how its writer saw the record before them, and after.

use automerge::{Automerge, ChangeHash, ReadDoc};
use roadbook_model::kind::KindSpec;
use roadbook_model::{Fields, document};
use roadbook_protocol::Blob;

use crate::digest::claimed_hash;

/// A record's content before and after changes, as their writer saw it. Before its creation it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Before the first of them.
    pub before: Fields,
    /// After the last of them.
    pub after: Fields,
}

/// Looks at changes of one item in a document that holds them and all that they build on; `None` if it does not.
pub fn written(spec: &KindSpec, doc: &Automerge, changes: &[Blob]) -> Option<Written> {
    let hash = |blob: &Blob| claimed_hash(&blob.0).map(|hash| ChangeHash(hash.0));
    let (first, last) = (hash(changes.first()?)?, hash(changes.last()?)?);
    let seen = doc.get_change_by_hash(&first)?.deps().to_vec();
    doc.get_change_by_hash(&last)?;
    let at = |heads: &[ChangeHash]| Some(document::hydrate(spec, &doc.fork_at(heads).ok()?));
    let before = if seen.is_empty() { Fields::new() } else { at(&seen)? };
    Some(Written { before, after: at(&[last])? })
}
