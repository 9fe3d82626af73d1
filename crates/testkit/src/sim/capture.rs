//! What people do on their phones: captures of every kind, and one by an app with a bug.

use roadbook_model::{Edit, Fields, Kind, RecordId, Value, document};
use roadbook_protocol::Item;
use roadbook_protocol::entry::Subject;
use roadbook_protocol::item::{Changes, NewRecord};
use roadbook_sync::actor;
use roadbook_sync::device::capture::{self, Ctx};
use roadbook_sync::device::{CaptureError, ItemRow, LeaseState, Rows};

use super::step::Step;
use super::world::{Saved, World};
use super::{check, orders, steps};
use crate::memory_rows::MemoryRows;
use crate::work;

/// Lets somebody capture something, and notes what the app confirmed.
pub fn something(world: &mut World) -> Result<(), String> {
    let phone = steps::somebody(world);
    let marker = format!("m{}x", world.saved.len());
    let choice = world.random.below(100);
    let before = last_number(world, phone);
    let known = world.saved.len();
    match attempt(world, phone, |rows, ctx| perform(rows, ctx, choice, &marker)) {
        Ok(marked) => {
            confirm(world, phone, before, marked.then_some(marker));
            let step = step_of(choice);
            world.tally.happened.note(step);
            for saved in &mut world.saved[known..] {
                (saved.buggy, saved.is_value) = (step == Step::Buggy, step == Step::Phone);
            }
            Ok(())
        }
        // A refused capture leaves nothing behind; the person was told why.
        Err(CaptureError::Store(error)) => Err(error.to_string()),
        Err(_) => Ok(()),
    }
}

/// Lets a rep found an account, and visit it.
pub fn found(world: &mut World, phone: usize) -> Result<(), String> {
    one_by_one(world, phone, &[86, 0])
}

/// Lets a rep make a quote or an order, and hand it in.
pub fn hand_in(world: &mut World, phone: usize) -> Result<(), String> {
    let made = if world.random.percent(50) { 58 } else { 65 };
    one_by_one(world, phone, &[made, 70])
}

/// Lets a rep correct an order that was handed in.
pub fn correct(world: &mut World, phone: usize) -> Result<(), String> {
    one_by_one(world, phone, &[77])
}

/// Some people withdraw or correct what they handed in, of which they have heard by now; some add to what they had noted, also
/// where the customer has become part of another.
pub fn think_again(world: &mut World) -> Result<(), String> {
    for phone in 0..world.phones.len() {
        match world.random.below(4) {
            0 => one_by_one(world, phone, &[82])?,
            1 => one_by_one(world, phone, &[77])?,
            2 => one_by_one(world, phone, &[26])?,
            _ => {}
        }
    }
    Ok(())
}

fn one_by_one(world: &mut World, phone: usize, choices: &[usize]) -> Result<(), String> {
    for choice in choices {
        let marker = format!("m{}x", world.saved.len());
        let before = last_number(world, phone);
        match attempt(world, phone, |rows, ctx| perform(rows, ctx, *choice, &marker)) {
            Ok(marked) => {
                confirm(world, phone, before, marked.then_some(marker));
                world.tally.happened.note(step_of(*choice));
            }
            Err(CaptureError::Store(error)) => return Err(error.to_string()),
            Err(_) => {}
        }
    }
    Ok(())
}

/// One transaction on a phone's store: what it makes is kept, unless it fails.
pub fn attempt<T>(
    world: &mut World,
    phone: usize,
    work: impl FnOnce(&mut MemoryRows, &mut Ctx<'_>) -> Result<T, CaptureError>,
) -> Result<T, CaptureError> {
    let World { random, phones, now_ms, .. } = world;
    let mut rows = phones[phone].rows.clone();
    let mut ten = || random.bytes::<10>();
    let done = work(&mut rows, &mut Ctx { now_ms: *now_ms, random: &mut ten })?;
    phones[phone].rows = rows;
    Ok(done)
}

/// The highest push number of a phone's store.
pub fn last_number(world: &mut World, phone: usize) -> u64 {
    world.phones[phone].rows.device().map_or(0, |device| device.last_number)
}

/// Notes every item that a commit added.
pub fn confirm(world: &mut World, phone: usize, before: u64, marker: Option<String>) {
    let rows = &world.phones[phone].rows;
    let mut added: Vec<ItemRow> = rows.all_items().filter(|item| item.number > before).cloned().collect();
    added.sort_by_key(|item| item.number);
    let store_generation = world.phones[phone].rows.device().map_or(0, |device| device.store_generation);
    let device = world.phones[phone].device;
    let mut marker = marker;
    for item in added {
        let what = Item::read(&item.bytes).map(|item| item.body);
        let name = world.phones[phone].name.clone();
        world.tell(format!("{name} saved {store_generation}/{}: {what:?}", item.number));
        world.saved.push(Saved {
            phone,
            device,
            store_generation,
            number: item.number,
            marker: marker.take_if(|marker| check::contains(&item.bytes, marker)),
            bytes: item.bytes,
            record: item.record,
            destroyed: false,
            buggy: false,
            is_value: false,
        });
        world.tally.saved += 1;
    }
}

/// Returns whether the marker is in the work.
fn perform(
    rows: &mut MemoryRows,
    ctx: &mut Ctx<'_>,
    choice: usize,
    marker: &str,
) -> Result<bool, CaptureError> {
    // An app makes nothing of a kind that it does not know.
    let made = match step_of(choice) {
        Step::Visit | Step::Buggy => Kind::VISIT,
        Step::Order | Step::Quote => Kind::ORDER,
        _ => Kind::ACCOUNT,
    };
    if rows.lacks(made.name()) {
        return Err(CaptureError::UnknownKind(made.name().to_owned()));
    }
    match step_of(choice) {
        Step::Visit => visit(rows, ctx, marker),
        Step::Note => note(rows, ctx, marker),
        Step::Phone => phone_number(rows, ctx, marker),
        Step::Order => orders::order(rows, ctx, marker),
        Step::Quote => orders::quote(rows, ctx, marker),
        Step::Submit => orders::submit(rows, ctx),
        Step::Correct => orders::correct(rows, ctx, marker),
        Step::Withdraw => orders::withdraw(rows, ctx),
        Step::Account => account(rows, ctx, marker),
        _ => buggy(rows, ctx, marker),
    }
}

/// Which capture a number from 0 to 99 stands for.
fn step_of(choice: usize) -> Step {
    match choice {
        0..26 => Step::Visit,
        26..44 => Step::Note,
        44..58 => Step::Phone,
        58..65 => Step::Order,
        65..70 => Step::Quote,
        70..77 => Step::Submit,
        77..82 => Step::Correct,
        82..86 => Step::Withdraw,
        86..94 => Step::Account,
        _ => Step::Buggy,
    }
}

/// One of the records of a kind that the app shows.
pub fn pick(ctx: &Ctx<'_>, rows: &MemoryRows, kind: Kind) -> Option<RecordId> {
    let of_kind: Vec<RecordId> = rows
        .all_records()
        .filter(|row| row.envelope.kind.name() == kind.name() && rows.views.contains_key(&row.envelope.id))
        .map(|row| row.envelope.id)
        .collect();
    one_of(ctx, &of_kind)
}

/// Time goes on by chance: a rough choice by it is enough here.
pub fn one_of(ctx: &Ctx<'_>, records: &[RecordId]) -> Option<RecordId> {
    let n = usize::try_from(ctx.now_ms / 7).unwrap_or(0);
    (!records.is_empty()).then(|| records[n % records.len()])
}

fn visit(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let account = pick(ctx, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?;
    capture::create(rows, ctx, work::new(Kind::VISIT, Some(account), work::visit(marker))).map(|_| true)
}

fn note(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let visit = pick(ctx, rows, Kind::VISIT).ok_or(CaptureError::UnknownRecord)?;
    let edit =
        Edit::Splice { path: vec!["notes".to_owned()], at: 0, delete: 0, insert: format!("{marker} ") };
    capture::edit(rows, ctx, visit, &[edit]).map(|()| true)
}

fn phone_number(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let account = pick(ctx, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?;
    let number = format!("+49 {marker}");
    let edit = Edit::Put { path: vec!["phone".to_owned()], value: Value::Str(number) };
    capture::edit(rows, ctx, account, &[edit]).map(|()| true)
}

fn account(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let fields = Fields::from([("name".to_owned(), work::text(&format!("New {marker}")))]);
    capture::create(rows, ctx, work::new(Kind::ACCOUNT, None, fields)).map(|_| true)
}

/// An app that skips the rules: a visit in a state that does not exist. The gate refuses it, and nothing else.
fn buggy(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let account = pick(ctx, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?.account();
    let lease =
        rows.leases_on(Subject::Account(account))?.into_iter().find(|row| row.state == LeaseState::Open);
    let lease = lease.ok_or(CaptureError::OutOfScope)?.lease;
    let device = rows.device()?;
    let id = RecordId::new(ctx.now_ms.unsigned_abs(), (ctx.random)());
    let fields = Fields::from([
        ("subject".to_owned(), work::text(marker)),
        ("state".to_owned(), work::text("planned")),
    ]);
    let actor = actor::derive(device.device, device.store_generation, id, 0);
    let mut doc = document::create(Kind::VISIT.spec(), actor, 0, &fields)?;
    doc.set_actor(automerge::ActorId::from(&actor[..]));
    let mut tx = doc.transaction();
    let put = automerge::transaction::Transactable::put(&mut tx, automerge::ROOT, "state", "teleported");
    put.map_err(|_| CaptureError::Unreadable)?;
    tx.commit();
    let changes = work::chunks(&doc);
    let new = NewRecord { kind: "visit".to_owned(), account, opens: None };
    let body = Changes { record: id, generation: 0, branch: 0, kind_version: 1, changes, new: Some(new) };
    work::put_creation(rows, ctx, lease, Kind::VISIT, account, body)?;
    Ok(true)
}
