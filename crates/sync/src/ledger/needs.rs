//! What must be fetched before a group of items can be judged.

use std::collections::BTreeSet;

use roadbook_model::{AccountId, LeaseId, RecordId, RequestId};
use roadbook_protocol::{Hash, Item, ItemBody};

use crate::digest;

/// Keys to fetch into a [`super::Book`]. Accounts of the fetched records, their territories, the territories' devices and
/// all leases of the pushing devices on those accounts are to be fetched besides.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Leases by id.
    pub leases: BTreeSet<LeaseId>,
    /// Records by id.
    pub records: BTreeSet<RecordId>,
    /// Accounts by id, besides those of the records.
    pub accounts: BTreeSet<AccountId>,
    /// Changes by hash, to be recognised.
    pub changes: BTreeSet<Hash>,
    /// Requests by id.
    pub requests: BTreeSet<RequestId>,
}

impl Needs {
    /// Adds what one item needs. An unreadable item needs nothing.
    pub fn add(&mut self, bytes: &[u8]) {
        let Ok(item) = Item::read(bytes) else { return };
        self.leases.insert(item.lease);
        match item.body {
            ItemBody::Changes(body) => {
                self.records.insert(body.record);
                if let Some(new) = body.new {
                    self.accounts.insert(new.account);
                    self.leases.extend(new.opens);
                }
                self.changes.extend(body.changes.iter().filter_map(|change| digest::claimed_hash(&change.0)));
            }
            ItemBody::Request(body) => {
                self.records.insert(body.record);
                self.requests.insert(body.id);
            }
            ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped => {}
        }
    }
}
