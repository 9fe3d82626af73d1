//! How the sample stands, and on which of its accounts somebody worked.

use sqlx::PgConnection;
use tracing::instrument;

use super::{Sample, State, Worked};
use crate::store::cells::unsigned;
use crate::store::{Store, Stored};

impl Store {
    /// How the sample stands.
    #[instrument(name = "db.sample.lookup", skip_all, err(level = "debug"))]
    pub async fn lookup_sample(&self) -> Stored<Sample> {
        let mut tx = self.settled().await?;
        lookup(&mut tx).await
    }
}

/// The same within a transaction.
pub(super) async fn lookup(connection: &mut PgConnection) -> Stored<Sample> {
    let query = sqlx::query!(
        r#"
        with account as (
            select account.id from org.sample_part part join sync.account on account.id = part.id
            where part.what = 'account' and account.archived_at is null
        ), holding as (
            select distinct device.id, device.unsent
            from sync.lease join org.device on device.id = lease.device_id
            where lease.account_id in (select id from account) and lease.closed is null and device.state = 'active'
        )
        select
            (select loaded_at from org.sample) as loaded_at, (select removed_at from org.sample) as removed_at,
            (select count(*) from account) as "accounts!",
            (select count(*) from sync.record where account_id in (select id from account)) as "records!",
            (select count(*) from org.sample_part part join org.person on person.id = part.id
             where part.what = 'person' and person.active) as "people!",
            (select count(*) from org.sample_part part join org.territory on territory.id = part.id
             where part.what = 'territory' and territory.archived_at is null) as "territories!",
            (select count(*) from org.sample_reference part join sync.reference using (set, key)
             where reference.position <= part.position) as "reference!",
            (select count(*) from holding) as "devices!",
            (select coalesce(sum(unsent), 0) from holding) as "unsent!"
        "#
    );
    let row = query.fetch_one(&mut *connection).await?;
    let state = match (row.loaded_at, row.removed_at) {
        (None, _) => State::Absent,
        (Some(_), None) => State::Loaded,
        (Some(_), Some(_)) if row.accounts > 0 => State::Partly,
        (Some(_), Some(_)) => State::Removed,
    };
    Ok(Sample {
        state,
        accounts: unsigned(row.accounts),
        records: unsigned(row.records),
        people: unsigned(row.people),
        territories: unsigned(row.territories),
        reference: unsigned(row.reference),
        devices: unsigned(row.devices),
        unsent: unsigned(row.unsent),
        worked: worked(connection).await?,
    })
}

/// Accounts of the sample, in use, that have more in the log than came with it, or are one with another account.
async fn worked(connection: &mut PgConnection) -> Stored<Vec<Worked>> {
    let query = sqlx::query!(
        r#"
        select account.id, coalesce(accounts.name, '') as "name!", later.entries as "entries!", joined.it as "is_joined!"
        from org.sample_part part
        join sync.account on account.id = part.id
        left join record.accounts on accounts.id = account.id
        cross join lateral (
            select count(*) as entries from log.entry
            where entry.account_id = part.id and entry.position > part.position
              and entry.type in ('changes', 'decision', 'held', 'refused', 'conflict', 'fate', 'alias')
        ) later
        cross join lateral (
            select exists (select from sync.one(part.id) one
                           where not exists (select from org.sample_part other
                                             where other.what = 'account' and other.id = one.account_id)) as it
        ) joined
        where part.what = 'account' and account.archived_at is null and (later.entries > 0 or joined.it)
        order by 2, 1
        "#
    );
    let rows = query.fetch_all(connection).await?.into_iter();
    let worked = rows.map(|row| Worked {
        account: row.id.into(),
        name: row.name,
        entries: unsigned(row.entries),
        is_joined: row.is_joined,
    });
    Ok(worked.collect())
}
