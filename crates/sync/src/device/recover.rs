//! Carrying work over from a store that was set aside: what the server lacks is captured again in the fresh store.

use automerge::{Automerge, ChangeHash, ReadDoc};
use roadbook_model::rebase::{RebaseConflict, rebase};
use roadbook_model::{Kind, RecordId, Verb, document};
use roadbook_protocol::entry::Decision;
use roadbook_protocol::item::Request;
use roadbook_protocol::{Item, ItemBody};

use super::capture::{self, Ctx, NewCapture};
use super::content;
use super::error::CaptureError;
use super::rows::{ItemRow, RecordRow, Rows};

/// What became of one record's work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Records whose work was captured again.
    pub records: Vec<RecordId>,
    /// Fields that others had changed meanwhile; theirs stand, ours is listed.
    pub conflicts: Vec<(RecordId, RebaseConflict)>,
    /// Records whose work cannot be captured here any more, with the code that says why. It stays in the old store.
    pub left: Vec<(RecordId, String)>,
}

/// Carries one record over. `old` reads the store set aside, `new` is the fresh, filled one.
pub fn carry(
    old: &mut dyn Rows,
    new: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    record: RecordId,
    carried: &mut Carried,
) -> Result<(), CaptureError> {
    let Some(row) = old.record(record)? else { return Ok(()) };
    let waiting = old.items_of(record)?.iter().any(|item| !item.tray);
    let Ok(Some(held)) = content::current(old, &row)? else {
        // Nobody can tell what was written; that there was something, its person is told.
        if waiting {
            carried.left.push((record, CaptureError::Unreadable.code().to_owned()));
        }
        return Ok(());
    };
    let outcome = match new.record(record)? {
        Some(fresh) => {
            let reopens = unanswered(old, record)?.into_iter().find(|it| it.verb == Verb::Reopen.as_str());
            carry_edits(new, ctx, &row, &held, (&fresh, reopens), carried)
        }
        // An account that was accepted once and is not here now was handed over.
        None if row.envelope.kind.known() == Some(Kind::ACCOUNT) && !row.accepted.is_empty() => {
            Err(CaptureError::OutOfScope)
        }
        None => carry_whole(new, ctx, &row, &held).map(|()| true),
    };
    match outcome {
        Ok(true) => carried.records.push(record),
        Ok(false) => {}
        Err(CaptureError::Store(error)) => return Err(error.into()),
        Err(error) if waiting => carried.left.push((record, error.code().to_owned())),
        Err(_) => {}
    }
    Ok(())
}

/// Asks again for the decisions that one record's unanswered requests asked for.
pub fn carry_requests(
    old: &mut dyn Rows,
    new: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    record: RecordId,
    carried: &mut Carried,
) -> Result<(), CaptureError> {
    let fresh = new.record(record)?;
    let requests = unanswered(old, record)?;
    // What was granted last came after all that was asked for before.
    if let Some(last) = requests.last()
        && is_known(new, fresh.as_ref(), last)?
    {
        return Ok(());
    }
    for request in requests {
        let Ok(verb) = request.verb.parse() else { continue };
        if is_known(new, fresh.as_ref(), &request)? {
            continue;
        }
        match capture::request(new, ctx, verb, record) {
            Ok(_) => {}
            Err(CaptureError::Store(error)) => return Err(error.into()),
            Err(error) => carried.left.push((record, error.code().to_owned())),
        }
    }
    Ok(())
}

/// What one record's requests asked for that were not answered, in their order.
fn unanswered(old: &mut dyn Rows, record: RecordId) -> Result<Vec<Request>, CaptureError> {
    let items = old.items_of(record)?.into_iter().filter(|item| item.receipt.is_none());
    Ok(items.filter_map(|item| request_of(&item)).collect())
}

/// A correction begins with taking the order back (rule Q10): without that, what was changed could not be captured again.
fn take_back(
    new: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    fresh: &RecordRow,
    reopens: &Request,
) -> Result<(), CaptureError> {
    if is_known(new, Some(fresh), reopens)? {
        return Ok(());
    }
    match capture::request(new, ctx, Verb::Reopen, reopens.record) {
        Err(CaptureError::Store(error)) => Err(error.into()),
        // What cannot be taken back says so of what was changed in it.
        _ => Ok(()),
    }
}

/// Whether the server granted a request whose answer was not heard, its person asked for the same elsewhere, or it was asked
/// again already, before a crash.
fn is_known(new: &mut dyn Rows, fresh: Option<&RecordRow>, request: &Request) -> Result<bool, CaptureError> {
    let person = new.device()?.person;
    let is_granted = |decision: &Decision| {
        decision.request == Some(request.id) || (decision.by == person && decision.verb == request.verb)
    };
    let waiting = new.items_of(request.record)?.into_iter();
    let waiting = waiting.filter(|item| item.receipt.is_none() && !item.tray);
    let waiting: Vec<String> = waiting.filter_map(|item| request_of(&item)).map(|it| it.verb).collect();
    // What was granted before is taken back.
    let is_reopened = waiting.iter().any(|verb| verb == Verb::Reopen.as_str());
    let is_granted = fresh.and_then(|row| row.decision.as_ref()).is_some_and(is_granted);
    Ok(waiting.contains(&request.verb) || is_granted && !is_reopened)
}

fn request_of(item: &ItemRow) -> Option<Request> {
    match Item::read(&item.bytes).ok()?.body {
        ItemBody::Request(request) => Some(request),
        _ => None,
    }
}

fn carry_whole(
    new: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    row: &RecordRow,
    held: &Automerge,
) -> Result<(), CaptureError> {
    let kind = capture::known(row)?;
    let capture = NewCapture {
        kind,
        account: Some(row.envelope.account),
        territory: None,
        id: Some(row.envelope.id),
        fields: document::hydrate(kind.spec(), held),
    };
    capture::create(new, ctx, capture).map(|_| ())
}

fn carry_edits(
    new: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    row: &RecordRow,
    held: &Automerge,
    (fresh, reopens): (&RecordRow, Option<Request>),
    carried: &mut Carried,
) -> Result<bool, CaptureError> {
    let Ok(Some(accepted)) = content::current(new, fresh)? else { return Err(CaptureError::NotTaken) };
    let common = common_heads(held, &accepted);
    let spec = capture::known(row)?.spec();
    let base = held.fork_at(&common).map_err(|_| CaptureError::Unreadable)?;
    let fields = |doc: &Automerge| document::hydrate(spec, doc);
    let rebased = rebase(spec, &fields(&base), &fields(held), &fields(&accepted));
    carried.conflicts.extend(rebased.conflicts.into_iter().map(|conflict| (row.envelope.id, conflict)));
    // What was not sent and lost against what came meanwhile shows in no field: its person is told of it all the same.
    let unshared = |hash: [u8; 32]| accepted.get_change_by_hash(&ChangeHash(hash)).is_none();
    for conflict in document::conflicts(spec, held) {
        let stands = conflict.values.iter().find(|side| side.winner).map(|side| side.value.clone());
        let lost = conflict.values.into_iter().find(|side| !side.winner && unshared(side.hash));
        carried.conflicts.extend(lost.map(|side| {
            let path = conflict.path.clone();
            let told = RebaseConflict { path, base: None, held: Some(side.value), accepted: stands };
            (row.envelope.id, told)
        }));
    }
    if rebased.edits.is_empty() {
        return Ok(false);
    }
    if let Some(reopens) = reopens {
        take_back(new, ctx, fresh, &reopens)?;
    }
    match capture::write(new, ctx, row.envelope.id, &rebased.edits) {
        Ok(()) => Ok(true),
        Err(CaptureError::Nothing) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The heads of what both documents share.
fn common_heads(held: &Automerge, accepted: &Automerge) -> Vec<ChangeHash> {
    let shared: Vec<_> = held
        .get_changes(&[])
        .into_iter()
        .filter(|change| accepted.get_change_by_hash(&change.hash()).is_some())
        .collect();
    let inner: Vec<ChangeHash> = shared.iter().flat_map(|change| change.deps().to_vec()).collect();
    shared.iter().map(automerge::Change::hash).filter(|hash| !inner.contains(hash)).collect()
}
