//! What the server's word on an item does on the device.

use roadbook_model::RecordId;
use roadbook_protocol::entry::Subject;
use roadbook_protocol::frame::{Answered, Receipts};
use roadbook_protocol::item::{Changes, item_hash};
use roadbook_protocol::{Item, ItemBody, Outcome, Receipt};

use super::apply;
use super::content;
use super::error::SessionError;
use super::rows::{ItemRow, LeaseState, Rows, Stored};

/// Stores the answers. Work that is in the record and already passed by the cursor becomes part of the accepted base;
/// work that was not taken goes to the tray together with what builds on it.
pub fn handle(rows: &mut dyn Rows, frame: &Receipts) -> Result<(), SessionError> {
    for receipt in &frame.receipts {
        let Some(item) = rows.item(receipt.number)? else { continue };
        if item.receipt.is_none() {
            answer(rows, item, receipt)?;
        }
    }
    let mut device = rows.device()?;
    if frame.mark.position > device.receipt.position {
        device.receipt = frame.mark;
        rows.put_device(&device)?;
    }
    apply::settle(rows, device.cursor.position)
}

fn answer(rows: &mut dyn Rows, mut item: ItemRow, receipt: &Receipt) -> Stored<()> {
    let taken = matches!(receipt.outcome, Outcome::InRecord { .. });
    item.receipt = Some(receipt.clone());
    item.tray |= !taken;
    rows.put_item(&item)?;
    follow(rows, &item, taken)
}

/// A fate that comes before its item's receipt says what the receipt would have said: the item was not taken.
pub(super) fn not_taken(rows: &mut dyn Rows, item: &ItemRow) -> Stored<()> {
    match item.receipt {
        None => follow(rows, item, false),
        Some(_) => Ok(()),
    }
}

/// What follows from the server's word on an item.
fn follow(rows: &mut dyn Rows, item: &ItemRow, taken: bool) -> Stored<()> {
    let mut device = rows.device()?;
    if device.answered.is_none_or(|answered| answered.number < item.number) {
        device.answered = Some(Answered { number: item.number, item: item_hash(&item.bytes).tag() });
        rows.put_device(&device)?;
    }
    let Ok(Item { body, .. }) = Item::read(&item.bytes) else { return Ok(()) };
    match body {
        ItemBody::Changes(body) => {
            open_account(rows, &body, taken)?;
            if !taken {
                retire(rows, body.record, body.branch)?;
            }
        }
        ItemBody::Request(body) => content::refresh(rows, body.record)?,
        ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped => {}
    }
    Ok(())
}

/// A new account's lease opens with its creation, or never does.
fn open_account(rows: &mut dyn Rows, body: &Changes, taken: bool) -> Stored<()> {
    let opens = body.new.as_ref().and_then(|new| new.opens);
    let Some(mut lease) = opens.map(|id| rows.lease(id)).transpose()?.flatten() else { return Ok(()) };
    debug_assert!(matches!(lease.subject, Subject::Account(_)));
    if lease.state == LeaseState::Proposed {
        lease.state = if taken { LeaseState::Open } else { LeaseState::Closed };
        rows.put_lease(&lease)?;
    }
    Ok(())
}

/// Retires a branch: all its unaccepted work goes to the tray, and the record goes on from the accepted base. A branch that
/// was retired before has nothing more to take along: what was captured since lies on a later one.
fn retire(rows: &mut dyn Rows, record: RecordId, branch: u32) -> Stored<()> {
    let Some(mut row) = rows.record(record)? else { return Ok(()) };
    if row.branch > branch {
        return content::refresh(rows, record);
    }
    for mut item in rows.items_of(record)? {
        let taken = item.receipt.as_ref().is_some_and(|r| matches!(r.outcome, Outcome::InRecord { .. }));
        if !item.tray && !taken {
            item.tray = true;
            rows.put_item(&item)?;
        }
    }
    row.branch = branch + 1;
    rows.put_record(&row)?;
    content::refresh(rows, record)
}
