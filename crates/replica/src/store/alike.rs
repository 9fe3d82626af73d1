//! By what accounts and contacts are found that may be one: a few keys of each, kept with its view.

use std::collections::BTreeSet;

use roadbook_model::alike::{SHARED_MAX, Traits};
use roadbook_model::{AccountId, Fields, Kind, RecordId};
use roadbook_sync::device::View;
use rusqlite::Connection;

use super::failure::Failure;
use super::values::Sixteen;

/// Whether records of a kind may be one.
pub(crate) fn concerns(kind: Kind) -> bool {
    kind == Kind::ACCOUNT || kind == Kind::CONTACT
}

/// The traits of a record of an account.
pub(crate) fn traits(kind: Kind, fields: &Fields, account: Option<AccountId>) -> Traits {
    Traits::of(fields, account.filter(|_| kind == Kind::CONTACT))
}

/// Keeps the keys of what is shown; an account that was merged has none.
pub(super) fn put(connection: &Connection, view: &View<'_>) -> Result<(), Failure> {
    let kind = view.envelope.kind;
    if !concerns(kind) {
        return Ok(());
    }
    let is_merged = kind == Kind::ACCOUNT && view.account != view.envelope.account;
    let keys = match is_merged {
        true => BTreeSet::new(),
        false => traits(kind, view.fields, Some(view.account)).keys(),
    };
    let wanted: BTreeSet<String> = keys.iter().map(|key| of_kind(kind, key)).collect();
    let record = Sixteen::from(view.envelope.id);
    let mut statement = connection.prepare_cached("SELECT key FROM alike WHERE record = ?")?;
    let known: BTreeSet<String> =
        statement.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut gone = connection.prepare_cached("DELETE FROM alike WHERE key = ? AND record = ?")?;
    for key in known.difference(&wanted) {
        gone.execute((key, record))?;
    }
    let mut new = connection.prepare_cached("INSERT INTO alike (key, record) VALUES (?, ?)")?;
    for key in wanted.difference(&known) {
        new.execute((key, record))?;
    }
    Ok(())
}

/// Forgets the keys of a record.
pub(super) fn delete(connection: &Connection, record: RecordId) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM alike WHERE record = ?")?.execute([Sixteen::from(record)])?;
    Ok(())
}

/// Records of a kind that share a key with these traits, but none that too many share.
pub(crate) fn sharing(
    connection: &Connection,
    kind: Kind,
    traits: &Traits,
) -> Result<BTreeSet<RecordId>, Failure> {
    let mut statement = connection.prepare_cached("SELECT record FROM alike WHERE key = ? LIMIT ?")?;
    let most = i64::try_from(SHARED_MAX + 1).unwrap_or(i64::MAX);
    let mut found = BTreeSet::new();
    for key in traits.probes() {
        let rows = statement.query_map((of_kind(kind, &key), most), |row| row.get::<_, Sixteen>(0))?;
        let records: Vec<RecordId> = rows.map(|row| row.map(RecordId::from)).collect::<Result<_, _>>()?;
        if records.len() <= SHARED_MAX {
            found.extend(records);
        }
    }
    Ok(found)
}

fn of_kind(kind: Kind, key: &str) -> String {
    format!("{} {key}", kind.name())
}
