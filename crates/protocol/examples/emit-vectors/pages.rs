//! Pages and what is in them.

use roadbook_protocol::page::{FillMark, FillPart, FillRecord, FillToken, Page, PageBody, PageEntry, statement};
use roadbook_protocol::{Blob, Hash, Mark, encode};

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

fn fills() -> Vec<FillPart> {
    let token =
        |order, record, partial| FillToken { account: story::account(), order, record, partial };
    let record = |record, kind: &str, changes: &[&str], more| FillRecord {
        record,
        kind: kind.to_owned(),
        account: story::account(),
        creator: story::person(),
        generation: 0,
        skipped: 0,
        more,
        changes: changes.iter().map(|hex| Blob(story::bytes(hex))).collect(),
        decision: None,
    };
    let account = story::account().record();
    let mut order = record(story::order(), "order", &[], false);
    order.decision = Some(entries::decision());
    order.skipped = 7;
    vec![
        FillPart {
            mark: FillMark { grant: 1, token: Some(token(3, story::visit(), Some(1))) },
            done: false,
            records: vec![
                record(account, "account", &[story::ACCOUNT_CHANGE], false),
                record(story::visit(), "visit", &[story::VISIT_CHANGE], true),
            ],
        },
        FillPart {
            mark: FillMark { grant: 1, token: Some(token(4, story::order(), None)) },
            done: true,
            records: vec![order],
        },
        FillPart { mark: FillMark { grant: 0, token: None }, done: true, records: Vec::new() },
    ]
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
    let signature = story::sign(&story::server_key(), &statement(&story::EPOCH, &upto, body));
    Page { from: 0, upto, more: true, body: Blob(deflated), signature }
}

/// The text that [`statement`] hashes, spelt out a second time: the vector shows it, and the test compares.
pub fn statement_text(upto: &Mark, body: &PageBody) -> Vec<u8> {
    let mut text = b"roadbook page 1\0".to_vec();
    text.extend(story::EPOCH.0);
    text.extend(upto.position.to_be_bytes());
    text.extend(upto.chain.0);
    for entry in &body.entries {
        text.extend(entry.position.to_be_bytes());
        text.extend(roadbook_protocol::entry::entry_hash(&entry.salt, &entry.payload.0).0);
    }
    for record in body.fills.iter().flat_map(|fill| &fill.records) {
        text.extend(record.record.as_bytes());
        record.changes.iter().for_each(|change| text.extend(story::hash_of(&change.0).0));
    }
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
        let statement: Hash = statement(&story::EPOCH, &upto, &body);
        let derived = vec![
            ("epoch", story::EPOCH.readable()),
            ("upto", upto.readable()),
            ("statement_text", Json::hex(&statement_text(&upto, &body))),
            ("statement", statement.readable()),
            ("server_key", story::public_key(&story::server_key())),
            ("signature", story::sign(&story::server_key(), &statement).readable()),
        ];
        Vector { name, about, bytes: encode(&body), decoded: body.readable(), derived }
    };
    bodies.into_iter().map(vector).collect()
}
