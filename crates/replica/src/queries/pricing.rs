//! What an order asks for of the reference data on this device. What it then costs is the model's affair
//! ([`roadbook_model::pricing::price`]), here as everywhere.

use roadbook_model::pricing::{Order, Shelf};

use crate::store::{Failure, Store};

/// Keys fetched at once.
const PAGE: usize = 500;

impl Store {
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
