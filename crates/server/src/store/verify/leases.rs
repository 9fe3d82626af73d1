//! The leases again, from the entries that grant, withdraw and close them, and compared with the stored ones.
//!
//! Two things about leases stand in no entry of their own. The lease that was to open with a held account is in the held
//! item. And a store that is given a new generation ends what the one before had: such an end is held against the device.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, LeaseId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::{Entry, Item, ItemBody};
use roadbook_sync::ledger::book::ItemKey;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Problem, Verification};
use crate::ambient::moment;
use crate::store::Stored;
use crate::store::cells::{policy_word, signed, unsigned, unsigned32};

/// Leases that are read at once.
const PIECE: i64 = 5_000;
/// What problems call the table.
const TABLE: &str = "sync.lease";

/// A lease as the log gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    device: DeviceId,
    subject: Subject,
    granted: u64,
    withdrawn: Option<(u64, &'static str, DateTime<Utc>)>,
    closed: Option<u64>,
}

/// All leases that the log speaks of.
#[derive(Debug, Default)]
pub(super) struct Leases {
    given: BTreeMap<LeaseId, Given>,
    /// Accounts that came to be by a release: whose held item it was, and where.
    released: BTreeMap<ItemKey, u64>,
}

impl Leases {
    /// Takes in what an entry says.
    pub(super) fn apply(&mut self, position: u64, entry: &Entry) {
        match entry {
            Entry::Granted(entry) => {
                for grant in &entry.grants {
                    self.open(grant.lease, entry.device, grant.subject, position);
                }
            }
            Entry::Withdrawn(entry) => {
                let how = (position, policy_word(entry.policy), moment(entry.grace_until_ms));
                for lease in &entry.leases {
                    if let Some(given) = self.given.get_mut(lease) {
                        given.withdrawn = Some(how);
                    }
                }
            }
            Entry::Closed(entry) => {
                if let Some(given) = self.given.get_mut(&entry.lease) {
                    given.closed = Some(position);
                }
            }
            Entry::Changes(entry) => {
                let (Some(opened), Some(device)) = (entry.opens, entry.author.device) else { return };
                match opened.lease {
                    Some(lease) => self.open(lease, device, Subject::Account(entry.account), position),
                    None => {
                        let key = (device, entry.author.store_generation, entry.author.number);
                        self.released.insert(key, position);
                    }
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, lease: LeaseId, device: DeviceId, subject: Subject, granted: u64) {
        let given = Given { device, subject, granted, withdrawn: None, closed: None };
        self.given.insert(lease, given);
    }

    /// Rule B4: the lease of an account whose creation was held is known, and ends with the release as it begins.
    fn note_unborn(&mut self, key: ItemKey, item: &Item) {
        let ItemBody::Changes(body) = &item.body else { return };
        let Some((new, lease)) = body.new.as_ref().and_then(|new| Some((new, new.opens?))) else { return };
        let born = self.released.get(&key).copied();
        let ends = |position| (position, policy_word(LatePolicy::Accept), moment(i64::MAX));
        self.given.entry(lease).or_insert(Given {
            device: key.0,
            subject: Subject::Account(new.account),
            granted: born.unwrap_or(0),
            withdrawn: born.map(ends),
            closed: born,
        });
    }
}

/// Compares the stored leases with those of the log.
pub(super) async fn compare(
    connection: &mut PgConnection,
    mut leases: Leases,
    found: &mut Verification,
) -> Stored<()> {
    unborn(connection, &mut leases).await?;
    let renewed = renewed(connection).await?;
    let mut last = Uuid::nil();
    loop {
        let query = sqlx::query!(
            "
            select id, device_id, account_id, territory_id, granted, withdrawn, late_policy, grace_until, closed
            from sync.lease where id > $1 order by id limit $2
            ",
            last,
            PIECE
        );
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { break };
        last = end.id;
        for row in rows {
            found.leases += 1;
            let Some(given) = leases.given.remove(&LeaseId::from(row.id)) else {
                found.report(Problem::Unfounded { table: TABLE.to_owned(), row: row.id.to_string() });
                continue;
            };
            let (account, territory) = match given.subject {
                Subject::Account(account) => (Some(account.uuid()), None),
                Subject::Territory(territory) => (None, Some(territory.uuid())),
            };
            let withdrawn = row.withdrawn.map(unsigned).zip(row.late_policy.as_deref()).zip(row.grace_until);
            let withdrawn = withdrawn.map(|((position, policy), grace)| (position, policy, grace));
            let closed = row.closed.map(unsigned);
            let differs = if (row.device_id, row.account_id, row.territory_id)
                != (given.device.uuid(), account, territory)
            {
                Some("holder or subject")
            } else if row.granted != signed(given.granted) {
                Some("grant")
            } else if withdrawn != given.withdrawn {
                Some("withdrawal")
            } else if closed != given.closed
                && !(ended_by_renewal(&given, closed) && renewed.contains(&given.device))
            {
                Some("close")
            } else {
                None
            };
            if let Some(what) = differs {
                found.report(Problem::Differs { table: TABLE, row: row.id.to_string(), what });
            }
        }
    }
    for id in leases.given.into_keys() {
        found.report(Problem::Missing { table: TABLE.to_owned(), row: id.to_string() });
    }
    Ok(())
}

/// A store that got a new generation closed what the one before had, after it was withdrawn, without a word in the log.
fn ended_by_renewal(given: &Given, closed: Option<u64>) -> bool {
    given.closed.is_none() && given.withdrawn.zip(closed).is_some_and(|(it, closed)| closed >= it.0)
}

/// Devices that were given another store generation.
async fn renewed(connection: &mut PgConnection) -> Stored<BTreeSet<DeviceId>> {
    let query = sqlx::query_scalar!("select id from org.device where store_generation > 1");
    Ok(query.fetch_all(connection).await?.into_iter().map(DeviceId::from).collect())
}

/// Notes the leases of accounts whose creation was held, oldest first.
async fn unborn(connection: &mut PgConnection, leases: &mut Leases) -> Stored<()> {
    let mut last = 0;
    loop {
        let query = sqlx::query!(
            "
            select position, device_id, store_generation, number, bytes from sync.held
            where held and position > $1 order by position limit 500
            ",
            last
        );
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.position;
        for row in rows {
            let key = (DeviceId::from(row.device_id), unsigned32(row.store_generation), unsigned(row.number));
            if let Ok(item) = Item::read(&row.bytes) {
                leases.note_unborn(key, &item);
            }
        }
    }
}
