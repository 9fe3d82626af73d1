//! Fates of held work: each item gets exactly one, by an entry. [`super::release`] takes an item in as it is.

use roadbook_model::{PersonId, RecordId};
use roadbook_protocol::entry::{Author, Fate};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Reason, code};

use super::book::{Book, ItemKey};
use super::rows::HeldRow;

impl Book {
    /// Gives up on a held item, for a stated reason.
    pub fn discard(&mut self, key: ItemKey, by: PersonId, text: &str) -> Result<u64, Reason> {
        self.held_item(key)?;
        Ok(self.give_fate(key, "discarded", by, text))
    }

    /// The held items that share the fate of this one's record, requests among them, or, if it creates an account, of all
    /// that was captured there: later work of the same store, oldest first.
    pub fn waiting_on(&self, key: ItemKey) -> Vec<ItemKey> {
        let (device, store_generation, number) = key;
        let Some(first) = self.held.get(&key) else { return Vec::new() };
        let account = first.account.filter(|_| creates_account(first));
        let record = record_of(first);
        let waits = |row: &HeldRow| {
            let of_account = account.is_some() && row.account == account;
            let of_record = record.is_some() && record_of(row) == record;
            row.held && row.fate.is_none() && (of_account || of_record)
        };
        let later = (device, store_generation, number + 1)..=(device, store_generation, u64::MAX);
        self.held.range(later).filter(|(_, row)| waits(row)).map(|(key, _)| *key).collect()
    }

    /// Rule B9: the held item that another one captures anew, if it still waits for its fate and is about the same record.
    pub(super) fn original_of(&self, key: ItemKey, item: &Item) -> Result<Option<ItemKey>, Reason> {
        let Some(number) = item.reapplies.filter(|_| item.settles().is_some()) else { return Ok(None) };
        let original = (key.0, key.1, number);
        let held = self.held.get(&original).filter(|row| row.held && row.fate.is_none());
        let of_record = held.and_then(|row| Item::read(&row.bytes).ok()).and_then(|item| item.record());
        if number < key.2 && of_record.is_some() && of_record == item.record() {
            return Ok(Some(original));
        }
        let text =
            "what it captures anew is not held any more; sync, and look at the record before you write again";
        Err(Reason::new(code::WRONG_STATE, "B9", text))
    }

    pub(super) fn held_item(&self, key: ItemKey) -> Result<&HeldRow, Reason> {
        let held = self.held.get(&key).filter(|row| row.held && row.fate.is_none());
        held.ok_or_else(|| {
            Reason::new(code::WRONG_STATE, "B6", "this item is not held, or has its fate already")
        })
    }

    /// Writes down the fate of an item that has none.
    pub(super) fn give_fate(&mut self, key: ItemKey, fate: &str, by: PersonId, text: &str) -> u64 {
        let row = self.held.get(&key);
        let author = Author { person: by, device: Some(key.0), store_generation: key.1, number: key.2 };
        let author = row.map_or(author, |row| row.author);
        let item = row.map_or(Hash([0; 32]), |row| item_hash(&row.bytes));
        let entry = Fate { author, fate: fate.to_owned(), by, text: text.to_owned(), item };
        let position = self.append(Entry::Fate(entry));
        if let Some(row) = self.held.get_mut(&key) {
            row.fate = Some(fate.to_owned());
            self.out.held.push(row.clone());
        }
        position
    }
}

fn record_of(row: &HeldRow) -> Option<RecordId> {
    row.branch.map(|(record, _)| record).or_else(|| Item::read(&row.bytes).ok()?.record())
}

fn creates_account(row: &HeldRow) -> bool {
    Item::read(&row.bytes).is_ok_and(|item| match item.body {
        ItemBody::Changes(body) => body.new.is_some_and(|new| new.opens.is_some()),
        _ => false,
    })
}
