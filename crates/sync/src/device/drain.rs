//! Draining: a withdrawn lease is closed once everything under it has its answer; then what it covered is purged.

use roadbook_model::AccountId;
use roadbook_protocol::ItemBody;
use roadbook_protocol::entry::Subject;

use super::capture::put_item;
use super::content;
use super::rows::{LeaseState, Rows, Stored};

/// Puts a close into the outbox for each frozen lease that is drained.
pub fn close_drained(rows: &mut dyn Rows, now_ms: i64) -> Stored<()> {
    for mut lease in rows.leases_in(LeaseState::Frozen)? {
        if rows.items_under(lease.lease)?.iter().any(|item| item.receipt.is_none()) {
            continue;
        }
        let device = rows.device()?;
        put_item(rows, device, now_ms, lease.lease, None, ItemBody::Close)?;
        lease.state = LeaseState::Closing;
        rows.put_lease(&lease)?;
    }
    Ok(())
}

/// Removes what no lease covers any more and nothing waits in, and then the leases themselves: a device lives for years,
/// and accounts come and go.
pub fn purge(rows: &mut dyn Rows, subject: Subject) -> Stored<()> {
    let leases = rows.leases_on(subject)?;
    let (closed, others): (Vec<_>, Vec<_>) =
        leases.into_iter().partition(|lease| lease.state == LeaseState::Closed);
    if let Subject::Account(account) = subject {
        // Rule L10: while one lease is not closed, every record stays.
        if others.is_empty() {
            purge_records(rows, account)?;
        }
        if closed.is_empty() || !rows.records_of(account)?.is_empty() {
            return Ok(());
        }
    }
    for lease in closed {
        if rows.items_under(lease.lease)?.is_empty() {
            rows.delete_lease(lease.lease)?;
        }
    }
    Ok(())
}

fn purge_records(rows: &mut dyn Rows, account: AccountId) -> Stored<()> {
    for record in rows.records_of(account)? {
        if rows.items_of(record)?.is_empty() {
            content::remove(rows, record)?;
        } else {
            content::refresh(rows, record)?;
        }
    }
    Ok(())
}
