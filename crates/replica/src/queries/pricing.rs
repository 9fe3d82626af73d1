//! What an order asks for of the reference data on this device. What it then costs is the model's affair
//! ([`roadbook_model::pricing::price`]), here as everywhere.

use roadbook_model::pricing::{Order, Shelf, TERRITORIES};
use roadbook_model::{AccountId, TerritoryId};
use roadbook_protocol::entry::Subject;
use rusqlite::Connection;
use serde_json::Value as Json;

use crate::store::{Failure, Store, leases};

/// Keys fetched at once.
const PAGE: usize = 500;

impl Store {
    /// Where an account lies, as this device was told last: its territory's id and the ids of those above, the nearest
    /// first. Nothing if it was not told.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn territories_of(&self, account: AccountId) -> Result<Vec<String>, Failure> {
        let lies_in = self.read(|c| lies_in(c, account))?;
        let mut path = Vec::new();
        let mut next = lies_in.map(|territory| territory.to_string());
        // A tree that ran in a circle would not be one; and this must end all the same.
        while let Some(territory) = next.filter(|next| !path.contains(next)) {
            let above = self.reference(TERRITORIES, &territory)?;
            path.push(territory);
            next = above.and_then(|above| above.get("parent").and_then(Json::as_str).map(str::to_owned));
        }
        Ok(path)
    }

    /// The reference data that an order asks for: its small sets whole, products and prices by key, so that what is read
    /// does not grow with the catalogue.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn shelf(&self, order: &Order) -> Result<Shelf, Failure> {
        let mut shelf = Shelf::default();
        for set in Shelf::WHOLE {
            let mut after = String::new();
            loop {
                let page = self.references(set, &after, PAGE)?;
                page.iter().for_each(|value| shelf.put(set, &value.key, &value.value));
                let Some(last) = page.last().filter(|_| page.len() == PAGE) else { break };
                after.clone_from(&last.key);
            }
        }
        for (set, key) in shelf.missing(order) {
            if let Some(value) = self.reference(set, &key)? {
                shelf.put(set, &key, &value);
            }
        }
        Ok(shelf)
    }
}

/// The territory in which an account lies, by any lease on it (rule P10).
pub(super) fn lies_in(connection: &Connection, account: AccountId) -> Result<Option<TerritoryId>, Failure> {
    let leases = leases::on(connection, Subject::Account(account))?;
    Ok(leases.into_iter().find_map(|lease| lease.lies_in))
}
