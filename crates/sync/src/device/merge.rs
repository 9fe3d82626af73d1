//! Accounts that were merged, as the device knows it: each lease on such an account names the root. Records stay under the
//! account that they name; they are shown, and new work is captured, under the root.

use std::collections::BTreeSet;

use roadbook_model::AccountId;
use roadbook_protocol::entry::Subject;

use super::content;
use super::rows::{LeaseRow, LeaseState, Rows, Stored};

/// Every state of a lease.
const STATES: [LeaseState; 5] =
    [LeaseState::Proposed, LeaseState::Open, LeaseState::Frozen, LeaseState::Closing, LeaseState::Closed];

/// The account that an account is part of, as far as the device knows; of most, itself.
pub fn root_of(rows: &mut dyn Rows, account: AccountId) -> Stored<AccountId> {
    let leases = rows.leases_on(Subject::Account(account))?;
    Ok(leases.iter().find_map(|lease| lease.root).unwrap_or(account))
}

/// Rule M3: an account was merged, and what was merged into it before with it: their records are shown under the root.
pub(super) fn merge(rows: &mut dyn Rows, account: AccountId, root: AccountId) -> Stored<()> {
    let mut parts = BTreeSet::from([account]);
    for state in STATES {
        for lease in rows.leases_in(state)? {
            if lease.root == Some(account)
                && let Subject::Account(part) = lease.subject
            {
                parts.insert(part);
            }
        }
    }
    parts.into_iter().try_for_each(|part| learn(rows, part, root))
}

/// What a grant says of an account: its root, or nothing. Other leases on it may be here still, with records under them.
pub(super) fn granted(rows: &mut dyn Rows, account: AccountId, root: Option<AccountId>) -> Stored<()> {
    root.map_or(Ok(()), |root| learn(rows, account, root))
}

fn learn(rows: &mut dyn Rows, account: AccountId, root: AccountId) -> Stored<()> {
    for lease in rows.leases_on(Subject::Account(account))? {
        rows.put_lease(&LeaseRow { root: Some(root), ..lease })?;
    }
    for record in rows.records_of(account)? {
        content::refresh(rows, record)?;
    }
    Ok(())
}
