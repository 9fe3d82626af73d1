//! Draining: a withdrawn lease is closed once everything under it has its answer; then what it covered is purged.

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

/// Removes what no lease covers any more and nothing waits in.
pub fn purge(rows: &mut dyn Rows, subject: Subject) -> Stored<()> {
    let Subject::Account(account) = subject else { return Ok(()) };
    if rows.leases_on(subject)?.iter().any(|lease| lease.state != LeaseState::Closed) {
        return Ok(());
    }
    for record in rows.records_of(account)? {
        if rows.items_of(record)?.is_empty() {
            content::remove(rows, record)?;
        } else {
            content::refresh(rows, record)?;
        }
    }
    Ok(())
}
