//! Pages and what is in them.

use roadbook_model::RecordId;
use roadbook_protocol::page::{
    FillChange, FillMark, FillPart, FillRecord, FillToken, Hand, Page, PageBody, PageEntry, statement,
};
use roadbook_protocol::{Blob, Hash, Mark, encode, hollow};

use super::json::Json;
use super::readable::Readable;
use super::vector::Vector;
use super::{entries, story};

/// A log page that also carries a stretch of a fill.
pub fn body() -> PageBody {
    PageBody { entries: log_entries(), fills: fills() }
}

fn log_entries() -> Vec<PageEntry> {
    let entry = |(position, (_, _, entry)): (u64, (_, _, _))| PageEntry {
        position,
        at_ms: story::at_ms(position as i64),
        salt: story::SALT,
        payload: Blob(encode(&entry)),
    };
    (1..).zip(entries::log()).map(entry).take(3).collect()
}

/// A fill in two parts: a record whole, one that stops half-way; then the server's own change, one that goes whole, and
/// a record that only has a decision. What the record or change before had is left out.
fn fills() -> Vec<FillPart> {
    let token = |order, record, partial| FillToken { account: story::account(), order, record, partial };
    let account = story::account().record();
    let account_change = FillChange {
        hand: Some(device_hand()),
        chunk: hollow(story::ACCOUNT_CHANGE, &device_actor(account)),
    };
    let visit_change =
        FillChange { hand: None, chunk: hollow(story::VISIT_CHANGE, &device_actor(story::visit())) };
    let server_change = FillChange { hand: Some(Hand::Server), chunk: server_chunk() };
    let whole_change =
        FillChange { hand: Some(Hand::Whole), chunk: Blob(story::bytes(story::VISIT_CHANGE_2)) };
    let first = FillRecord {
        kind: Some("account".to_owned()),
        account: Some(story::account()),
        creator: Some(story::person()),
        territory: Some(story::territory()),
        ..record(account, vec![account_change])
    };
    let begun = FillRecord {
        kind: Some("visit".to_owned()),
        more: Some(true),
        ..record(story::visit(), vec![visit_change])
    };
    let resumed = FillRecord {
        kind: Some("visit".to_owned()),
        account: Some(story::account()),
        creator: Some(story::person()),
        generation: Some(1),
        skipped: Some(1),
        ..record(story::visit(), vec![server_change, whole_change])
    };
    let decided = FillRecord {
        kind: Some("order".to_owned()),
        decision: Some(entries::decision()),
        ..record(story::order(), Vec::new())
    };
    let part =
        |grant, token, done, records| FillPart { mark: FillMark { grant, token }, done, records, gone: None };
    vec![
        part(1, Some(token(3, story::visit(), Some(1))), false, vec![first, begun]),
        part(1, Some(token(4, story::order(), None)), true, vec![resumed, decided]),
        FillPart { gone: Some(vec![story::order()]), ..part(0, None, true, Vec::new()) },
    ]
}

/// A record of which everything is as before.
fn record(record: RecordId, changes: Vec<FillChange>) -> FillRecord {
    FillRecord {
        record,
        changes,
        kind: None,
        account: None,
        creator: None,
        decision: None,
        generation: None,
        skipped: None,
        more: None,
        territory: None,
    }
}

fn device_hand() -> Hand {
    Hand::Device { device: story::device(), store_generation: story::STORE_GENERATION, branch: 0 }
}

pub fn device_actor(record: RecordId) -> [u8; 16] {
    let generation = story::STORE_GENERATION.to_be_bytes();
    let (device, record) = (story::device(), record.as_bytes());
    let text = [&b"roadbook/actor/device/1\0"[..], device.as_bytes(), &generation, record, &[0; 4]].concat();
    story::hash_of(&text).tag().0
}

pub fn server_actor(record: RecordId) -> [u8; 16] {
    let text = [&b"roadbook/actor/server/1\0"[..], &story::EPOCH.0, record.as_bytes()].concat();
    story::hash_of(&text).tag().0
}

fn hollow(chunk: &str, actor: &[u8; 16]) -> Blob {
    Blob(hollow::hollowed(&story::bytes(chunk), actor).unwrap_or_default())
}

/// The visit's first change as if the server had made it: only the actor differs, and so the checksum. Hollow.
fn server_chunk() -> Blob {
    hollow(story::VISIT_CHANGE, &device_actor(story::visit()))
}

/// Hollow chunks: whole, by whom, hollow.
pub fn hollow_vectors() -> Vec<Json> {
    let visit = story::visit();
    let by_server = hollow::filled(&server_chunk().0, &server_actor(visit)).unwrap_or_default();
    let chunks = [
        ("by_device", "no dependencies", story::bytes(story::VISIT_CHANGE), device_actor(visit)),
        (
            "by_device_later",
            "one dependency before the actor",
            story::bytes(story::VISIT_CHANGE_2),
            device_actor(visit),
        ),
        ("by_server", "the first one again, as if by the server", by_server, server_actor(visit)),
    ];
    let vector = |(name, about, whole, actor): (_, _, Vec<u8>, [u8; 16])| {
        Json::Object(vec![
            ("name", Json::text(name)),
            ("about", Json::text(about)),
            ("whole", Json::hex(&whole)),
            ("actor", Json::hex(&actor)),
            ("hollow", Json::hex(&hollow::hollowed(&whole, &actor).unwrap_or_default())),
            ("change_hash", story::change_hash(&whole).readable()),
        ])
    };
    chunks.into_iter().map(vector).collect()
}

/// The mark that a body brings the cursor to, if its entries are the whole log up to there.
pub fn upto(body: &PageBody) -> Mark {
    let position = body.entries.last().map_or(0, |entry| entry.position);
    let chain = entries::chain().into_iter().find(|(at, _, _)| *at == position).map(|(_, _, chain)| chain);
    chain.map_or(Mark::START, |chain| Mark { position, chain: chain.tag() })
}

/// A page as the server with [`story::server_key`] sends it.
pub fn page(body: &PageBody, deflated: Vec<u8>) -> Page {
    let upto = upto(body);
    let signature =
        story::sign(&story::server_key(), &statement(&story::EPOCH, &upto, &body.entries, &encode(body)));
    Page { from: 0, upto, more: true, body: Blob(deflated), signature }
}

/// The text that [`statement`] hashes, spelt out a second time: the vector shows it, and the test compares.
pub fn statement_text(upto: &Mark, body: &PageBody) -> Vec<u8> {
    let mut text = b"roadbook page 1\0".to_vec();
    text.extend(story::EPOCH.0);
    text.extend(upto.position.to_be_bytes());
    text.extend(upto.chain.0);
    text.extend((body.entries.len() as u32).to_be_bytes());
    for entry in &body.entries {
        text.extend(entry.position.to_be_bytes());
        text.extend(roadbook_protocol::entry::entry_hash(&entry.salt, &entry.payload.0).0);
    }
    text.extend(story::hash_of(&encode(body)).0);
    text
}

pub fn vectors() -> Vec<Vector> {
    let bodies = [
        ("entries_and_fills", "three entries, a fill that ends in two parts, and an empty heal", body()),
        ("empty", "a page may hold nothing and only move the cursor", PageBody::default()),
        ("entries", "a live page: no fill is open", PageBody { entries: log_entries(), fills: Vec::new() }),
        ("fill", "a page of a fill alone", PageBody { entries: Vec::new(), fills: fills() }),
    ];
    let vector = |(name, about, body): (_, _, PageBody)| {
        let upto = upto(&body);
        let bytes = encode(&body);
        let statement: Hash = statement(&story::EPOCH, &upto, &body.entries, &bytes);
        let derived = vec![
            ("epoch", story::EPOCH.readable()),
            ("upto", upto.readable()),
            ("statement_text", Json::hex(&statement_text(&upto, &body))),
            ("statement", statement.readable()),
            ("server_key", story::public_key(&story::server_key())),
            ("signature", story::sign(&story::server_key(), &statement).readable()),
        ];
        Vector { name, about, bytes, decoded: body.readable(), derived }
    };
    bodies.into_iter().map(vector).collect()
}
