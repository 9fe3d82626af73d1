//! Figures over the real engines: what crosses the wire is byte for byte what the server and a device exchange.

mod pricing;

use std::io::Write;

use roadbook_model::projection::to_json;
use roadbook_model::{AccountId, Edit, Fields, Kind, RecordId, Value};
use roadbook_protocol::Frame;
use roadbook_replica::Store;
use roadbook_sync::device::capture::{self, Ctx, NewCapture};
use roadbook_sync::device::{Endpoint, Rows, Session, Stored, View};
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::server::{Event, ServerSession};

use crate::memory_server::{Peer, drive};
use crate::random::Random;
use crate::sim::world::{ORIGIN, PATH, World};
use crate::workload::Workload;

pub use pricing::pricing;

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is measured.
    pub figure: String,
    /// What came out.
    pub measured: String,
    /// What it must reach.
    pub limit: String,
    /// What it is to be compared with, from the same run.
    pub beside: String,
    /// Whether it reaches it.
    pub holds: bool,
}

/// What one connection carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages from the device.
    pub messages_up: usize,
    /// Messages to the device.
    pub messages_down: usize,
    /// Bytes from the device.
    pub bytes_up: usize,
    /// Bytes to the device.
    pub bytes_down: usize,
    /// How often the device had to wait for the server: bursts up.
    pub round_trips: usize,
}

/// Connects a phone, lets everything happen, and counts.
pub fn sync(world: &mut World, phone: usize) -> Traffic {
    let mut traffic = Traffic::default();
    let mut server = ServerSession::new(
        ORIGIN.to_owned(),
        PATH.to_owned(),
        world.server.book.epoch,
        world.page_key.clone(),
    );
    let mut peer = Peer::default();
    let it = &mut world.phones[phone];
    let endpoint = Endpoint { origin: ORIGIN.to_owned(), path: PATH.to_owned() };
    let Ok((mut session, mut up)) = Session::open(&mut it.rows, &it.signer, endpoint, world.now_ms) else {
        return traffic;
    };
    while !up.is_empty() {
        traffic.round_trips += 1;
        for frame in std::mem::take(&mut up) {
            traffic.messages_up += usize::from(!matches!(frame, Frame::Applied(_)));
            traffic.bytes_up += frame.to_bytes().len();
            let random = &mut world.random;
            let mut fresh = || random.bytes::<16>();
            drive(&mut world.server, &mut server, &mut peer, Event::Frame(frame), world.now_ms, &mut fresh);
        }
        for frame in peer.down.drain(..) {
            traffic.messages_down += 1;
            traffic.bytes_down += frame.to_bytes().len();
            if let Ok(frames) = session.handle(&mut it.rows, &it.signer, world.now_ms, frame) {
                up.extend(frames);
            }
        }
    }
    traffic
}

/// A world in which one territory holds so many accounts of workload W. Returns its records as JSON, for the floor.
fn world_with(accounts: usize) -> (World, Vec<u8>) {
    let mut world = World::new(1);
    world.server.page_bytes = roadbook_protocol::limits::PAGE_BYTES_TARGET;
    let mut workload = Workload::new(1, world.phones[0].person);
    let territory = world.territories[0];
    let mut json = Vec::new();
    let now_ms = world.now_ms;
    for _ in 0..accounts {
        for record in workload.account(territory) {
            json.extend(json_of(&record));
            let imported = world.server.append(now_ms, |book| book.import(record));
            assert_eq!(imported, Ok(true), "workload W is valid");
        }
    }
    (world, json)
}

/// The record as a peer would send it: compact JSON, lines as a plain array, and the id.
fn json_of(record: &Imported) -> Vec<u8> {
    let mut json = to_json(&record.fields);
    if let Some(lines) = json.get_mut("lines").and_then(|lines| lines.as_object_mut()) {
        let lines = std::mem::take(lines).into_iter().map(|(_, line)| line).collect();
        json["lines"] = lines;
    }
    let mut line = json.to_string();
    line.push_str(&record.envelope.id.to_string());
    line.push('\n');
    line.into_bytes()
}

/// Idle reconnect at 100, 1,000 and 10,000 records.
pub fn idle_reconnect() -> Vec<Figure> {
    let mut sizes = Vec::new();
    for records in [100, 1_000, 10_000_usize] {
        let (mut world, _) = world_with(records.div_ceil(22));
        while sync(&mut world, 0).messages_down > 1 {}
        let held = world.phones[0].rows.all_records().count();
        let idle = sync(&mut world, 0);
        sizes.push((held, idle.messages_up + idle.messages_down, idle.bytes_up + idle.bytes_down));
    }
    let bytes: Vec<usize> = sizes.iter().map(|size| size.2).collect();
    let spread = bytes.iter().max().unwrap_or(&0) - bytes.iter().min().unwrap_or(&0);
    let holds = sizes.iter().all(|size| size.1 == 2 && size.2 < 300) && spread <= 8;
    let list: Vec<String> = sizes
        .iter()
        .map(|(held, messages, bytes)| format!("{held} records: {messages} messages, {bytes} B"))
        .collect();
    vec![Figure {
        figure: "idle reconnect".to_owned(),
        measured: list.join("; "),
        limit: "2 messages, < 300 B, same bytes ±8".to_owned(),
        beside: "best peer (Evolu): 4 messages, 680 B".to_owned(),
        holds,
    }]
}

/// First sync of workload W.
pub fn first_sync() -> Vec<Figure> {
    let (mut world, json) = world_with(500);
    let traffic = sync(&mut world, 0);
    let held = world.phones[0].rows.all_records().count();
    let floor = gzip_len(&json);
    vec![Figure {
        figure: format!("first sync of workload W ({held} records)"),
        measured: format!("{} B down in {} messages", traffic.bytes_down, traffic.messages_down),
        limit: "<= 2,000,000 B".to_owned(),
        beside: format!("the same as JSON: {} B, deflated {floor} B", json.len()),
        holds: traffic.bytes_down <= 2_000_000,
    }]
}

/// A day's work in one batch.
pub fn day() -> Vec<Figure> {
    let (mut world, _) = world_with(50);
    while sync(&mut world, 0).messages_down > 1 {}
    let json = capture_day(&mut world);
    let traffic = sync(&mut world, 0);
    let waiting = world.phones[0].rows.waiting().map_or(u32::MAX, |waiting| waiting.0);
    vec![Figure {
        figure: "a day's work: 20 visits, 10 orders, 5 profile edits".to_owned(),
        measured: format!(
            "{} B up, {} messages up, {waiting} unanswered",
            traffic.bytes_up, traffic.messages_up
        ),
        limit: "<= 14,000 B, durable one round trip after the hello".to_owned(),
        beside: format!("the same as JSON: {} B, deflated {} B", json.len(), gzip_len(&json)),
        holds: traffic.bytes_up <= 14_000 && traffic.messages_up == 2 && waiting == 0,
    }]
}

fn capture_day(world: &mut World) -> Vec<u8> {
    let mut workload = Workload::new(7, world.phones[0].person);
    let mut random = Random::new(7);
    let now_ms = world.now_ms + 86_400_000;
    let rows = &mut world.phones[0].rows;
    let accounts: Vec<RecordId> = rows
        .all_records()
        .filter(|r| r.envelope.kind.known() == Some(Kind::ACCOUNT))
        .map(|r| r.envelope.id)
        .collect();
    let mut json = Vec::new();
    for n in 0..35_usize {
        let account = accounts[n % accounts.len()];
        let mut ten = || random.bytes::<10>();
        let mut ctx = Ctx { now_ms: now_ms + 600_000 * n as i64, random: &mut ten };
        let (kind, fields) = match n {
            0..20 => (Kind::VISIT, workload.visit()),
            20..30 => (Kind::ORDER, workload.order()),
            _ => {
                let fields = Fields::from([("phone".to_owned(), Value::Str(format!("+49 711 {n}")))]);
                json.extend(to_json(&fields).to_string().into_bytes());
                let value = Value::Str(format!("+49 711 {n}"));
                let edit = Edit::Put { path: vec!["phone".to_owned()], value };
                assert!(capture::edit(rows, &mut ctx, account, &[edit]).is_ok(), "the edit is valid");
                continue;
            }
        };
        json.extend(to_json(&fields).to_string().into_bytes());
        let new = NewCapture { kind, account: Some(account.account()), territory: None, id: None, fields };
        assert!(capture::create(rows, &mut ctx, new).is_ok(), "the capture is valid");
    }
    json
}

fn gzip_len(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_or(0, |bytes| bytes.len())
}

/// Capture on the device's real store, at 100 and at 50,000 records held.
pub fn capture_cost() -> Vec<Figure> {
    let (few, many) = (capture_median_us(100), capture_median_us(50_000));
    let (Some(few), Some(many)) = (few, many) else { return Vec::new() };
    let ratio = many / few;
    vec![Figure {
        figure: "capture of a visit (SQLite in memory, so that no disk is measured)".to_owned(),
        measured: format!("50,000 records held: {ratio:.2} x the time at 100"),
        limit: "independent of records held (<= 1.5 x)".to_owned(),
        beside: format!("medians of 300: {few:.0} us and {many:.0} us"),
        holds: ratio <= 1.5,
    }]
}

fn capture_median_us(records: usize) -> Option<f64> {
    let mut store = Store::open_in_memory().ok()?;
    let mut world = World::new(1);
    let device = world.phones[0].rows.device().ok()?;
    store.put_device(&device).ok()?;
    while sync(&mut world, 0).messages_down > 1 {}
    let template: Vec<_> = world.phones[0].rows.all_records().cloned().collect();
    let leases: Vec<_> = world.phones[0].rows.all_leases().cloned().collect();
    let account =
        template.iter().find(|row| row.envelope.kind.known() == Some(Kind::ACCOUNT))?.envelope.account;
    let mut workload = Workload::new(3, device.person);
    let mut random = Random::new(3);
    store
        .transaction(|rows| -> Stored<()> {
            leases.iter().try_for_each(|lease| rows.put_lease(lease))?;
            let row = template.iter().find(|row| row.envelope.account == account);
            for _ in 0..records {
                let Some(mut row) = row.cloned() else { break };
                row.envelope.id = RecordId::new(1, random.bytes());
                let fields = workload.visit();
                rows.put_record(&row)?;
                let Some(envelope) = row.envelope.known() else { break };
                rows.put_view(&View {
                    envelope: &envelope,
                    account,
                    fields: &fields,
                    state: None,
                    changed_ms: 0,
                })?;
            }
            Ok(())
        })
        .ok()?;
    let mut times: Vec<f64> =
        (0..300).filter_map(|_| one_capture(&mut store, &mut workload, &mut random, account)).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures; its figure is a ratio of two times of one run"
)]
fn one_capture(
    store: &mut Store,
    workload: &mut Workload,
    random: &mut Random,
    account: AccountId,
) -> Option<f64> {
    let fields = workload.visit();
    let begin = std::time::Instant::now();
    store
        .transaction(|rows| {
            let mut ten = || random.bytes::<10>();
            let mut ctx = Ctx { now_ms: 1_700_000_000_000, random: &mut ten };
            let new =
                NewCapture { kind: Kind::VISIT, account: Some(account), territory: None, id: None, fields };
            capture::create(rows, &mut ctx, new)
        })
        .ok()?;
    Some(begin.elapsed().as_secs_f64() * 1e6)
}
