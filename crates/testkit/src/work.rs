//! Work as people capture it, and as an app with a bug would: contents of visits and orders, and items that go into the
//! outbox past every check.

use roadbook_model::{AccountId, Envelope, Fields, Kind, LeaseId, RecordId, Value, document};
use roadbook_protocol::item::Changes;
use roadbook_protocol::{Blob, Item, ItemBody, encode};
use roadbook_sync::actor;
use roadbook_sync::device::capture::{Ctx, NewCapture};
use roadbook_sync::device::{CaptureError, DeviceRow, ItemRow, RecordRow, Rows, Stored};
use roadbook_sync::gate::plain_chunk;

/// A short string.
pub fn text(value: &str) -> Value {
    Value::Str(value.to_owned())
}

/// A record to create; an account's own if no account is named.
pub fn new(kind: Kind, account: Option<RecordId>, fields: Fields) -> NewCapture {
    NewCapture { kind, account: account.map(RecordId::account), territory: None, id: None, fields }
}

/// A visit, with a word that must be found again.
pub fn visit(marker: &str) -> Fields {
    Fields::from([
        ("state".to_owned(), text("checked_out")),
        ("purpose".to_owned(), text("sales")),
        ("subject".to_owned(), text(marker)),
        ("notes".to_owned(), Value::Text(format!("Talked about the season, {marker}."))),
    ])
}

/// An order of one line, with a word that must be found again.
pub fn order(random: [u8; 10], marker: &str) -> Fields {
    Fields::from([
        ("state".to_owned(), text("draft")),
        ("currency".to_owned(), text("EUR")),
        ("lines".to_owned(), Value::Map(Fields::from([line(random, marker)]))),
    ])
}

/// The key and the content of an order's line, with a word that must be found again.
pub fn line(random: [u8; 10], marker: &str) -> (String, Value) {
    let key = roadbook_model::id::item_key([random[0], random[1], random[2], random[3], random[4]]);
    let line = Fields::from([
        ("sku".to_owned(), text("0001")),
        ("description".to_owned(), text(marker)),
        ("quantity".to_owned(), Value::Int(i64::from(random[5]) + 1)),
        ("unit_price_minor".to_owned(), Value::Int(1_999)),
        ("discount_bp".to_owned(), Value::Int(500)),
    ]);
    (key, Value::Map(line))
}

/// Changes that create a record, by the actor that the device's branch demands.
pub fn creation(
    device: &DeviceRow,
    kind: Kind,
    record: RecordId,
    branch: u32,
    fields: &Fields,
) -> Result<Vec<Blob>, CaptureError> {
    let actor = actor::derive(device.device, device.store_generation, record, branch);
    Ok(chunks(&document::create(kind.spec(), actor, 0, fields)?))
}

/// A document's changes as the gate wants them.
pub fn chunks(doc: &automerge::Automerge) -> Vec<Blob> {
    document::change_bytes(doc).iter().filter_map(|bytes| plain_chunk(bytes).ok()).map(Blob).collect()
}

/// Puts an item into the outbox that no app would make, and returns its push number.
pub fn put_item(
    rows: &mut dyn Rows,
    ctx: &Ctx<'_>,
    lease: LeaseId,
    account: Option<AccountId>,
    body: ItemBody,
) -> Stored<u64> {
    let mut device = rows.device()?;
    let number = device.last_number + 1;
    let captured_ms = ctx.now_ms;
    let item = Item { number, lease, captured_ms, body, reapplies: None };
    let (record, bytes) = (item.record(), encode(&item));
    rows.put_item(&ItemRow {
        number,
        lease,
        record,
        account,
        captured_ms,
        bytes,
        tray: false,
        receipt: None,
        beneath: Vec::new(),
    })?;
    device.last_number = number;
    rows.put_device(&device)?;
    Ok(number)
}

/// The same for changes that create a record, with the row that the app would have made for it.
pub fn put_creation(
    rows: &mut dyn Rows,
    ctx: &Ctx<'_>,
    lease: LeaseId,
    kind: Kind,
    account: AccountId,
    body: Changes,
) -> Stored<u64> {
    let creator = rows.device()?.person;
    rows.put_record(&RecordRow {
        envelope: Envelope { id: body.record, kind, account, creator, generation: 0 }.into(),
        accepted: Vec::new(),
        branch: body.branch,
        digest: 0,
        decision: None,
        changed_ms: ctx.now_ms,
    })?;
    put_item(rows, ctx, lease, Some(account), ItemBody::Changes(body))
}
