//! What people do on their phones: captures of every kind, and one by an app with a bug.

use roadbook_model::{Edit, Fields, Kind, RecordId, Value, Verb, document};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::item::{Changes, NewRecord};
use roadbook_protocol::{Blob, Item, ItemBody, encode};
use roadbook_sync::actor;
use roadbook_sync::device::capture::{self, Ctx, NewCapture};
use roadbook_sync::device::{CaptureError, ItemRow, LeaseState, RecordRow, Rows};
use roadbook_sync::gate::plain_chunk;

use super::world::{Saved, World};
use crate::memory_rows::MemoryRows;

/// Lets somebody capture something, and notes what the app confirmed.
pub fn something(world: &mut World) -> Result<(), String> {
    let phone = world.random.below(world.phones.len());
    let marker = format!("m{}x", world.saved.len());
    let choice = world.random.below(100);
    let mut rows = world.phones[phone].rows.clone();
    let before = rows.device().map_err(|e| e.to_string())?.last_number;
    let outcome = perform(world, &mut rows, choice, &marker);
    match outcome {
        Ok(marked) => {
            world.phones[phone].rows = rows;
            confirm(world, phone, before, marked.then_some(marker));
            Ok(())
        }
        // A refused capture leaves nothing behind; the person was told why.
        Err(CaptureError::Store(error)) => Err(error.to_string()),
        Err(_) => Ok(()),
    }
}

/// Notes every item that a commit added.
pub fn confirm(world: &mut World, phone: usize, before: u64, marker: Option<String>) {
    let rows = &world.phones[phone].rows;
    let mut added: Vec<ItemRow> = rows.all_items().filter(|item| item.number > before).cloned().collect();
    added.sort_by_key(|item| item.number);
    let store_generation = world.phones[phone].rows.device().map_or(0, |device| device.store_generation);
    let mut marker = marker;
    for item in added {
        let what = Item::read(&item.bytes).map(|item| item.body);
        let name = world.phones[phone].name.clone();
        world.tell(format!("{name} saved {store_generation}/{}: {what:?}", item.number));
        world.saved.push(Saved {
            phone,
            store_generation,
            number: item.number,
            bytes: item.bytes,
            record: item.record,
            marker: marker.take(),
            destroyed: false,
        });
        world.tally.saved += 1;
    }
}

/// Returns whether the marker is in the work.
fn perform(
    world: &mut World,
    rows: &mut MemoryRows,
    choice: usize,
    marker: &str,
) -> Result<bool, CaptureError> {
    let now_ms = world.now_ms;
    let mut random = world.random.clone();
    let result = {
        let mut ten = || random.bytes::<10>();
        let mut ctx = Ctx { now_ms, random: &mut ten };
        match choice {
            0..30 => visit(world, rows, &mut ctx, marker),
            30..50 => note(world, rows, &mut ctx, marker),
            50..65 => phone_number(world, rows, &mut ctx),
            65..78 => order(world, rows, &mut ctx, marker),
            78..86 => submit(world, rows, &mut ctx),
            86..94 => account(rows, &mut ctx, marker),
            _ => buggy(world, rows, &mut ctx, marker),
        }
    };
    world.random = random;
    result
}

fn pick(world: &mut World, rows: &MemoryRows, kind: Kind) -> Option<RecordId> {
    let of_kind: Vec<RecordId> = rows
        .all_records()
        .filter(|row| row.envelope.kind == kind && rows.views.contains_key(&row.envelope.id))
        .map(|row| row.envelope.id)
        .collect();
    // The context holds the generator's continuation; a rough choice by time is enough here.
    let n = usize::try_from(world.now_ms / 7).unwrap_or(0);
    (!of_kind.is_empty()).then(|| of_kind[n % of_kind.len()])
}

fn text(value: &str) -> Value {
    Value::Str(value.to_owned())
}

fn new(kind: Kind, account: Option<RecordId>, fields: Fields) -> NewCapture {
    NewCapture { kind, account: account.map(RecordId::account), territory: None, id: None, fields }
}

fn visit(
    world: &mut World,
    rows: &mut MemoryRows,
    ctx: &mut Ctx<'_>,
    marker: &str,
) -> Result<bool, CaptureError> {
    let account = pick(world, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?;
    let fields = Fields::from([
        ("state".to_owned(), text("checked_out")),
        ("purpose".to_owned(), text("sales")),
        ("subject".to_owned(), text(marker)),
        ("notes".to_owned(), Value::Text(format!("Talked about the season, {marker}."))),
    ]);
    capture::create(rows, ctx, new(Kind::VISIT, Some(account), fields)).map(|_| true)
}

fn note(
    world: &mut World,
    rows: &mut MemoryRows,
    ctx: &mut Ctx<'_>,
    marker: &str,
) -> Result<bool, CaptureError> {
    let visit = pick(world, rows, Kind::VISIT).ok_or(CaptureError::UnknownRecord)?;
    let edit =
        Edit::Splice { path: vec!["notes".to_owned()], at: 0, delete: 0, insert: format!("{marker} ") };
    capture::edit(rows, ctx, visit, &[edit]).map(|()| true)
}

fn phone_number(world: &mut World, rows: &mut MemoryRows, ctx: &mut Ctx<'_>) -> Result<bool, CaptureError> {
    let account = pick(world, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?;
    let number = format!("+49 {}", u32::from_be_bytes([0, 1, (ctx.random)()[0], (ctx.random)()[0]]));
    let edit = Edit::Put { path: vec!["phone".to_owned()], value: Value::Str(number) };
    capture::edit(rows, ctx, account, &[edit]).map(|()| false)
}

fn order(
    world: &mut World,
    rows: &mut MemoryRows,
    ctx: &mut Ctx<'_>,
    marker: &str,
) -> Result<bool, CaptureError> {
    let account = pick(world, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?;
    let random = (ctx.random)();
    let key = roadbook_model::id::item_key([random[0], random[1], random[2], random[3], random[4]]);
    let line = Fields::from([
        ("sku".to_owned(), text("0001")),
        ("description".to_owned(), text(marker)),
        ("quantity".to_owned(), Value::Int(i64::from((ctx.random)()[0]) + 1)),
        ("unit_price_minor".to_owned(), Value::Int(1_999)),
        ("discount_bp".to_owned(), Value::Int(500)),
    ]);
    let fields = Fields::from([
        ("state".to_owned(), text("draft")),
        ("currency".to_owned(), text("EUR")),
        ("lines".to_owned(), Value::Map(Fields::from([(key, Value::Map(line))]))),
    ]);
    capture::create(rows, ctx, new(Kind::ORDER, Some(account), fields)).map(|_| true)
}

fn submit(world: &mut World, rows: &mut MemoryRows, ctx: &mut Ctx<'_>) -> Result<bool, CaptureError> {
    let order = pick(world, rows, Kind::ORDER).ok_or(CaptureError::UnknownRecord)?;
    capture::request(rows, ctx, Verb::Submit, order).map(|_| false)
}

fn account(rows: &mut MemoryRows, ctx: &mut Ctx<'_>, marker: &str) -> Result<bool, CaptureError> {
    let fields = Fields::from([("name".to_owned(), text(&format!("New {marker}")))]);
    capture::create(rows, ctx, new(Kind::ACCOUNT, None, fields)).map(|_| true)
}

/// An app that skips the rules: a visit in a state that does not exist. The gate refuses it, and nothing else.
fn buggy(
    world: &mut World,
    rows: &mut MemoryRows,
    ctx: &mut Ctx<'_>,
    marker: &str,
) -> Result<bool, CaptureError> {
    let account = pick(world, rows, Kind::ACCOUNT).ok_or(CaptureError::UnknownRecord)?.account();
    let lease =
        rows.leases_on(Subject::Account(account))?.into_iter().find(|row| row.state == LeaseState::Open);
    let lease = lease.ok_or(CaptureError::OutOfScope)?.lease;
    let mut device = rows.device()?;
    let id = RecordId::new(ctx.now_ms.unsigned_abs(), (ctx.random)());
    let fields = Fields::from([("subject".to_owned(), text(marker)), ("state".to_owned(), text("planned"))]);
    let actor = actor::derive(device.device, device.store_generation, id, 0);
    let mut doc = document::create(Kind::VISIT.spec(), actor, 0, &fields)?;
    doc.set_actor(automerge::ActorId::from(&actor[..]));
    let mut tx = doc.transaction();
    let put = automerge::transaction::Transactable::put(&mut tx, automerge::ROOT, "state", "teleported");
    put.map_err(|_| CaptureError::Unreadable)?;
    tx.commit();
    let changes =
        document::change_bytes(&doc).iter().filter_map(|bytes| plain_chunk(bytes).ok()).map(Blob).collect();
    let new = NewRecord { kind: "visit".to_owned(), account, opens: None };
    let body = Changes { record: id, generation: 0, branch: 0, kind_version: 1, changes, new: Some(new) };
    let number = device.last_number + 1;
    let bytes = encode(&Item { number, lease, captured_ms: ctx.now_ms, body: ItemBody::Changes(body) });
    let envelope =
        roadbook_model::Envelope { id, kind: Kind::VISIT, account, creator: device.person, generation: 0 };
    let row = RecordRow {
        envelope,
        accepted: Vec::new(),
        branch: 0,
        digest: 0,
        decision: None,
        changed_ms: ctx.now_ms,
    };
    rows.put_record(&row)?;
    let captured_ms = ctx.now_ms;
    let (record, account) = (Some(id), Some(account));
    rows.put_item(&ItemRow {
        number,
        lease,
        record,
        account,
        captured_ms,
        bytes,
        tray: false,
        receipt: None,
    })?;
    device.last_number = number;
    rows.put_device(&device)?;
    Ok(true)
}
