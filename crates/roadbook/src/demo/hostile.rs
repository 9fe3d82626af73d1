//! A tampered client: an enrolled device, with its true key and store, whose program was changed to send what an honest
//! one never would. The server has to refuse each attempt with a code, and take the same device's honest work after it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use roadbook_model::{AccountId, Edit, Kind, LeaseId, RecordId, Value, document};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::frame::Push;
use roadbook_protocol::item::Changes;
use roadbook_protocol::{Blob, Frame, Item, ItemBody, Signature, encode};
use roadbook_replica::device::DeviceError;
use roadbook_replica::transport::{Address, Patience, Received, Trust, WebSocket};
use roadbook_replica::{Device, SyncOptions};
use roadbook_sync::device::{CaptureError, ItemRow, LeaseState, RecordRow, Rows, content};
use roadbook_sync::{actor, gate};
use serde::Serialize;

use crate::edge;

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What was tried.
    pub what: &'static str,
    /// The code of the refusal; `None` if there was none.
    pub refused: Option<String>,
}

/// An account of the device's own, to attack.
struct Target {
    account: AccountId,
    lease: LeaseId,
    row: RecordRow,
    change: Vec<u8>,
}

/// Tries everything on the list.
///
/// # Errors
/// When an attempt could not even be made.
pub fn attack(home: &str, server: &str) -> Result<Vec<Attempt>> {
    let mut attempts = vec![Attempt { what: "a push before any hello", refused: raw_push(server)? }];
    let device = Device::open(Path::new(home))?;
    device.sync(SyncOptions::default())?;
    type Forge = fn(&Target) -> (RecordId, Vec<u8>);
    let forgeries: [(&str, Forge); 4] = [
        ("a change with one byte flipped", |target| (target.row.envelope.id, flipped(&target.change))),
        ("a change of a field that only the office writes", |target| {
            (target.row.envelope.id, target.change.clone())
        }),
        ("bytes that are no change", |target| (target.row.envelope.id, b"roadbook".repeat(12))),
        ("a change of a record of somebody else's", |target| {
            (RecordId::from_bytes([7; 16]), target.change.clone())
        }),
    ];
    for (what, forge) in forgeries {
        let number = put(&device, forge)?;
        device.sync(SyncOptions::default())?;
        attempts.push(Attempt { what, refused: refusal(&device, number)? });
    }
    let account = device
        .store()
        .transaction(|rows| Ok::<_, CaptureError>(target(rows)?.map(|target| target.account)))?;
    let record = account.context("the device has no account")?.record();
    device.edit(
        record,
        &[Edit::Put { path: vec!["source".to_owned()], value: Value::Str("visit".to_owned()) }],
    )?;
    device.sync(SyncOptions::default())?;
    if device.status()?.waiting > 0 {
        bail!("after the attack, the same device's honest edit was not taken");
    }
    Ok(attempts)
}

fn flipped(change: &[u8]) -> Vec<u8> {
    let mut change = change.to_vec();
    let middle = change.len() / 2;
    if let Some(byte) = change.get_mut(middle) {
        *byte ^= 0x40;
    }
    change
}

/// Frames out of turn: what the server says to somebody who pushes without having said who they are.
fn raw_push(server: &str) -> Result<Option<String>> {
    let patience = Patience::default();
    let mut socket = WebSocket::connect(&Address::parse(server)?, &Trust::default(), patience)?;
    let push = Push { items: Blob(b"not even deflated".to_vec()), signature: Signature([0; 64]) };
    socket.send(&Frame::Push(push))?;
    loop {
        match socket.receive(patience.connect)? {
            Received::Frame(frame) => match *frame {
                Frame::Error(error) => return Ok(Some(error.code)),
                Frame::Goodbye(goodbye) => return Ok(Some(goodbye.code)),
                _ => {}
            },
            Received::Closed | Received::Nothing => return Ok(None),
        }
    }
}

/// Puts forged changes into the outbox, past every check of the capture, and says under which number.
fn put(device: &Device, forge: impl FnOnce(&Target) -> (RecordId, Vec<u8>)) -> Result<u64> {
    let number = device.store().transaction(|rows| {
        let Some(target) = target(rows)? else { return Err(CaptureError::OutOfScope) };
        let (record, change) = forge(&target);
        let body = Changes {
            record,
            generation: 0,
            branch: target.row.branch,
            kind_version: Kind::ACCOUNT.spec().version,
            changes: vec![Blob(change)],
            new: None,
        };
        let mut row = rows.device()?;
        let number = row.last_number + 1;
        row.last_number = number;
        let captured_ms = edge::now_ms();
        let item =
            Item { number, lease: target.lease, captured_ms, body: ItemBody::Changes(body), reapplies: None };
        rows.put_item(&ItemRow {
            number,
            lease: target.lease,
            record: Some(target.row.envelope.id),
            account: Some(target.account),
            captured_ms,
            bytes: encode(&item),
            tray: false,
            receipt: None,
            beneath: Vec::new(),
        })?;
        rows.put_device(&row)?;
        Ok(number)
    });
    Ok(number.map_err(DeviceError::from)?)
}

/// The first account under an open lease, and a change of it that no rep may make.
fn target(rows: &mut dyn Rows) -> Result<Option<Target>, CaptureError> {
    let device = rows.device()?;
    let mut open: Vec<(AccountId, LeaseId)> = rows
        .leases_in(LeaseState::Open)?
        .into_iter()
        .filter_map(|lease| match lease.subject {
            Subject::Account(account) => Some((account, lease.lease)),
            Subject::Territory(_) => None,
        })
        .collect();
    open.sort_unstable();
    for (account, lease) in open {
        let Some(row) = rows.record(account.record())? else { continue };
        let mut doc = content::accepted(&row).map_err(|_| CaptureError::Unreadable)?;
        let actor = actor::derive(device.device, device.store_generation, row.envelope.id, row.branch);
        let edit = Edit::Put { path: vec!["credit_limit_minor".to_owned()], value: Value::Int(99_999_999) };
        let seconds = edge::now_ms().div_euclid(1000);
        let change = document::edit(Kind::ACCOUNT.spec(), &mut doc, actor, seconds, &[edit])?;
        let change = change.ok_or(CaptureError::Nothing)?;
        let change = gate::plain_chunk(&change).map_err(|_| CaptureError::Unreadable)?;
        return Ok(Some(Target { account, lease, row, change }));
    }
    Ok(None)
}

fn refusal(device: &Device, number: u64) -> Result<Option<String>> {
    let tray = device.store().held_tray()?;
    let item = tray.into_iter().find(|item| item.number == number);
    Ok(item.and_then(|item| item.reason).map(|reason| reason.code))
}
