//! What must hold after every history.

mod handover;
mod merge;
mod orders;
mod reasons;

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{AccountId, RecordId, document};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::entry::chain_hash;
use roadbook_protocol::entry::entry_hash;
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Outcome, code};
use roadbook_sync::device::{LeaseState, Rows, leave};
use roadbook_sync::digest::claimed_hash;
use roadbook_sync::ledger::DeviceState;
use roadbook_sync::ledger::book::ItemKey;

use super::world::{Saved, World};
use crate::memory_rows::MemoryRows;

/// Checks every invariant; the error names the first that does not hold.
pub fn all(world: &mut World) -> Result<(), String> {
    chain(world)?;
    if !world.server.record_equals_fold() {
        return Err("I5: the record is not the fold of the log".to_owned());
    }
    receipts(world)?;
    fates(world)?;
    reasons::all(world)?;
    signing_out(world)?;
    replicas(world)?;
    shown(world)?;
    handover::all(world)?;
    merge::all(world)?;
    orders::all(world)
}

/// I6: the chain holds from the first entry.
fn chain(world: &World) -> Result<(), String> {
    let mut chain = Hash([0; 32]);
    for (index, row) in world.server.log.iter().enumerate() {
        let position = index as u64 + 1;
        let hash = entry_hash(&row.entry.salt, &row.entry.payload);
        chain = chain_hash(&chain, position, &hash);
        if row.entry.position != position || row.entry.hash != hash || row.entry.chain != chain {
            return Err(format!("I6: the chain breaks at {position}"));
        }
    }
    Ok(())
}

/// I1 and I2: every item is where its receipt says; nothing saved is lost in silence.
fn receipts(world: &mut World) -> Result<(), String> {
    let saved = world.saved.clone();
    let said = Said::of(world, &saved);
    for item in &saved {
        let key = (item.device, item.store_generation, item.number);
        let name = &world.phones[item.phone].name;
        let say = |what: &str| {
            let kind = Item::read(&item.bytes).map(|item| item.body);
            let (generation, number) = (item.store_generation, item.number);
            Err(format!("{name} {generation}/{number}, marker {:?}: {what}: {kind:?}", item.marker))
        };
        let stored = world
            .server
            .book
            .receipts
            .get(&key)
            .filter(|stored| stored.item == roadbook_protocol::item::item_hash(&item.bytes));
        let Some(stored) = stored else {
            if item.destroyed {
                world.tally.destroyed += 1;
            } else if is_on_its_phone(world, item) {
                world.tally.stranded += 1;
            } else if !carried(world, item, &said) {
                return say("I2: lost in silence");
            } else {
                world.tally.carried += 1;
            }
            continue;
        };
        match stored.receipt.outcome {
            Outcome::InRecord { late } => {
                *(if late { &mut world.tally.late } else { &mut world.tally.in_record }) += 1;
                if !in_record(world, item) {
                    return say("I1: said to be in the record, and is not");
                }
            }
            Outcome::Held(_) => {
                world.tally.held += 1;
                if !world.server.keeps(&item.bytes) {
                    return say("I1: said to be held, and is not");
                }
            }
            Outcome::Refused(_) => {
                world.tally.refused += 1;
                if !world.server.keeps(&item.bytes) {
                    return say("I1: refused, and not kept");
                }
            }
        }
    }
    Ok(())
}

fn in_record(world: &World, saved: &Saved) -> bool {
    match Item::read(&saved.bytes).map(|item| item.body) {
        Ok(ItemBody::Changes(body)) => body.changes.iter().all(|change| {
            claimed_hash(&change.0).is_some_and(|hash| world.server.book.changes.contains_key(&hash))
        }),
        Ok(ItemBody::Request(body)) => world.server.book.requests.contains_key(&body.id),
        Ok(ItemBody::Close | ItemBody::Wiped) => true,
        Ok(ItemBody::Discard(number)) => {
            let key = (saved.device, saved.store_generation, number);
            world.server.book.held.get(&key).is_some_and(|row| row.fate.is_some())
        }
        Err(_) => false,
    }
}

/// Work on a phone that was blocked before it could send it.
fn is_on_its_phone(world: &World, saved: &Saved) -> bool {
    let phone = &world.phones[saved.phone];
    let stores = std::iter::once(&phone.rows).chain(&phone.aside);
    !phone.gone
        && !world.is_in_use(saved.phone)
        && stores.flat_map(MemoryRows::all_items).any(|item| item.bytes == saved.bytes)
}

/// Work that was never answered under its own number: captured again from a store set aside, or left there knowingly.
fn carried(world: &World, saved: &Saved, said: &Said) -> bool {
    let phone = &world.phones[saved.phone];
    let left = saved.record.is_some_and(|record| phone.left.contains(&record));
    left || set_aside_unfinished(world, saved) || said.all_of_it(world, saved)
}

/// Where the words of people's work are found again.
struct Said {
    /// Every word that was ever captured, with whose it was.
    markers: Vec<(String, usize)>,
    /// What records say now, and what the log took into them: a value may have been written over since.
    texts: BTreeMap<RecordId, String>,
    logged: Vec<u8>,
}

impl Said {
    fn of(world: &World, saved: &[Saved]) -> Self {
        let markers = saved.iter().enumerate().filter_map(|(n, saved)| Some((saved.marker.clone()?, n)));
        let logged = world.server.log.iter().filter(|row| matches!(row.entry.entry, Entry::Changes(_)));
        Self {
            markers: markers.collect(),
            texts: texts(world),
            logged: logged.flat_map(|row| row.entry.payload.iter().copied()).collect(),
        }
    }

    /// Whether everything that an item meant is somewhere: its words, its wish, or what it was to end.
    fn all_of_it(&self, world: &World, saved: &Saved) -> bool {
        let Ok(item) = Item::read(&saved.bytes) else { return false };
        let key = |number| (saved.device, saved.store_generation, number);
        // What it captures anew is still held.
        let still_held = |number| world.server.book.held.contains_key(&key(number));
        match &item.body {
            _ if item.reapplies.is_some_and(still_held) => true,
            // Captured anew from what somebody had captured before: its words are looked for under that one's number.
            ItemBody::Changes(_) if saved.marker.is_none() => !world.phones[saved.phone].aside.is_empty(),
            ItemBody::Changes(_) => {
                let words = self.markers.iter().filter(|(marker, _)| contains(&saved.bytes, marker));
                let mut words = words.peekable();
                words.peek().is_some() && words.all(|(marker, by)| self.is_found(world, saved, marker, *by))
            }
            ItemBody::Request(request) => {
                asked_again(world, saved, request.record) || granted_elsewhere(world, saved, request.record)
            }
            // Its lease is over for the server, too: with the store that had it.
            ItemBody::Close => {
                world.server.book.leases.get(&item.lease).is_some_and(|it| it.closed.is_some())
            }
            ItemBody::Discard(number) => still_held(*number),
            // Or a copy of the phone has said so of the device that both were.
            ItemBody::Wiped => {
                let state = world.server.book.devices.get(&saved.device).map(|row| row.state);
                world.phones[saved.phone].gone || state == Some(DeviceState::Wiped)
            }
        }
    }

    fn is_found(&self, world: &World, saved: &Saved, marker: &str, by: usize) -> bool {
        let phone = &world.phones[saved.phone];
        let of_record = saved.record.and_then(|record| self.texts.get(&record));
        of_record.is_some_and(|text| text.contains(marker))
            || contains(&self.logged, marker)
            || world.server.book.held.values().any(|row| contains(&row.bytes, marker))
            || phone.rows.all_items().any(|item| contains(&item.bytes, marker))
            || written_over(world, saved, by)
    }
}

/// A telephone number that the same store wrote over before it was ever sent: only the last one is carried over.
fn written_over(world: &World, saved: &Saved, by: usize) -> bool {
    let is_later = |other: &&Saved| {
        other.device == saved.device
            && other.store_generation == saved.store_generation
            && other.record == saved.record
            && other.number > saved.number
            && other.is_value
    };
    let own = world.saved.get(by).is_some_and(|own| own.is_value);
    own && world.saved.iter().any(|other| is_later(&other))
}

/// A wish that was said again from a fresh store.
fn asked_again(world: &World, saved: &Saved, record: RecordId) -> bool {
    let later = world.saved.iter().skip_while(|other| other.bytes != saved.bytes).skip(1);
    later
        .filter(|other| other.phone == saved.phone && other.record == Some(record))
        .any(|other| Item::read(&other.bytes).is_ok_and(|item| matches!(item.body, ItemBody::Request(_))))
}

/// A wish that its person was granted from another phone, or that came before one that was.
fn granted_elsewhere(world: &World, saved: &Saved, record: RecordId) -> bool {
    let person = world.phones[saved.phone].person;
    let of_store = world.saved.iter().filter(|other| {
        (other.device, other.store_generation, other.record)
            == (saved.device, saved.store_generation, Some(record))
            && other.number >= saved.number
    });
    let verbs: BTreeSet<String> = of_store
        .filter_map(|other| match Item::read(&other.bytes).ok()?.body {
            ItemBody::Request(request) => Some(request.verb),
            _ => None,
        })
        .collect();
    world.server.log.iter().any(|row| match &row.entry.entry {
        Entry::Decision(it) => it.record == record && it.by == person && verbs.contains(&it.verb),
        _ => false,
    })
}

/// An item that the old store itself had in the tray, or whose content the gate refuses, stays in the old store.
fn set_aside_unfinished(world: &World, saved: &Saved) -> bool {
    world.phones[saved.phone].aside.iter().any(|rows| {
        rows.all_items().any(|item| {
            item.bytes == saved.bytes
                && (item.tray || saved.record.is_some_and(|record| !rows.views.contains_key(&record)))
        })
    })
}

/// Whether a word is somewhere in these bytes.
pub fn contains(bytes: &[u8], marker: &str) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
}

fn texts(world: &World) -> BTreeMap<RecordId, String> {
    let records = world.server.book.records.iter();
    records
        .map(|(id, record)| {
            (*id, format!("{:?}", document::hydrate(record.envelope.kind.spec(), &record.doc)))
        })
        .collect()
}

/// I3 and I4: a replica holds exactly what its open leases cover, as accepted by the server, and nothing else unless
/// work waits in it.
fn replicas(world: &mut World) -> Result<(), String> {
    for n in 0..world.phones.len() {
        has_left(world, n)?;
        if world.phones[n].gone {
            is_empty(world, n)?;
        }
        if !world.is_in_use(n) {
            continue;
        }
        let open = world.server.open_accounts(world.phones[n].device);
        let name = world.phones[n].name.clone();
        let mut expected: BTreeMap<RecordId, u64> = BTreeMap::new();
        for record in world.server.book.records.values().filter(|r| open.contains(&r.envelope.account)) {
            expected.insert(record.envelope.id, record.digest);
        }
        lying(world, n, &open)?;
        let rows = &mut world.phones[n].rows;
        let records: Vec<_> = rows.all_records().cloned().collect();
        for row in &records {
            let id = row.envelope.id;
            let waits = account_waits(rows, row.envelope.account)?;
            match expected.remove(&id) {
                Some(digest) if digest == row.digest => {}
                Some(_) => return Err(format!("I3: {name} has another {} {id}", row.envelope.kind.name())),
                None if waits => {}
                None => return Err(format!("I4: {name} still has the {} {id}", row.envelope.kind.name())),
            }
        }
        if let Some(id) = expected.keys().next() {
            return Err(format!("I3: {name} lacks {id} of {}", expected.len()));
        }
    }
    Ok(())
}

/// I20: a phone knows where each account lies that it has.
fn lying(world: &World, n: usize, open: &BTreeSet<AccountId>) -> Result<(), String> {
    let phone = &world.phones[n];
    for lease in phone.rows.all_leases().filter(|lease| lease.state == LeaseState::Open) {
        let Subject::Account(account) = lease.subject else { continue };
        let lies_in = world.server.book.accounts.get(&account).map(|row| row.territory);
        if open.contains(&account) && lease.lies_in != lies_in {
            let told = lease.lies_in;
            return Err(format!(
                "I20: {} thinks {account} in {told:?}, and it is in {lies_in:?}",
                phone.name
            ));
        }
    }
    Ok(())
}

/// I14: an app shows what it has of the kinds that it knows, and nothing of others.
pub fn shown(world: &World) -> Result<(), String> {
    for phone in &world.phones {
        for row in phone.rows.all_records().filter(|row| !row.accepted.is_empty()) {
            let (id, word) = (row.envelope.id, row.envelope.kind.name());
            let is_known = !phone.rows.lacks(word);
            if phone.rows.views.contains_key(&id) != is_known {
                let how = if is_known { "does not show" } else { "shows" };
                return Err(format!("I14: {} {how} the {word} {id}", phone.name));
            }
        }
    }
    Ok(())
}

/// I12: a held item has one fate, and the log says which.
fn fates(world: &World) -> Result<(), String> {
    let mut told: BTreeMap<ItemKey, Vec<&str>> = BTreeMap::new();
    for row in &world.server.log {
        if let Entry::Fate(fate) = &row.entry.entry
            && let Some(device) = fate.author.device
        {
            let key = (device, fate.author.store_generation, fate.author.number);
            told.entry(key).or_default().push(&fate.fate);
        }
    }
    for (key, row) in &world.server.book.held {
        let of_log = told.remove(key).unwrap_or_default();
        if of_log != row.fate.as_deref().into_iter().collect::<Vec<_>>() {
            return Err(format!("I12: {}/{} is {:?}, and the log says {of_log:?}", key.1, key.2, row.fate));
        }
    }
    match told.into_keys().next() {
        Some(key) => Err(format!("I12: {}/{} has a fate and was never held", key.1, key.2)),
        None => Ok(()),
    }
}

/// I13: once everybody has been online, a phone that was told to wipe itself has, unless only it has something.
fn has_left(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let state = world.server.book.devices.get(&it.device).map(|row| row.state);
    let may = it.left.is_empty() && it.to_carry == 0;
    if state == Some(DeviceState::Leaving) && may {
        return Err(format!("I13: {} was told to wipe itself, and did not", it.name));
    }
    Ok(())
}

/// I19: signing out sends nothing into review that was captured before it was asked for; and whoever wants to sign out has,
/// once everybody has been online, unless something would be lost or is undecided.
fn signing_out(world: &mut World) -> Result<(), String> {
    let asked: Vec<_> = world.phones.iter().flat_map(|phone| &phone.asked).collect();
    for (device, generation, last_number) in asked {
        let of = |number| (*device, *generation, number);
        for (key, stored) in world.server.book.receipts.range(of(0)..=of(*last_number)) {
            if matches!(&stored.receipt.outcome, Outcome::Held(reason) if reason.code == code::DEVICE_LEAVING)
            {
                return Err(format!(
                    "I19: {}/{} was captured before its rep signed out, and is held",
                    key.1, key.2
                ));
            }
        }
    }
    for n in 0..world.phones.len() {
        let state = world.server.book.devices.get(&world.phones[n].device).map(|row| row.state);
        let it = &mut world.phones[n];
        let Some(undecided) = it.signs_out.filter(|_| state == Some(DeviceState::Active)) else { continue };
        let keeps = !it.left.is_empty() || it.to_carry > 0 || it.is_copy;
        if !keeps && leave::may_sign_out(&mut it.rows, undecided).is_ok() {
            return Err(format!("I19: the rep of {} signed out, and it is still in use", it.name));
        }
    }
    Ok(())
}

/// I11: what wiped itself holds nothing.
fn is_empty(world: &World, phone: usize) -> Result<(), String> {
    let it = &world.phones[phone];
    if it.rows.all_records().next().is_some() || it.rows.all_leases().next().is_some() {
        return Err(format!("I11: {} says that it is wiped, and is not", it.name));
    }
    Ok(())
}

fn account_waits(rows: &mut crate::memory_rows::MemoryRows, account: AccountId) -> Result<bool, String> {
    let records: BTreeSet<RecordId> =
        rows.records_of(account).map_err(|e| e.to_string())?.into_iter().collect();
    Ok(rows.all_items().any(|item| item.record.is_some_and(|record| records.contains(&record))))
}
