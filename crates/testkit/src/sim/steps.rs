//! What may happen next, and how likely it is.

use std::collections::BTreeSet;

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Edit, Kind, RecordId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::item::item_hash;
use roadbook_sync::device::{CaptureError, RecordRow, Rows, content, reapply};
use roadbook_sync::ledger::ReAuthor;

use super::step::Step;
use super::world::World;
use super::{capture, link, orders};
use crate::work;

/// Lets one thing happen.
pub fn step(world: &mut World) -> Result<(), String> {
    world.now_ms += 1 + i64::try_from(world.random.below(60_000)).unwrap_or(0);
    if world.random.percent(20) {
        world.enrol_copies();
    }
    let phone = somebody(world);
    match world.random.below(100) {
        0..3 => by_its_person(world, phone),
        3..26 => {
            capture::something(world)?;
            (0..world.phones.len()).try_for_each(|phone| link::push_more(world, phone))
        }
        26..38 => link::connect(world, phone),
        38..57 => {
            up(world);
            Ok(())
        }
        57 | 93 => {
            decide_on_held(world);
            link::wake_all(world);
            Ok(())
        }
        58..61 => {
            orders::office_handles_one(world);
            Ok(())
        }
        61..82 => link::deliver_down(world, phone, false).map(|_| ()),
        82..84 => {
            world.tally.happened.note(Step::Drop);
            link::drop_link(world, phone);
            Ok(())
        }
        84..86 => {
            world.tally.happened.note(Step::Abandon);
            link::abandon(world, phone);
            Ok(())
        }
        86..88 => {
            world.tally.happened.note(Step::PhoneCrash);
            link::deliver_down(world, phone, true).map(|_| ())
        }
        88..90 => {
            crash_server(world);
            Ok(())
        }
        90..93 => {
            accounts_move(world);
            Ok(())
        }
        94..95 => {
            world.tally.happened.note(Step::Wait);
            world.now_ms += 3_600_000;
            Ok(())
        }
        95 => {
            back_up(world, phone);
            Ok(())
        }
        96 => {
            let records: Vec<RecordId> = world.server.book.records.keys().copied().collect();
            let record = records[world.random.below(records.len())];
            office_edits(world, record);
            Ok(())
        }
        97..99 => restore(world, phone),
        _ => lose_a_record(world, phone),
    }
}

fn accounts_move(world: &mut World) {
    world.tell("accounts move");
    world.tally.happened.note(Step::Move);
    if world.random.percent(8) {
        let accounts: Vec<AccountId> = world.server.book.accounts.keys().copied().collect();
        let account = accounts[world.random.below(accounts.len())];
        merge_somewhere(world, account);
    }
    world.move_accounts();
    link::wake_all(world);
}

/// An account is merged into another of chance, as far as that may be.
pub fn merge_somewhere(world: &mut World, account: AccountId) {
    let accounts: Vec<AccountId> = world.server.book.accounts.keys().copied().collect();
    let into = accounts[world.random.below(accounts.len())];
    let policy = [LatePolicy::Accept, LatePolicy::Review, LatePolicy::Refuse][world.random.below(3)];
    if let Err(reason) = world.merge(account, into, policy) {
        world.tell(format!("{account} is not merged into {into}: {}", reason.code));
    }
}

/// The office goes through what is held: most is released, in the order in which it came, some is given up.
pub fn decide_on_held(world: &mut World) {
    let waiting: Vec<_> = world
        .server
        .book
        .held
        .iter()
        .filter(|(_, row)| row.held && row.fate.is_none())
        .map(|(key, _)| *key)
        .collect();
    let (admin, now_ms) = (world.admin, world.now_ms);
    for key in waiting {
        let choice = world.random.below(100);
        let mut took_over = false;
        let decided = world.server.append(now_ms, |book| match choice {
            0..25 => book.discard(key, admin, "entered twice").is_ok(),
            25..45 => {
                let how = ReAuthor { by: admin, role: Role::Office, text: "taken over", take: &[] };
                took_over = book.re_author(key, how).is_ok();
                took_over
            }
            45..60 => book.release_all(key, admin, "all of it belongs there").is_ok(),
            _ => book.release(key, admin, "it belongs into the record").is_ok(),
        });
        // What cannot be released, such as work behind something given up, stays held.
        if decided {
            world.tally.happened.note(Step::Decide);
            world.tell(format!("the office decides on {}/{}", key.1, key.2));
            world.tally.fates += 1;
            world.tally.re_authored += u64::from(took_over);
        }
    }
}

/// A phone, mostly one that is in use: of the others little more is heard.
pub fn somebody(world: &mut World) -> usize {
    let in_use: Vec<usize> = (0..world.phones.len()).filter(|phone| world.is_in_use(*phone)).collect();
    match world.random.percent(95) && !in_use.is_empty() {
        true => in_use[world.random.below(in_use.len())],
        false => world.random.below(world.phones.len()),
    }
}

/// People go through their trays: much is decided on before the office does, some at the same time.
pub fn look_into_trays(world: &mut World) -> Result<(), String> {
    for phone in 0..world.phones.len() {
        for _ in 0..3 {
            by_its_person(world, phone)?;
        }
    }
    Ok(())
}

/// Somebody goes through the tray of a phone: captures an item anew, or gives it up.
fn by_its_person(world: &mut World, phone: usize) -> Result<(), String> {
    let tray: Vec<u64> =
        world.phones[phone].rows.all_items().filter(|item| item.tray).map(|item| item.number).collect();
    if tray.is_empty() {
        return Ok(());
    }
    let number = tray[world.random.below(tray.len())];
    let before = capture::last_number(world, phone);
    let anew = world.random.percent(70);
    let done = capture::attempt(world, phone, |rows, ctx| match anew {
        true => reapply::reapply(rows, ctx, number).map(|_| ()),
        false => reapply::discard(rows, ctx, number).map(|_| ()),
    });
    match done {
        Ok(()) => {
            *(if anew { &mut world.tally.re_applied } else { &mut world.tally.given_up }) += 1;
            world.tally.happened.note(if anew { Step::ReApply } else { Step::GiveUp });
            let name = world.phones[phone].name.clone();
            world.tell(format!("{name} {} {number}", if anew { "re-applies" } else { "gives up" }));
            capture::confirm(world, phone, before, None);
            link::push_more(world, phone)
        }
        Err(CaptureError::Store(error)) => Err(error.to_string()),
        Err(_) => Ok(()),
    }
}

/// A phone is backed up.
pub fn back_up(world: &mut World, phone: usize) {
    let it = &mut world.phones[phone];
    if !it.gone {
        it.backup = Some((it.rows.clone(), it.aside.clone(), it.to_carry));
        let name = it.name.clone();
        world.tell(format!("{name} is backed up"));
    }
}

fn up(world: &mut World) {
    let numbers: Vec<usize> = world.connections.keys().copied().collect();
    if numbers.is_empty() {
        return;
    }
    let number = numbers[world.random.below(numbers.len())];
    let twice = world.random.percent(10);
    link::deliver_up(world, number, twice);
}

/// Somebody in the office changes a record, if it has a field for it and is open.
pub fn office_edits(world: &mut World, record: RecordId) {
    let kind = world.server.book.records.get(&record).map(|record| record.envelope.kind);
    let field = match kind {
        Some(kind) if kind == Kind::ACCOUNT => "phone",
        Some(kind) if kind == Kind::VISIT || kind == Kind::TASK => "subject",
        _ => return,
    };
    let value = work::text(&format!("office {}", world.server.head().position));
    let edit = Edit::Put { path: vec![field.to_owned()], value };
    let (admin, now_ms) = (world.admin, world.now_ms);
    let done = world.server.append(now_ms, |book| book.edit(Role::Office, admin, record, &[edit]));
    if let Ok(position) = done {
        world.tell(format!("the office edits {record} at {position}"));
        world.tally.happened.note(Step::OfficeEdit);
        link::wake_all(world);
    }
}

/// The server dies while it handles a frame: before its commit, or after it and before its answer.
fn crash_server(world: &mut World) {
    let before = world.server.clone();
    up(world);
    world.tell("the server crashes");
    let undone = world.random.percent(50);
    world.tally.happened.note(if undone { Step::CrashBefore } else { Step::CrashAfter });
    if undone {
        world.tell("before its commit");
        world.server = before;
    }
    world.connections.clear();
    world.phones.iter_mut().for_each(|phone| phone.session = None);
}

/// The phone is restored from its backup. What was saved since and never sent is gone with the old phone.
pub fn restore(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let Some((backup, aside, to_carry)) = it.backup.clone().filter(|_| !it.gone) else { return Ok(()) };
    let name = it.name.clone();
    world.tell(format!("{name} is restored from a backup"));
    world.tally.happened.note(Step::Restore);
    let it = &mut world.phones[phone];
    let generation = it.rows.device().map_or(0, |device| device.store_generation);
    let device = it.device;
    link::abandon(world, phone);
    let receipts = &world.server.book.receipts;
    for saved in world.saved.iter_mut().filter(|saved| saved.phone == phone) {
        let answered = receipts
            .get(&(saved.device, saved.store_generation, saved.number))
            .is_some_and(|stored| stored.item == item_hash(&saved.bytes));
        let kept = backup.all_items().any(|item| item.number == saved.number && item.bytes == saved.bytes);
        if saved.device == device && saved.store_generation == generation && !answered && !kept {
            saved.destroyed = true;
        }
    }
    // What still travels from the phone as it was may arrive; then it is in the record after all.
    let it = &mut world.phones[phone];
    let app = it.rows.lacking().clone();
    (it.rows, it.aside, it.to_carry) = (backup, aside, to_carry);
    // A backup brings the store back, not the app.
    it.put_app(&app).map_err(|error| error.to_string())
}

/// A record vanishes from a phone, as by a damaged page, or an account with all of its records: digests must find and
/// heal it.
fn lose_a_record(world: &mut World, phone: usize) -> Result<(), String> {
    if !world.is_in_use(phone) {
        return Ok(());
    }
    if world.random.percent(30) {
        return lose_an_account(world, phone);
    }
    if world.random.percent(30) {
        return gain_a_record(world, phone);
    }
    let rows = &mut world.phones[phone].rows;
    let lost = rows
        .all_records()
        .find(|row| row.envelope.kind.name() == Kind::CONTACT.name() && !row.accepted.is_empty())
        .map(|row| row.envelope.id);
    let Some(lost) = lost else { return Ok(()) };
    if rows.items_of(lost).map_err(|error| error.to_string())?.is_empty() {
        content::remove(rows, lost).map_err(|error| error.to_string())?;
        world.phones[phone].damaged = true;
        world.tally.happened.note(Step::LoseRecord);
        world.tally.healed += 1;
    }
    Ok(())
}

/// A phone has a record too much, as from a store that was patched together: digests must find it, and it must go.
fn gain_a_record(world: &mut World, phone: usize) -> Result<(), String> {
    let id = RecordId::new(6, world.random.bytes());
    let rows = &mut world.phones[phone].rows;
    let is_contact = |row: &&RecordRow| row.envelope.kind.name() == Kind::CONTACT.name() && row.digest != 0;
    let Some(mut row) = rows.all_records().find(is_contact).cloned() else { return Ok(()) };
    let Ok(doc) = content::accepted(&row) else { return Ok(()) };
    (row.envelope.id, row.digest) = (id, 0);
    let put = content::put_accepted(rows, &mut row, &doc, 0).and_then(|()| content::refresh(rows, id));
    put.map_err(|error| error.to_string())?;
    world.phones[phone].damaged = true;
    world.tally.healed += 1;
    let name = world.phones[phone].name.clone();
    world.tell(format!("{name} has the record {id} too much"));
    Ok(())
}

fn lose_an_account(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let of_items: BTreeSet<AccountId> = rows.all_items().filter_map(|item| item.account).collect();
    let lost = rows
        .all_records()
        .filter(|row| row.envelope.kind.name() == Kind::ACCOUNT.name() && !row.accepted.is_empty())
        .map(|row| row.envelope.account)
        .find(|account| !of_items.contains(account));
    let Some(lost) = lost else { return Ok(()) };
    for record in rows.records_of(lost).map_err(|error| error.to_string())? {
        content::remove(rows, record).map_err(|error| error.to_string())?;
    }
    world.phones[phone].damaged = true;
    world.tally.happened.note(Step::LoseAccount);
    world.tally.healed += 1;
    let name = world.phones[phone].name.clone();
    world.tell(format!("{name} loses the account {lost}"));
    Ok(())
}
