//! What must hold where accounts were merged: everybody agrees on what is part of what, parts go where their root goes, and
//! nothing is turned away because of it.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{AccountId, DeviceId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Entry, Item, Outcome, code};
use roadbook_sync::ledger::Book;

use crate::sim::world::World;

/// I14 to I17.
pub fn all(world: &World) -> Result<(), String> {
    folded(world)?;
    together(&world.server.book)?;
    shown(world)?;
    nothing_turned_away(world)
}

/// I14: what is part of what is the fold of the log.
fn folded(world: &World) -> Result<(), String> {
    let mut roots: BTreeMap<AccountId, AccountId> = BTreeMap::new();
    for row in &world.server.log {
        if let Entry::Alias(alias) = &row.entry.entry {
            if roots.contains_key(&alias.account) || roots.contains_key(&alias.root) {
                return Err(format!("I14: {} was merged, and one of the two was before", alias.account));
            }
            roots.values_mut().filter(|root| **root == alias.account).for_each(|root| *root = alias.root);
            roots.insert(alias.account, alias.root);
        }
    }
    let book = world.server.book.accounts.values();
    let known: BTreeMap<_, _> = book.filter_map(|row| Some((row.id, row.root?))).collect();
    if known == roots { Ok(()) } else { Err(format!("I14: the log says {roots:?}, the book {known:?}")) }
}

/// I15: a part lies where its root lies, and is with whom its root is.
fn together(book: &Book) -> Result<(), String> {
    for row in book.accounts.values() {
        let Some(root) = row.root else { continue };
        let lies = book.accounts.get(&root).map(|row| row.territory);
        if lies != Some(row.territory) {
            return Err(format!("I15: {} does not lie where {root} does", row.id));
        }
        if holders(book, row.id) != holders(book, root) {
            return Err(format!("I15: {} is not with whom {root} is", row.id));
        }
    }
    Ok(())
}

fn holders(book: &Book, account: AccountId) -> BTreeSet<DeviceId> {
    let on = book.leases.values().filter(|lease| lease.subject == Subject::Account(account));
    on.filter(|lease| lease.is_open()).map(|lease| lease.device).collect()
}

/// I16: a phone that holds an account shows its records under the account's root.
fn shown(world: &World) -> Result<(), String> {
    for (n, phone) in world.phones.iter().enumerate().filter(|(n, _)| world.is_in_use(*n)) {
        let open = world.server.open_accounts(phone.device);
        let under =
            |record| phone.rows.views.contains_key(record).then(|| phone.rows.shown_under.get(record));
        for row in phone.rows.all_records().filter(|row| open.contains(&row.envelope.account)) {
            let root = world.server.book.root_of(row.envelope.account);
            if under(&row.envelope.id).flatten().is_some_and(|under| *under != root) {
                let (name, id) = (&world.phones[n].name, row.envelope.id);
                return Err(format!("I16: {name} does not show {id} under {root}"));
            }
        }
    }
    Ok(())
}

/// I17: no work is turned away although its lease and its record have one root.
fn nothing_turned_away(world: &World) -> Result<(), String> {
    let book = &world.server.book;
    for saved in &world.saved {
        let Ok(item) = Item::read(&saved.bytes) else { continue };
        let key = (saved.device, saved.store_generation, saved.number);
        let stored = book.receipts.get(&key).filter(|stored| stored.item == item_hash(&saved.bytes));
        let Some(Outcome::Refused(reason)) = stored.map(|stored| &stored.receipt.outcome) else { continue };
        let record = item.record().and_then(|record| book.records.get(&record));
        let leased = book.leases.get(&item.lease).map(|lease| lease.subject);
        let (Some(record), Some(Subject::Account(leased))) = (record, leased) else { continue };
        let is_one = book.root_of(leased) == book.root_of(record.envelope.account);
        if reason.code == code::UNKNOWN_RECORD && is_one {
            let name = &world.phones[saved.phone].name;
            return Err(format!("I17: {name} {}/{} was turned away", saved.store_generation, saved.number));
        }
    }
    Ok(())
}
