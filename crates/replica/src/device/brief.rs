//! The hand-over brief of an account, offline, from what is on the device: accepted work and what waits on top of it.

use std::collections::BTreeMap;

use roadbook_model::brief::{Brief, Decided, Dossier, Part, brief};
use roadbook_model::{AccountId, PersonId, RecordId, document};
use roadbook_protocol::entry::Decision;
use roadbook_sync::device::content;
use rusqlite::Connection;

use super::{Device, DeviceError};
use crate::queries::asked;
use crate::store::values::{Sixteen, sixteen};
use crate::store::{Failure, Store, items, records};

/// The reference set that holds the names of people, by id.
const PEOPLE: &str = "people";

impl Device {
    /// The brief of an account as of now; `None` for one that is not on this device.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn brief(&self, account: AccountId) -> Result<Option<Brief>, DeviceError> {
        self.brief_at(account, self.now_ms())
    }

    /// The same, judged as of a moment (milliseconds since 1970): what is overdue and neglected is so then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn brief_at(&self, account: AccountId, now_ms: i64) -> Result<Option<Brief>, DeviceError> {
        let store = self.store();
        let parts = store.read(|c| parts(c, account))?;
        if !parts.iter().any(|part| part.envelope.id == account.record()) {
            return Ok(None);
        }
        let people = names(&store, &parts)?;
        Ok(Some(brief(&Dossier { account, parts, people, now_ms, outstanding: None })))
    }
}

/// The records of an account that have content here, with those of what was merged into it; not its old profile.
fn parts(connection: &Connection, account: AccountId) -> Result<Vec<Part>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT record FROM view WHERE account = ? AND merged = 0")?;
    let ids = statement.query_map([Sixteen::from(account)], |row| sixteen(row, "record"))?;
    let ids: Vec<RecordId> = ids.collect::<rusqlite::Result<_>>()?;
    let mut parts = Vec::with_capacity(ids.len());
    for id in ids {
        parts.extend(part(connection, id)?);
    }
    Ok(parts)
}

fn part(connection: &Connection, id: RecordId) -> Result<Option<Part>, Failure> {
    let Some(row) = records::lookup(connection, id)? else { return Ok(None) };
    let Some(envelope) = row.envelope.known() else { return Ok(None) };
    let Ok(mut doc) = content::accepted(&row) else { return Ok(None) };
    let pending = items::of_record(connection, id)?;
    let waiting = asked(pending.iter().filter(|item| !item.tray));
    let pending: Vec<Vec<u8>> =
        pending.iter().filter(|item| !item.tray).flat_map(content::changes_of).collect();
    if content::merge(&mut doc, pending.iter().map(Vec::as_slice)).is_err() {
        return Ok(None);
    }
    let spec = envelope.kind.spec();
    let conflicts = document::conflicts(spec, &doc).into_iter().map(|conflict| conflict.path).collect();
    let decision = standing(row.decision, waiting.map(|waiting| waiting.state));
    Ok(Some(Part { envelope, fields: document::hydrate(spec, &doc), decision, conflicts }))
}

/// What was decided; a request that waits is told by what it asks for, as everywhere on the device.
fn standing(decided: Option<Decision>, asked: Option<String>) -> Option<Decided> {
    let (number, currency) =
        decided.as_ref().map_or((None, None), |it| (it.number.clone(), it.currency.clone()));
    match (asked, decided) {
        (Some(state), _) => Some(Decided { state, number, total_minor: None, currency, effective_ms: None }),
        (None, Some(Decision { state, total_minor, effective_ms, .. })) => {
            Some(Decided { state, number, total_minor, currency, effective_ms })
        }
        (None, None) => None,
    }
}

/// The names of the people whom the records name, as far as the office published them.
fn names(store: &Store, parts: &[Part]) -> Result<BTreeMap<PersonId, String>, Failure> {
    let mut names = BTreeMap::new();
    for person in Dossier::people_in(parts) {
        let value = store.reference(PEOPLE, &person.to_string())?;
        let name = value.as_ref().and_then(|value| value.get("name")?.as_str());
        names.extend(name.map(|name| (person, name.to_owned())));
    }
    Ok(names)
}
