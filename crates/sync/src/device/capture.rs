//! Capture: how work gets into the outbox. It never waits for the network; when it returns and the shell has committed,
//! the work is saved.

use automerge::Automerge;
use roadbook_model::permission::{may_create, may_request};
use roadbook_model::rule::{Violation, check_edit, check_founding};
use roadbook_model::state::{
    NO_LINES, QUOTE_EXPIRED, Verb, expected, has_no_lines, quote_expired, transition,
};
use roadbook_model::{
    AccountId, Edit, Envelope, Fields, Kind, LeaseId, RecordId, RequestId, TerritoryId, Writer, document,
};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::item::{Changes, NewRecord, Request};
use roadbook_protocol::{Blob, Hash, Item, ItemBody, code, encode};

use super::error::CaptureError;
use super::rows::{DeviceRow, ItemRow, LeaseRow, LeaseState, RecordRow, Rows, Stored};
use super::{content, leave, merge};
use crate::actor;
use crate::gate::plain_chunk;

/// The time and the randomness of one capture.
pub struct Ctx<'a> {
    /// The device's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// Ten fresh random bytes at each call.
    pub random: &'a mut dyn FnMut() -> [u8; 10],
}

/// A record to create.
#[derive(Clone, Debug)]
pub struct NewCapture {
    /// Its kind.
    pub kind: Kind,
    /// The account it belongs to; none for a new account.
    pub account: Option<AccountId>,
    /// For a new account: the territory, if the person holds several.
    pub territory: Option<TerritoryId>,
    /// Its id, if it must have a certain one (recovery); else a fresh one.
    pub id: Option<RecordId>,
    /// Its content.
    pub fields: Fields,
}

impl Ctx<'_> {
    fn millis(&self) -> u64 {
        self.now_ms.max(0).unsigned_abs()
    }
}

/// Creates a record.
pub fn create(rows: &mut dyn Rows, ctx: &mut Ctx<'_>, new: NewCapture) -> Result<RecordId, CaptureError> {
    let device = rows.device()?;
    leave::must_stay(&device)?;
    if !may_create(device.role, new.kind) {
        let text = format!("your role may not create a {}", new.kind);
        return Err(Violation::new("not_permitted", &[], text).into());
    }
    check_founding(new.kind.spec(), device.role, &new.fields)?;
    let millis = ctx.millis();
    let id = new.id.unwrap_or_else(|| RecordId::new(millis, (ctx.random)()));
    let (account, lease, opens) = if new.kind == Kind::ACCOUNT {
        let territory = territory_lease(rows, new.territory)?;
        let opens = LeaseId::new(millis, (ctx.random)());
        (id.account(), territory, Some(opens))
    } else {
        let account = new.account.ok_or(CaptureError::OutOfScope)?;
        let lease = account_lease(rows, account)?;
        // A record that is made again keeps the account that it has here.
        let known = rows.record(id)?.map(|row| row.envelope.account);
        (known.map_or_else(|| merge::root_of(rows, account), Ok)?, lease, None)
    };
    let envelope = Envelope { id, kind: new.kind, account, creator: device.person, generation: 0 };
    // A record whose creation was not taken is made again under its next branch.
    let branch = rows.record(id)?.map_or(0, |row| row.branch);
    let actor = actor::derive(device.device, device.store_generation, id, branch);
    let doc = document::create(new.kind.spec(), actor, ctx.now_ms.div_euclid(1000), &new.fields)?;
    let row = RecordRow {
        envelope: envelope.into(),
        accepted: Vec::new(),
        branch,
        digest: 0,
        decision: None,
        changed_ms: ctx.now_ms,
    };
    rows.put_record(&row)?;
    if let Some(opens) = opens {
        let subject = Subject::Account(account);
        let state = LeaseState::Proposed;
        let lies_in = rows.lease(lease)?.and_then(|lease| lease.territory());
        rows.put_lease(&LeaseRow {
            lease: opens,
            subject,
            state,
            late: None,
            note: None,
            root: None,
            lies_in,
        })?;
    }
    let named = NewRecord { kind: new.kind.name().to_owned(), account, opens };
    put_changes(rows, device, ctx, &row, lease, document::change_bytes(&doc), Some(named))?;
    content::refresh(rows, id)?;
    Ok(id)
}

/// Edits a record, in one change. Rule M5: not an account that was merged into another.
pub fn edit(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    record: RecordId,
    edits: &[Edit],
) -> Result<(), CaptureError> {
    let of_account = rows.record(record)?.filter(|row| row.envelope.kind.known() == Some(Kind::ACCOUNT));
    if let Some(account) = of_account.map(|row| row.envelope.account) {
        let root = merge::root_of(rows, account)?;
        if root != account {
            return Err(CaptureError::Merged(root));
        }
    }
    write(rows, ctx, record, edits)
}

/// The same for what was captured before the device knew of a merge, and is captured anew.
pub(super) fn write(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    record: RecordId,
    edits: &[Edit],
) -> Result<(), CaptureError> {
    let device = rows.device()?;
    leave::must_stay(&device)?;
    let (mut row, kind, mut doc) = open_record(rows, record)?;
    let lease = account_lease(rows, row.envelope.account)?;
    content::open(rows, kind, &row)?.map_err(CaptureError::Closed)?;
    let spec = kind.spec();
    let is_creator = row.envelope.creator == device.person;
    let writer = Writer { role: device.role, is_creator, creating: false };
    let before = document::hydrate(spec, &doc);
    edits.iter().try_for_each(|edit| check_edit(spec, &writer, &before, edit))?;
    let actor = actor::derive(device.device, device.store_generation, record, row.branch);
    let bytes = document::edit(spec, &mut doc, actor, ctx.now_ms.div_euclid(1000), edits)?;
    let bytes = bytes.ok_or(CaptureError::Nothing)?;
    row.changed_ms = row.changed_ms.max(ctx.now_ms);
    rows.put_record(&row)?;
    put_changes(rows, device, ctx, &row, lease, vec![bytes], None)?;
    content::refresh(rows, record)?;
    Ok(())
}

/// Asks for a decision on a record.
pub fn request(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    verb: Verb,
    record: RecordId,
) -> Result<RequestId, CaptureError> {
    let device = rows.device()?;
    leave::must_stay(&device)?;
    let (row, kind, doc) = open_record(rows, record)?;
    let lease = account_lease(rows, row.envelope.account)?;
    if kind != verb.kind() || !may_request(device.role, verb, row.envelope.creator == device.person) {
        let text = format!("you may not {verb} this {kind}");
        return Err(Violation::new("not_permitted", &[], text).into());
    }
    // Rule Q10.
    let state = match content::asked(rows, &row)? {
        None => row.decision.as_ref().map(|decision| decision.state.as_str()),
        Some(asked) => {
            let follows = asked.parse().ok().and_then(|asked| expected(asked, verb));
            Some(follows.ok_or_else(|| CaptureError::Closed("waiting for an answer".to_owned()))?)
        }
    };
    transition(verb, state)?;
    if verb == Verb::Submit {
        complete(&document::hydrate(kind.spec(), &doc), ctx.now_ms)?;
    }
    let id = RequestId::new(ctx.millis(), (ctx.random)());
    let heads = doc.get_heads().iter().map(|head| Hash(head.0)).collect();
    let body = ItemBody::Request(Request { id, verb: verb.as_str().to_owned(), record, heads });
    let about = Some((record, row.envelope.account));
    put_item(rows, device, ctx.now_ms, lease, about, body)?;
    content::refresh(rows, record)?;
    Ok(id)
}

/// Rules Q9 and Q11: whether an order may be handed in as it is.
fn complete(order: &Fields, now_ms: i64) -> Result<(), Violation> {
    let at = |field: &str| [field.to_owned()];
    if quote_expired(order, now_ms) {
        return Err(Violation::new(code::QUOTE_EXPIRED, &at("valid_until"), QUOTE_EXPIRED));
    }
    if has_no_lines(order) { Err(Violation::new(code::NO_LINES, &at("lines"), NO_LINES)) } else { Ok(()) }
}

/// Corrects an order that was handed in and is not accepted: takes it back, changes it and hands it in again. It stays the
/// same record, with its number. One that is open is changed and handed in.
pub fn correct(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    record: RecordId,
    edits: &[Edit],
) -> Result<(), CaptureError> {
    let (row, kind, _) = open_record(rows, record)?;
    if content::open(rows, kind, &row)?.is_err() {
        request(rows, ctx, Verb::Reopen, record)?;
    }
    edit(rows, ctx, record, edits)?;
    request(rows, ctx, Verb::Submit, record)?;
    Ok(())
}

/// Puts an item at the end of the outbox.
pub(super) fn put_item(
    rows: &mut dyn Rows,
    mut device: DeviceRow,
    captured_ms: i64,
    lease: LeaseId,
    about: Option<(RecordId, AccountId)>,
    body: ItemBody,
) -> Stored<u64> {
    let number = device.last_number + 1;
    let bytes = encode(&Item { number, lease, captured_ms, body, reapplies: None });
    let (record, account) = about.unzip();
    rows.put_item(&ItemRow {
        number,
        lease,
        record,
        account,
        captured_ms,
        bytes,
        tray: false,
        receipt: None,
        beneath: Vec::new(),
    })?;
    device.last_number = number;
    rows.put_device(&device)?;
    Ok(number)
}

fn put_changes(
    rows: &mut dyn Rows,
    device: DeviceRow,
    ctx: &Ctx<'_>,
    row: &RecordRow,
    lease: LeaseId,
    changes: Vec<Vec<u8>>,
    new: Option<NewRecord>,
) -> Result<(), CaptureError> {
    let changes: Result<Vec<Blob>, _> = changes.iter().map(|bytes| plain_chunk(bytes).map(Blob)).collect();
    let body = Changes {
        record: row.envelope.id,
        generation: row.envelope.generation,
        branch: row.branch,
        kind_version: known(row)?.spec().version,
        changes: changes.map_err(|_| CaptureError::Unreadable)?,
        new,
    };
    let about = Some((row.envelope.id, row.envelope.account));
    put_item(rows, device, ctx.now_ms, lease, about, ItemBody::Changes(body))?;
    Ok(())
}

pub(super) fn open_record(
    rows: &mut dyn Rows,
    record: RecordId,
) -> Result<(RecordRow, Kind, Automerge), CaptureError> {
    let row = rows.record(record)?.ok_or(CaptureError::UnknownRecord)?;
    let kind = known(&row)?;
    let doc = content::current(rows, &row)?.map_err(|_| CaptureError::Damaged(record))?;
    match doc {
        Some(doc) => Ok((row, kind, doc)),
        // What was damaged and let go of is to come anew; what the office did not take is in the tray.
        None if rows.items_of(record)?.iter().any(|item| item.tray) => Err(CaptureError::NotTaken),
        None => Err(CaptureError::Unreadable),
    }
}

/// A record's kind, if this version knows it.
pub(super) fn known(row: &RecordRow) -> Result<Kind, CaptureError> {
    let kind = &row.envelope.kind;
    kind.known().ok_or_else(|| CaptureError::UnknownKind(kind.name().to_owned()))
}

/// The lease under which new work on an account is captured: one on its root, or on the account itself while there is no
/// other (rule M4).
pub(super) fn account_lease(rows: &mut dyn Rows, account: AccountId) -> Result<LeaseId, CaptureError> {
    let root = merge::root_of(rows, account)?;
    let mut leases = rows.leases_on(Subject::Account(root))?;
    if root != account {
        leases.extend(rows.leases_on(Subject::Account(account))?);
    }
    let usable = |lease: &&LeaseRow| matches!(lease.state, LeaseState::Open | LeaseState::Proposed);
    if let Some(lease) = leases.iter().find(usable) {
        return Ok(lease.lease);
    }
    let frozen = leases.into_iter().find(|lease| lease.state != LeaseState::Closed);
    Err(frozen.map_or(CaptureError::OutOfScope, |lease| CaptureError::Frozen(lease.note)))
}

pub(super) fn territory_lease(
    rows: &mut dyn Rows,
    territory: Option<TerritoryId>,
) -> Result<LeaseId, CaptureError> {
    let fits =
        |lease: &LeaseRow| lease.territory().is_some_and(|id| territory.is_none_or(|wanted| wanted == id));
    rows.leases_in(LeaseState::Open)?
        .into_iter()
        .find(fits)
        .map(|lease| lease.lease)
        .ok_or(CaptureError::NoTerritory)
}
