//! What drains of reassignments whose rows have not all followed yet: counted by their entries as well as by rows.

use std::collections::BTreeMap;

use roadbook_protocol::Entry;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::Stored;
use crate::store::cells::read;

/// How much has not been closed of what a reassignment withdrew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drains {
    pub(super) devices: i64,
    pub(super) leases: i64,
}

/// The drains of those of some reassignments that are in flight. The view `record.reassignments` counts rows, so that it
/// would say of a large move that just took effect that nothing drains.
pub(super) async fn drains(connection: &mut PgConnection, ids: &[Uuid]) -> Stored<BTreeMap<Uuid, Drains>> {
    let mut drains = BTreeMap::new();
    for (id, withdrawn) in withdrawn(connection, ids).await? {
        // One that was closed meanwhile was stored whole.
        let counted = sqlx::query_as!(
            Drains,
            r#"
            select count(distinct lease.device_id) as "devices!", count(*) as "leases!"
            from org.reassignment flight
            join sync.lease on lease.withdrawn between flight.first_position and flight.last_position
                or (lease.withdrawn is null and lease.id = any($2))
            where flight.id = $1 and lease.closed is null
            "#,
            id,
            &withdrawn
        );
        drains.insert(id, counted.fetch_one(&mut *connection).await?);
    }
    Ok(drains)
}

/// The leases that entries of flights withdraw whose rows have not followed.
async fn withdrawn(connection: &mut PgConnection, ids: &[Uuid]) -> Stored<BTreeMap<Uuid, Vec<Uuid>>> {
    let query = sqlx::query!(
        r#"
        select flight.id, entry.payload
        from org.reassignment flight
        join log.entry on entry.position > flight.followed_position and entry.position <= flight.last_position
        where flight.id = any($1) and flight.followed_position < flight.last_position and entry.type = 'withdrawn'
        "#,
        ids
    );
    let mut leases: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in query.fetch_all(connection).await? {
        if let Entry::Withdrawn(entry) = read("entry", &row.payload)? {
            leases.entry(row.id).or_default().extend(entry.leases.iter().map(|lease| lease.uuid()));
        }
    }
    Ok(leases)
}
