//! Held work, by its person's hand: captured anew on what is accepted now, or given up. Either way the item stays in the
//! tray until the server has written its fate.

use roadbook_model::rebase::{RebaseConflict, Rebased, rebase};
use roadbook_model::{AccountId, Fields, Kind, RecordId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::item::{Changes, Request};
use roadbook_protocol::{Item, ItemBody, Outcome, code, encode};

use super::capture::{self, Ctx, NewCapture};
use super::error::CaptureError;
use super::rows::{ItemRow, Notice, RecordRow, Rows, Stored};
use super::{content, leave};
use crate::work::written;

/// What was captured anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reapplied {
    /// The new item's push number.
    pub number: u64,
    /// The record.
    pub record: RecordId,
    /// Fields that others changed meanwhile: theirs stand, which a notice tells.
    pub conflicts: Vec<RebaseConflict>,
}

/// What became of an item that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discarded {
    /// It was refused: nobody waits for it, and it is gone from the tray.
    Gone,
    /// It is held: the server is asked by an item of this number, and the item leaves the tray with its fate.
    Asked(u64),
}

/// Of what others changed meanwhile, in a notice.
pub const OVERRULED: &str = "Others changed the same meanwhile, and what they wrote stands. \
    What you wrote is kept here until you have read this.";

/// Captures a held item anew, under a lease that the device has now (rule B9). What others changed meanwhile stands, and is
/// told; an item of which nothing else is left is given up with that (rule B10).
pub fn reapply(rows: &mut dyn Rows, ctx: &mut Ctx<'_>, number: u64) -> Result<Reapplied, CaptureError> {
    let item = held(rows, number)?;
    match Item::read(&item.bytes).map(|item| item.body) {
        Ok(ItemBody::Changes(body)) => changes_anew(rows, ctx, &item, &body),
        Ok(ItemBody::Request(body)) => request_anew(rows, ctx, &item, &body),
        _ => Err(CaptureError::NotHeld(number)),
    }
}

/// Gives up on a held or refused item (rule B10).
pub fn discard(rows: &mut dyn Rows, ctx: &mut Ctx<'_>, number: u64) -> Result<Discarded, CaptureError> {
    let item = rows.item(number)?.filter(|item| item.tray).ok_or(CaptureError::NotHeld(number))?;
    match item.receipt.as_ref().map(|receipt| &receipt.outcome) {
        Some(Outcome::Refused(_)) => {
            super::apply::forget(rows, &item)?;
            Ok(Discarded::Gone)
        }
        Some(Outcome::Held(_)) => {
            must_be_idle(rows, &item)?;
            leave::must_stay(&rows.device()?)?;
            Ok(Discarded::Asked(give_up(rows, ctx, &item)?))
        }
        _ => Err(CaptureError::NotHeld(number)),
    }
}

/// Asks the server to give a held item up; the number of the item that asks.
fn give_up(rows: &mut dyn Rows, ctx: &Ctx<'_>, item: &ItemRow) -> Stored<u64> {
    let device = rows.device()?;
    capture::put_item(rows, device, ctx.now_ms, item.lease, None, ItemBody::Discard(item.number))
}

/// Whether a held item could be captured anew at this moment; the error says what stands in the way.
pub fn may_reapply(rows: &mut dyn Rows, number: u64) -> Result<(), CaptureError> {
    let item = held(rows, number)?;
    // What the server does not know yet, it would hold again.
    let Some(Outcome::Held(reason)) = item.receipt.as_ref().map(|receipt| &receipt.outcome) else {
        return Err(CaptureError::NotHeld(number));
    };
    if matches!(reason.code.as_str(), code::UNKNOWN_KIND | code::FUTURE_KIND | code::NOT_STORABLE) {
        return Err(CaptureError::NotYet);
    }
    let Ok(Item { body, .. }) = Item::read(&item.bytes) else { return Err(CaptureError::Unreadable) };
    let known = item.record.map(|record| rows.record(record)).transpose()?.flatten();
    let is_shown = match &known {
        Some(row) => matches!(content::current(rows, row)?, Ok(Some(_))),
        None => false,
    };
    if let (ItemBody::Changes(Changes { new: Some(new), .. }), false) = (&body, is_shown) {
        return match new.opens {
            Some(_) => territory(rows, &item).map(|_| ()),
            None => capture::account_lease(rows, new.account).map(|_| ()),
        };
    }
    let (record, kind, _) = capture::open_record(rows, item.record.ok_or(CaptureError::UnknownRecord)?)?;
    capture::account_lease(rows, record.envelope.account)?;
    match body {
        ItemBody::Changes(_) => content::open(rows, kind, &record)?.map_err(CaptureError::Closed),
        _ => Ok(()),
    }
}

/// The item, if it is held and its fate is not asked for yet.
fn held(rows: &mut dyn Rows, number: u64) -> Result<ItemRow, CaptureError> {
    leave::must_stay(&rows.device()?)?;
    let is_held = |item: &ItemRow| {
        item.tray && matches!(item.receipt.as_ref().map(|receipt| &receipt.outcome), Some(Outcome::Held(_)))
    };
    let item = rows.item(number)?.filter(is_held).ok_or(CaptureError::NotHeld(number))?;
    must_be_idle(rows, &item)?;
    Ok(item)
}

/// One fate is asked for at a time: by an item that waits for its answer, or was taken and whose fate is on its way.
fn must_be_idle(rows: &mut dyn Rows, item: &ItemRow) -> Result<(), CaptureError> {
    let mut others = rows.items_under(item.lease)?;
    if let Some(record) = item.record {
        others.extend(rows.items_of(record)?);
    }
    let asks = |other: &ItemRow| {
        let is_open = other.receipt.as_ref().is_none_or(|it| matches!(it.outcome, Outcome::InRecord { .. }));
        is_open && !other.tray && Item::read(&other.bytes).is_ok_and(|it| it.settles() == Some(item.number))
    };
    if others.iter().any(asks) { Err(CaptureError::Underway(item.number)) } else { Ok(()) }
}

fn changes_anew(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    item: &ItemRow,
    body: &Changes,
) -> Result<Reapplied, CaptureError> {
    let record = body.record;
    let row = rows.record(record)?.ok_or(CaptureError::UnknownRecord)?;
    let kind = capture::known(&row)?;
    let (before, after) = as_written(rows, &row, kind, item, body)?;
    let current = content::current(rows, &row)?.map_err(|_| CaptureError::Unreadable)?;
    let Some(current) = current else {
        if body.new.is_none() {
            return Err(CaptureError::NotTaken);
        }
        create_anew(rows, ctx, &row, kind, item, after)?;
        return Ok(Reapplied { number: name_original(rows, item.number)?, record, conflicts: Vec::new() });
    };
    let spec = kind.spec();
    let accepted = roadbook_model::document::hydrate(spec, &current);
    let Rebased { edits, conflicts } = rebase(spec, &before, &after, &accepted);
    if edits.is_empty() && conflicts.is_empty() {
        return Err(CaptureError::Nothing);
    }
    if !conflicts.is_empty() {
        rows.put_notice(Notice { item, fate: "overruled", text: OVERRULED, at_ms: ctx.now_ms })?;
    }
    if edits.is_empty() {
        return Ok(Reapplied { number: give_up(rows, ctx, item)?, record, conflicts });
    }
    capture::write(rows, ctx, record, &edits)?;
    Ok(Reapplied { number: name_original(rows, item.number)?, record, conflicts })
}

fn create_anew(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    row: &RecordRow,
    kind: Kind,
    item: &ItemRow,
    fields: Fields,
) -> Result<(), CaptureError> {
    let territory = territory(rows, item).ok().flatten();
    let account: AccountId = row.envelope.account;
    let new = NewCapture { kind, account: Some(account), territory, id: Some(row.envelope.id), fields };
    capture::create(rows, ctx, new).map(|_| ())
}

/// The territory in which an account was to be created, if the device still holds it; else any that it holds.
fn territory(
    rows: &mut dyn Rows,
    item: &ItemRow,
) -> Result<Option<roadbook_model::TerritoryId>, CaptureError> {
    let named = match rows.lease(item.lease)?.map(|lease| lease.subject) {
        Some(Subject::Territory(territory)) => Some(territory),
        _ => None,
    };
    if capture::territory_lease(rows, named).is_ok() {
        return Ok(named);
    }
    capture::territory_lease(rows, None).map(|_| None)
}

fn request_anew(
    rows: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    item: &ItemRow,
    body: &Request,
) -> Result<Reapplied, CaptureError> {
    let verb = body.verb.parse().map_err(|_| CaptureError::Unreadable)?;
    capture::request(rows, ctx, verb, body.record)?;
    Ok(Reapplied { number: name_original(rows, item.number)?, record: body.record, conflicts: Vec::new() })
}

/// The record as the item's writer saw it, before and after: from what is accepted, and what stands or stood in the tray of
/// the item's branch up to it.
fn as_written(
    rows: &mut dyn Rows,
    row: &RecordRow,
    kind: Kind,
    item: &ItemRow,
    body: &Changes,
) -> Result<(Fields, Fields), CaptureError> {
    let mut doc = content::accepted(row).map_err(|_| CaptureError::Unreadable)?;
    let upto = content::changes_upto(&rows.items_of(body.record)?, item.number);
    content::merge(&mut doc, upto.iter().map(Vec::as_slice)).map_err(|_| CaptureError::Unreadable)?;
    let written = written(kind.spec(), &doc, &body.changes).ok_or(CaptureError::Unreadable)?;
    Ok((written.before, written.after))
}

/// Lets the item captured last name the held one that it stands for.
fn name_original(rows: &mut dyn Rows, original: u64) -> Stored<u64> {
    let number = rows.device()?.last_number;
    if let Some(mut row) = rows.item(number)?
        && let Ok(mut item) = Item::read(&row.bytes)
    {
        item.reapplies = Some(original);
        row.bytes = encode(&item);
        rows.put_item(&row)?;
    }
    Ok(number)
}
