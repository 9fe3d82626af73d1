//! Stores that were set aside: what only they hold is captured again once the fresh store is filled, and their notices go on
//! waiting to be read. A store is done with when `<name>.carried` stands beside it; it is never deleted. Carrying over twice
//! changes nothing, so a crash in between is no matter.

use std::path::{Path, PathBuf};

use roadbook_model::RecordId;
use roadbook_sync::device::recover::{self, Carried};
use roadbook_sync::device::{CaptureError, Ctx, ItemRow, RecordRow, Rows, StoreError, content};

use super::report::{Carry, Left, Overruled, SyncReport};
use super::{Device, DeviceError};
use crate::store::{Failure, Store, files};

impl Device {
    /// Carries over what stores set aside hold. Says whether anything was captured, so that it is to be sent.
    pub(super) fn carry_over(&self, report: &mut SyncReport) -> Result<bool, DeviceError> {
        let asides = files::asides(&self.home.store())?;
        if asides.is_empty() {
            return Ok(false);
        }
        let before = self.last_number()?;
        for kept in asides {
            // Of one that does not even know whose it is, nothing else can be believed either.
            let opened = Store::open_aside(&kept).and_then(|old| old.device().map(|_| old));
            let carry = match opened {
                Ok(old) => self.carry_store(&old, &kept)?,
                Err(failure) => {
                    let code = failure.code().to_owned();
                    Carry { left: vec![Left { record: None, code, store: kept.clone() }], ..Carry::default() }
                }
            };
            files::mark_carried(&kept, &serde_json::to_vec_pretty(&carry).unwrap_or_default())?;
            report.carried.records.extend(carry.records);
            report.carried.overruled.extend(carry.overruled);
            report.carried.left.extend(carry.left);
        }
        Ok(self.last_number()? > before)
    }

    fn last_number(&self) -> Result<u64, DeviceError> {
        Ok(self.store().device()?.map_or(0, |row| row.last_number))
    }

    fn carry_store(&self, old: &Store, kept: &Path) -> Result<Carry, DeviceError> {
        let mut done = Carry::default();
        self.store().carry_notices(old)?;
        self.store().carry_handovers(old)?;
        for record in old.records_to_carry() {
            let mut carried = Carried::default();
            // Two stores: a failure of the damaged one leaves that record, one of the fresh one stops everything.
            let outcome = old.transaction(|before| {
                let Some(work) = Work::of(before, record)? else { return Ok(Ok(())) };
                Ok::<_, StoreError>(self.capture(|rows, ctx| carry(&work, before, rows, ctx, &mut carried)))
            });
            match outcome {
                Ok(captured) => captured?,
                Err(unread) => {
                    let code = Failure::from(unread).code().to_owned();
                    done.left.push(Left { record: Some(record), code, store: kept.to_owned() });
                }
            }
            add(&mut done, carried, kept);
        }
        Ok(done)
    }
}

/// What a store set aside holds of one record.
struct Work {
    row: RecordRow,
    items: Vec<ItemRow>,
}

impl Work {
    fn of(old: &mut dyn Rows, record: RecordId) -> Result<Option<Self>, StoreError> {
        let Some(row) = old.record(record)? else { return Ok(None) };
        Ok(Some(Self { row, items: old.items_of(record)? }))
    }

    /// Whether the fresh store may lack something of it.
    fn is_missing(&self, new: &mut dyn Rows) -> Result<bool, CaptureError> {
        let fresh = new.record(self.row.envelope.id)?;
        Ok(!self.items.is_empty() || fresh.is_none_or(|fresh| fresh.digest != self.row.digest))
    }
}

fn carry(
    work: &Work,
    old: &mut dyn Rows,
    new: &mut dyn Rows,
    ctx: &mut Ctx<'_>,
    carried: &mut Carried,
) -> Result<(), CaptureError> {
    if !work.is_missing(new)? {
        return Ok(());
    }
    let record = work.row.envelope.id;
    if content::current(old, &work.row)?.is_err() {
        carried.left.push((record, "unreadable_record".to_owned()));
        return Ok(());
    }
    recover::carry(old, new, ctx, record, carried)?;
    recover::carry_requests(old, new, ctx, record, carried)?;
    if work.items.iter().any(|item| item.tray && item.receipt.is_none()) {
        // Built on something that was held, and never sent: nobody but the old store has it.
        carried.left.push((record, "built_on_held_work".to_owned()));
    }
    Ok(())
}

fn add(done: &mut Carry, carried: Carried, kept: &Path) {
    done.records.extend(carried.records);
    let conflicts = carried.conflicts.into_iter();
    done.overruled.extend(conflicts.map(|(record, conflict)| Overruled::of(record, conflict)));
    let left = carried.left.into_iter();
    done.left.extend(left.map(|(record, code)| Left {
        record: Some(record),
        code,
        store: PathBuf::from(kept),
    }));
}
