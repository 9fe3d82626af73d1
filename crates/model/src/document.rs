//! A record's content in an Automerge document: made and edited here, one change at a time, always by ordinary
//! transactions on the current heads (isolated ones break the order of operation numbers that the gate demands).
//!
//! It is for trusted documents. Bytes that came from a client pass the gate in `roadbook-sync` first.

mod read;
mod write;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ReadDoc};

use crate::kind::KindSpec;
use crate::limits::{CHANGE_BYTES_MAX, CHANGE_OPS_MAX, RECORD_CHANGES_MAX, RECORD_OPS_MAX};
use crate::rule::{Depth, Violation, check_fields, field_violations};
use crate::value::{Edit, Fields, Value};

pub use read::{Conflict, ConflictValue, conflicts, hydrate, scalar_value};

/// Stored changes of a record that Automerge does not take.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are not a change.
    #[error("a stored change cannot be parsed")]
    Parse(#[from] automerge::LoadChangeError),
    /// The changes do not fit together.
    #[error("the stored changes do not fit together")]
    Apply(#[from] automerge::AutomergeError),
    /// Changes that others depend on are not among them.
    #[error("{0} changes that the stored ones depend on are missing")]
    Incomplete(usize),
}

/// A new record's document, holding one change of this actor with everything in it. Each text and collection of the
/// kind is made, even if empty: whoever makes one later would hide another's.
///
/// # Errors
/// The first rule that `fields` do not keep; `unknown_field` for a field that this version does not have;
/// `change_too_large` when all of it is more than one change may hold.
pub fn create(
    spec: &KindSpec,
    actor: [u8; 16],
    time_s: i64,
    fields: &Fields,
) -> Result<Automerge, Violation> {
    write::check_known(spec, fields)?;
    check_fields(spec, fields)?;
    let mut doc = Automerge::new().with_actor(ActorId::from(actor));
    let mut tx = doc.transaction();
    write::fill(&mut tx, spec, fields)?;
    check_ops(tx.pending_ops())?;
    let (hash, _) = tx.commit_with(CommitOptions::default().with_time(time_s));
    if let Some(change) = hash.and_then(|hash| doc.get_change_by_hash(&hash)) {
        check_bytes(&change)?;
    }
    Ok(doc)
}

/// Makes these edits as one change of this actor and returns its bytes, or `None` when they change nothing. On an
/// error the document is as it was. Who may edit is asked before, by [`crate::rule::check_edit`].
///
/// # Errors
/// The first rule that the edits or a field after them do not keep. A rule that the field broke before, by a merge,
/// holds up nobody.
pub fn edit(
    spec: &KindSpec,
    doc: &mut Automerge,
    actor: [u8; 16],
    time_s: i64,
    edits: &[Edit],
) -> Result<Option<Vec<u8>>, Violation> {
    let before = hydrate(spec, doc);
    let mut draft = doc.clone();
    draft.set_actor(ActorId::from(actor));
    let mut tx = draft.transaction();
    edits.iter().try_for_each(|edit| write::apply(&mut tx, spec, edit))?;
    if tx.pending_ops() == 0 {
        return Ok(None);
    }
    check_ops(tx.pending_ops())?;
    check_after(spec, &before, &hydrate(spec, &tx), edits)?;
    let (hash, _) = tx.commit_with(CommitOptions::default().with_time(time_s));
    let Some(change) = hash.and_then(|hash| draft.get_change_by_hash(&hash)) else { return Ok(None) };
    check_bytes(&change)?;
    check_record(&draft)?;
    *doc = draft;
    Ok(Some(change.raw_bytes().to_vec()))
}

/// The bytes of every change in a document, each after those that it depends on.
pub fn change_bytes(doc: &Automerge) -> Vec<Vec<u8>> {
    doc.get_changes(&[]).iter().map(|change| change.raw_bytes().to_vec()).collect()
}

/// The document that these trusted changes make, in whatever order they come.
///
/// # Errors
/// When Automerge does not take them, or one that they depend on is not among them.
pub fn load_changes<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Automerge, Unreadable> {
    let changes =
        changes.into_iter().map(|bytes| Change::from_bytes(bytes.to_vec())).collect::<Result<Vec<_>, _>>()?;
    let mut doc = Automerge::new();
    doc.apply_changes(changes)?;
    match doc.get_missing_deps(&[]).len() {
        0 => Ok(doc),
        missing => Err(Unreadable::Incomplete(missing)),
    }
}

/// Judges the fields that the edits touch. What was so before them is let be: a value that stayed, and a length or a
/// count that a merge had broken.
fn check_after(spec: &KindSpec, before: &Fields, after: &Fields, edits: &[Edit]) -> Result<(), Violation> {
    for field in spec.fields.iter().filter(|field| edits.iter().any(|edit| touches(edit, field.name))) {
        let path = [field.name.to_owned()];
        let judge = |fields: &Fields| field_violations(field, fields.get(field.name), &path, Depth::Full);
        let known = judge(before);
        let is_new = |found: &Violation| {
            let stayed = at(before, &found.path) == at(after, &found.path);
            let mergeable = matches!(found.code, "too_long" | "too_many_items");
            !(stayed || mergeable)
                || known.iter().all(|old| (old.code, &old.path) != (found.code, &found.path))
        };
        if let Some(violation) = judge(after).into_iter().find(is_new) {
            return Err(violation);
        }
    }
    Ok(())
}

/// The value at a path.
fn at<'a>(fields: &'a Fields, path: &[String]) -> Option<&'a Value> {
    let (last, above) = path.split_last()?;
    above.iter().fold(fields, |fields, name| Value::entries(fields.get(name))).get(last)
}

fn touches(edit: &Edit, name: &str) -> bool {
    let (Edit::Put { path, .. } | Edit::Delete { path } | Edit::Splice { path, .. }) = edit;
    path.first().is_some_and(|first| first == name)
}

fn check_ops(ops: usize) -> Result<(), Violation> {
    if ops as u64 <= CHANGE_OPS_MAX { Ok(()) } else { Err(too_large()) }
}

fn check_bytes(change: &Change) -> Result<(), Violation> {
    if change.raw_bytes().len() <= CHANGE_BYTES_MAX { Ok(()) } else { Err(too_large()) }
}

fn too_large() -> Violation {
    Violation::new(
        "change_too_large",
        &[],
        "This is more than can be saved at once; save it in smaller parts.",
    )
}

fn check_record(doc: &Automerge) -> Result<(), Violation> {
    let stats = doc.stats();
    if stats.num_ops <= RECORD_OPS_MAX && stats.num_changes <= RECORD_CHANGES_MAX {
        return Ok(());
    }
    let text = "This record has been changed too often to take more; synchronise, so that it is cut over.";
    Err(Violation::new("record_full", &[], text))
}

/// Whether a value says nothing: absent, null, an empty text or an empty collection.
pub(crate) fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::Map(items)) => items.is_empty(),
        Some(_) => false,
    }
}
