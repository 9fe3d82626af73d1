//! What was answered and what was set aside, held against the entries in which the server's words stand.
//!
//! Most answers follow from one entry word by word. Those that repeat an earlier word (work that was in the record
//! already, a request that was answered, a second close) point to it; that none is missing is seen by their numbers.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{DeviceId, RecordId, RequestId};
use roadbook_protocol::entry::Author;
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Outcome, Receipt};
use roadbook_sync::ledger::book::ItemKey;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Problem, Verification};
use crate::store::Stored;
use crate::store::cells::{hash, read, signed, unsigned, unsigned32};

/// Rows that are read at once, each with its entry.
const PIECE: i64 = 500;

/// What the log says about answers that stand in several entries.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The fates of held items.
    fates: BTreeMap<ItemKey, String>,
    /// Requests that were decided on, and where.
    decided: BTreeMap<RequestId, u64>,
}

impl Answers {
    /// Takes in what an entry says.
    pub(super) fn apply(&mut self, position: u64, entry: &Entry) {
        match entry {
            Entry::Fate(fate) => {
                if let Some(key) = key_of(&fate.author) {
                    self.fates.insert(key, fate.fate.clone());
                }
            }
            Entry::Decision(decision) => {
                self.decided.extend(decision.request.map(|request| (request, position)));
            }
            _ => {}
        }
    }
}

/// Compares receipts, held items and answered requests with the log.
pub(super) async fn compare(
    connection: &mut PgConnection,
    answers: Answers,
    found: &mut Verification,
) -> Stored<()> {
    receipts(connection, found).await?;
    gapless(connection, found).await?;
    held(connection, &answers.fates, found).await?;
    requests(connection, answers.decided, found).await
}

/// Which push an author names.
fn key_of(author: &Author) -> Option<ItemKey> {
    author.device.map(|device| (device, author.store_generation, author.number))
}

/// A push, in words.
fn named(key: ItemKey) -> String {
    format!("{}/{}/{}", key.0, key.1, key.2)
}

async fn receipts(connection: &mut PgConnection, found: &mut Verification) -> Stored<()> {
    let mut last = (Uuid::nil(), 0, 0);
    loop {
        let query = sqlx::query!(
            r#"
            select receipt.device_id, store_generation, number, receipt.person_id, item, receipt.position, receipt,
                   entry.payload as "payload?"
            from sync.receipt left join log.entry on entry.position = receipt.position
            where (receipt.device_id, store_generation, number) > ($1, $2, $3)
            order by receipt.device_id, store_generation, number limit $4
            "#,
            last.0,
            last.1,
            last.2,
            PIECE
        );
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = (end.device_id, end.store_generation, end.number);
        for row in rows {
            found.receipts += 1;
            let key = (DeviceId::from(row.device_id), unsigned32(row.store_generation), unsigned(row.number));
            let told = Told {
                key,
                person: row.person_id,
                item: hash(&row.item)?,
                position: unsigned(row.position),
                receipt: read::<Receipt>("receipt", &row.receipt).ok(),
            };
            let entry = row.payload.map(|payload| read::<Entry>("entry", &payload)).transpose()?;
            if let Some(what) = told.differs(entry.as_ref()) {
                found.report(Problem::Differs { table: "sync.receipt", row: named(key), what });
            }
        }
    }
}

/// A stored answer.
struct Told {
    key: ItemKey,
    person: Uuid,
    item: Hash,
    position: u64,
    receipt: Option<Receipt>,
}

impl Told {
    /// What of it is not as the entry says to which it points.
    fn differs(&self, entry: Option<&Entry>) -> Option<&'static str> {
        let Some(receipt) = &self.receipt else { return Some("receipt") };
        if receipt.number != self.key.2 || receipt.position != self.position {
            return Some("number or position");
        }
        let Some(entry) = entry else { return Some("position") };
        match (&receipt.outcome, entry) {
            (Outcome::InRecord { late }, Entry::Changes(entry)) => {
                // Work that was in the record already is called in time, whoever brought it first.
                let is_own = key_of(&entry.author) == Some(self.key);
                let late_as_told = *late == (is_own && entry.late);
                (!late_as_told).then_some("lateness").or_else(|| self.person_differs(&entry.author))
            }
            // Whether a request came late stands in its answer alone.
            (Outcome::InRecord { .. }, Entry::Decision(_)) => None,
            (Outcome::InRecord { late: false }, Entry::Closed(entry)) => self.is_not_of(entry.device),
            (Outcome::InRecord { late: false }, Entry::Wiped(entry)) => self.is_not_of(entry.device),
            (Outcome::InRecord { late: false }, Entry::Fate(entry)) => {
                entry.author.device.map_or(Some("device"), |device| self.is_not_of(device))
            }
            (Outcome::Held(reason) | Outcome::Refused(reason), Entry::Unaccepted(entry)) => {
                let held = matches!(receipt.outcome, Outcome::Held(_));
                if held != entry.held || *reason != entry.reason {
                    return Some("outcome");
                }
                let is_own = key_of(&entry.author) == Some(self.key);
                let other_bytes = is_own && entry.item != self.item;
                other_bytes.then_some("item").or_else(|| self.person_differs(&entry.author))
            }
            _ => Some("outcome"),
        }
    }

    fn person_differs(&self, author: &Author) -> Option<&'static str> {
        let is_own = key_of(author) == Some(self.key);
        (is_own && author.person.uuid() != self.person).then_some("person")
    }

    fn is_not_of(&self, device: DeviceId) -> Option<&'static str> {
        (device != self.key.0).then_some("device")
    }
}

/// Every store's answers are numbered from 1 on, and the live store's last one is the device's last number.
async fn gapless(connection: &mut PgConnection, found: &mut Verification) -> Stored<()> {
    let query = sqlx::query!(
        r#"
        select device_id as "device!", store_generation as "store_generation!", have as "have!", numbered as "numbered!"
        from (
            select device_id, store_generation, count(*) as have, max(number) as numbered from sync.receipt
            group by device_id, store_generation
            union all
            select id, store_generation, coalesce(last, 0), last_number
            from org.device cross join lateral (
                select max(number) as last from sync.receipt
                where device_id = device.id and receipt.store_generation = device.store_generation
            ) given
        ) told
        where have <> numbered order by device_id, store_generation
        "#
    );
    for row in query.fetch_all(connection).await? {
        let row = format!("{}/{}: {} of {}", row.device, row.store_generation, row.have, row.numbered);
        found.report(Problem::Missing { table: "sync.receipt".to_owned(), row });
    }
    Ok(())
}

async fn held(
    connection: &mut PgConnection,
    fates: &BTreeMap<ItemKey, String>,
    found: &mut Verification,
) -> Stored<()> {
    let mut rest: BTreeSet<ItemKey> = fates.keys().copied().collect();
    let mut last = (Uuid::nil(), 0, 0);
    loop {
        let query = sqlx::query!(
            r#"
            select held.device_id, store_generation, number, person_id, bytes, held.record_id, branch,
                   held.account_id, held, code, fate, entry.payload as "payload?"
            from sync.held left join log.entry on entry.position = held.position
            where (held.device_id, store_generation, number) > ($1, $2, $3)
            order by held.device_id, store_generation, number limit $4
            "#,
            last.0,
            last.1,
            last.2,
            PIECE
        );
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { break };
        last = (end.device_id, end.store_generation, end.number);
        for row in rows {
            found.held += 1;
            let key = (DeviceId::from(row.device_id), unsigned32(row.store_generation), unsigned(row.number));
            rest.remove(&key);
            let entry = row.payload.map(|payload| read::<Entry>("entry", &payload)).transpose()?;
            let Some(Entry::Unaccepted(entry)) = entry.filter(|entry| names(entry, key)) else {
                found.report(Problem::Unfounded { table: "sync.held".to_owned(), row: named(key) });
                continue;
            };
            let (record, branch) = branch_of(&row.bytes).unzip();
            let differs = if item_hash(&row.bytes) != entry.item {
                Some("item")
            } else if (row.held, row.code.as_str()) != (entry.held, entry.reason.code.as_str()) {
                Some("reason")
            } else if row.person_id != entry.author.person.uuid()
                || row.account_id != entry.account.map(|account| account.uuid())
                || row.record_id != record.map(|record| record.uuid())
                || row.branch != branch.map(i64::from)
            {
                Some("person, account or record")
            } else if row.fate.as_ref() != fates.get(&key) {
                Some("fate")
            } else {
                None
            };
            if let Some(what) = differs {
                found.report(Problem::Differs { table: "sync.held", row: named(key), what });
            }
        }
    }
    for key in rest {
        found.report(Problem::Missing { table: "sync.held".to_owned(), row: named(key) });
    }
    not_kept(connection, found).await
}

fn names(entry: &Entry, key: ItemKey) -> bool {
    matches!(entry, Entry::Unaccepted(entry) if key_of(&entry.author) == Some(key))
}

/// The record and branch of an item that holds changes.
fn branch_of(bytes: &[u8]) -> Option<(RecordId, u32)> {
    match Item::read(bytes).ok()?.body {
        ItemBody::Changes(body) => Some((body.record, body.branch)),
        _ => None,
    }
}

/// Entries that set something aside which is not kept.
async fn not_kept(connection: &mut PgConnection, found: &mut Verification) -> Stored<()> {
    let query = sqlx::query_scalar!(
        "
        select position from log.entry
        where type in ('held', 'refused')
          and not exists (select from sync.held where held.position = entry.position)
        order by position limit 100
        "
    );
    for position in query.fetch_all(connection).await? {
        let row = format!("set aside at {position}");
        found.report(Problem::Missing { table: "sync.held".to_owned(), row });
    }
    Ok(())
}

/// Each request that was decided on has that answer; every other answer is the word of an entry, too.
async fn requests(
    connection: &mut PgConnection,
    mut decided: BTreeMap<RequestId, u64>,
    found: &mut Verification,
) -> Stored<()> {
    let mut last = Uuid::nil();
    loop {
        let query = sqlx::query!(
            "select id, receipt from sync.request where id > $1 order by id limit $2",
            last,
            PIECE
        );
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { break };
        last = end.id;
        for row in rows {
            found.requests += 1;
            let receipt = read::<Receipt>("receipt", &row.receipt).ok();
            let position = decided.remove(&RequestId::from(row.id));
            let holds = match receipt {
                Some(Receipt { position: told, outcome: Outcome::InRecord { .. }, .. }) => {
                    position == Some(told)
                }
                Some(receipt) => position.is_none() && was_set_aside(connection, &receipt).await?,
                None => false,
            };
            if !holds {
                let row = row.id.to_string();
                found.report(Problem::Differs { table: "sync.request", row, what: "answer" });
            }
        }
    }
    for id in decided.into_keys() {
        found.report(Problem::Missing { table: "sync.request".to_owned(), row: id.to_string() });
    }
    Ok(())
}

async fn was_set_aside(connection: &mut PgConnection, receipt: &Receipt) -> Stored<bool> {
    let (Outcome::Held(reason) | Outcome::Refused(reason)) = &receipt.outcome else { return Ok(false) };
    let query =
        sqlx::query_scalar!("select payload from log.entry where position = $1", signed(receipt.position));
    let Some(payload) = query.fetch_optional(connection).await? else { return Ok(false) };
    Ok(matches!(read::<Entry>("entry", &payload)?, Entry::Unaccepted(entry) if entry.reason == *reason))
}
