//! A small world for the gate's tests: two devices, and a record of each kind with honest content.

use std::panic;
use std::sync::Once;

use automerge::Automerge;
use roadbook_model::document::{change_bytes, create, edit};
use roadbook_model::{AccountId, DeviceId, Edit, Envelope, Fields, Kind, PersonId, RecordId, Role, Value};
use roadbook_sync::actor;
use roadbook_sync::gate::{Admitted, Candidate, Refusal, admit};

pub const TIME_S: i64 = 1_795_392_000;
pub const LINE_1: &str = "01890000-0000-7000-8000-000000000001";
pub const LINE_2: &str = "01890000-0000-7000-8000-000000000002";
pub const LINE_3: &str = "01890000-0000-7000-8000-000000000003";

/// A record's envelope.
pub fn envelope(kind: Kind) -> Envelope {
    Envelope {
        id: RecordId::from_bytes([7; 16]),
        kind,
        account: AccountId::from_bytes([8; 16]),
        creator: PersonId::from_bytes([9; 16]),
        generation: 0,
    }
}

/// The actor of the device with this number.
pub fn actor_of(device: u8) -> [u8; 16] {
    actor::derive(DeviceId::from_bytes([device; 16]), 1, RecordId::from_bytes([7; 16]), 0)
}

pub fn str(text: &str) -> Value {
    Value::Str(text.into())
}

pub fn map<const N: usize>(fields: [(&str, Value); N]) -> Fields {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub fn path<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

pub fn put<const N: usize>(names: [&str; N], value: Value) -> Edit {
    Edit::Put { path: path(names), value }
}

pub fn splice(name: &str, at: usize, delete: usize, insert: &str) -> Edit {
    Edit::Splice { path: path([name]), at, delete, insert: insert.into() }
}

pub fn line(sku: &str, quantity: i64) -> Value {
    Value::Map(map([
        ("sku", str(sku)),
        ("quantity", Value::Int(quantity)),
        ("unit_price_minor", Value::Int(1_250)),
        ("description", str("Chai, 10 boxes × 20 bags")),
    ]))
}

/// Honest content of an order.
pub fn order() -> Fields {
    map([
        ("state", str("draft")),
        ("currency", str("EUR")),
        ("order_date", str("2026-11-22")),
        ("notes", Value::Text("Deliver before 9, ring twice. Größe prüfen 📦.".into())),
        ("lines", Value::Map(map([(LINE_1, line("chai", 3)), (LINE_2, line("chang", 12))]))),
    ])
}

/// An order as the device made it: its document there, and its one change.
pub fn new_order(device: u8) -> (Automerge, Vec<u8>) {
    let doc = create(Kind::ORDER.spec(), actor_of(device), TIME_S, &order()).expect("honest");
    let bytes = change_bytes(&doc).remove(0);
    (doc, bytes)
}

/// An honest change of an order by a device, on the document that it has.
pub fn change_order(doc: &mut Automerge, device: u8, edits: &[Edit]) -> Vec<u8> {
    edit(Kind::ORDER.spec(), doc, actor_of(device), TIME_S, edits)
        .expect("honest")
        .expect("something changes")
}

/// Automerge's own panics, which the gate catches, are expected here by the hundred; printed, they would bury a failure.
fn quiet_automerge() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let here = info.location().map_or("", |at| at.file());
            if !here.contains("/automerge-") && !here.contains("/hexane-") {
                loud(info);
            }
        }));
    });
}

/// Offers changes of a record to the gate, by a rep who created it.
pub fn offer_as(
    kind: Kind,
    role: Role,
    base: Option<&Automerge>,
    device: u8,
    changes: &[Vec<u8>],
) -> Result<Admitted, Refusal> {
    quiet_automerge();
    let envelope = envelope(kind);
    let is_creator = role == Role::Rep;
    admit(
        base,
        &Candidate { envelope: &envelope, actor: actor_of(device), writer_role: role, is_creator, changes },
    )
}

/// Offers changes of an order to the gate.
pub fn offer(base: Option<&Automerge>, device: u8, changes: &[Vec<u8>]) -> Result<Admitted, Refusal> {
    offer_as(Kind::ORDER, Role::Rep, base, device, changes)
}

/// Offers one change of an order by device 1, to be refused.
pub fn refusal(base: Option<&Automerge>, change: Vec<u8>) -> Refusal {
    offer(base, 1, &[change]).expect_err("must be refused")
}
