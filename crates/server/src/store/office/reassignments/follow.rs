//! Rows that follow the entries of a reassignment: leases, places and the central record, in the order of the log and in
//! small pieces, so that no push waits long for a row.

use std::time::Duration;

use roadbook_model::LeaseId;
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Granted, Placed, Subject, Withdrawn};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use crate::ambient::moment;
use crate::store::cells::{policy_word, read, signed, unsigned};
use crate::store::{Store, Stored};

/// Accounts that are written at once: a push that touches one of them waits for the others.
const PLACES_AT_ONCE: usize = 200;
/// Parts of entries after which a piece is committed.
const PIECE_PARTS: usize = 250;
/// Entries that are looked at for a piece.
const PIECE_ENTRIES: i64 = 8;
/// How long to rest between pieces when nobody waits for them: pushes go first.
const REST: Duration = Duration::from_millis(15);

/// What follows can be written again from the log, so that nobody waits for the disk here: should the machine stop, less
/// has followed than seemed, and how far it got is lost with it.
const BEGIN_EAGER: &str = "begin; set local synchronous_commit = off";

impl Store {
    /// Brings all rows in line with what took effect; returns when they are. Several may do so at once.
    #[instrument(name = "db.reassignment.follow", skip_all, err(level = "debug"))]
    pub async fn follow(&self) -> Stored<()> {
        while self.follow_on().await? {}
        Ok(())
    }

    /// The same, giving way to others.
    #[instrument(name = "db.reassignment.follow", skip_all, err)]
    pub async fn follow_gently(&self) -> Stored<()> {
        while self.follow_on().await? {
            tokio::time::sleep(REST).await;
        }
        Ok(())
    }

    /// The same, without waiting for it. Should it fail, the next who looks for what is due does it.
    pub(super) fn follow_soon(&self) {
        let store = self.clone();
        tokio::spawn(async move { store.follow_gently().await });
    }

    /// One piece; false when nothing was left to do.
    async fn follow_on(&self) -> Stored<bool> {
        let _turn = self.following.lock().await;
        let mut tx = self.pool.begin_with(BEGIN_EAGER).await?;
        let query = sqlx::query!(
            r#"
            select id, followed_position as "followed!", last_position as "last!" from org.reassignment
            where followed_position < last_position limit 1 for update
            "#
        );
        let Some(flight) = query.fetch_optional(&mut *tx).await? else { return Ok(false) };
        let entries = entries(&mut tx, unsigned(flight.followed), unsigned(flight.last)).await?;
        let mut piece = Piece::default();
        let mut followed = unsigned(flight.followed);
        for (position, entry) in entries {
            piece.add(position, entry);
            followed = position;
            if piece.parts >= PIECE_PARTS {
                break;
            }
        }
        for places in piece.places.chunks(PLACES_AT_ONCE) {
            // Each chunk is right by itself and may be written twice, so that only the last one is written together with
            // how far they got.
            let mut part = self.pool.begin_with(BEGIN_EAGER).await?;
            store_places(&mut part, places).await?;
            part.commit().await?;
        }
        piece.store_leases(&mut tx).await?;
        sqlx::query!(
            "update org.reassignment set followed_position = $2 where id = $1",
            flight.id,
            signed(followed)
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Writes the rows of entries in the transaction that appends them: a small move is whole at once.
pub(in crate::store::office) async fn follow_at_once(
    connection: &mut PgConnection,
    entries: impl Iterator<Item = (u64, Entry)>,
) -> Stored<()> {
    let mut piece = Piece::default();
    entries.for_each(|(position, entry)| piece.add(position, entry));
    store_places(connection, &piece.places).await?;
    piece.store_leases(connection).await
}

/// The next entries of a flight. An entry has at most some thousand parts, so that a few of them are a piece.
async fn entries(connection: &mut PgConnection, followed: u64, last: u64) -> Stored<Vec<(u64, Entry)>> {
    let query = sqlx::query!(
        "select position, payload from log.entry where position > $1 and position <= $2 order by position limit $3",
        signed(followed),
        signed(last),
        PIECE_ENTRIES
    );
    let rows = query.fetch_all(connection).await?;
    rows.into_iter().map(|row| Ok((unsigned(row.position), read("entry", &row.payload)?))).collect()
}

/// An account, where it lies now, and since which entry.
type Place = (Uuid, Uuid, i64);

/// What some entries say about rows.
#[derive(Default)]
struct Piece {
    places: Vec<Place>,
    withdrawn: Vec<(u64, Withdrawn)>,
    granted: Vec<(u64, Granted)>,
    parts: usize,
}

impl Piece {
    fn add(&mut self, position: u64, entry: Entry) {
        match entry {
            Entry::Placed(placed) => {
                self.parts += placed.accounts.len();
                self.places.extend(places(&placed, position));
            }
            Entry::Withdrawn(withdrawn) => {
                self.parts += withdrawn.leases.len();
                self.withdrawn.push((position, withdrawn));
            }
            Entry::Granted(granted) => {
                self.parts += granted.grants.len();
                self.granted.push((position, granted));
            }
            _ => {}
        }
    }

    async fn store_leases(&self, connection: &mut PgConnection) -> Stored<()> {
        store_withdrawn(connection, &self.withdrawn).await?;
        store_granted(connection, &self.granted).await
    }
}

fn places(placed: &Placed, position: u64) -> impl Iterator<Item = Place> {
    let territory = placed.territory.uuid();
    placed.accounts.iter().map(move |placed| (placed.account.uuid(), territory, signed(position)))
}

/// Rows are locked in the order of their ids, as every append does.
async fn store_places(connection: &mut PgConnection, places: &[Place]) -> Stored<()> {
    let mut places = places.to_vec();
    places.sort_unstable();
    let accounts: Vec<Uuid> = places.iter().map(|place| place.0).collect();
    let territories: Vec<Uuid> = places.iter().map(|place| place.1).collect();
    let positions: Vec<i64> = places.iter().map(|place| place.2).collect();
    sqlx::query!("select from sync.account where id = any($1) order by id for update", &accounts)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "
        with new as (
            select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as new(account_id, territory_id, position)
        ), moved as (
            update sync.account set territory_id = new.territory_id from new where account.id = new.account_id
        ), shown as (
            update record.accounts set territory_id = new.territory_id from new
            where accounts.id = new.account_id and accounts.territory_id <> new.territory_id
        ), ended as (
            update sync.place set until_position = new.position from new
            where place.account_id = new.account_id and until_position is null and from_position < new.position
        )
        insert into sync.place (account_id, territory_id, from_position)
        select account_id, territory_id, position from new on conflict do nothing
        ",
        &accounts,
        &territories,
        &positions
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn store_withdrawn(connection: &mut PgConnection, entries: &[(u64, Withdrawn)]) -> Stored<()> {
    let mut rows: Vec<(LeaseId, i64)> = Vec::new();
    for (position, entry) in entries {
        rows.extend(entry.leases.iter().map(|lease| (*lease, signed(*position))));
    }
    // All entries of one reassignment have the same terms.
    let Some((_, terms)) = entries.first() else { return Ok(()) };
    rows.sort_unstable();
    let leases: Vec<Uuid> = rows.iter().map(|row| row.0.uuid()).collect();
    let positions: Vec<i64> = rows.iter().map(|row| row.1).collect();
    sqlx::query!("select from sync.lease where id = any($1) order by id for update", &leases)
        .execute(&mut *connection)
        .await?;
    // One that was closed meanwhile was stored whole.
    sqlx::query!(
        "
        update sync.lease set withdrawn = new.position, late_policy = $3, grace_until = $4
        from unnest($1::uuid[], $2::bigint[]) as new(id, position)
        where lease.id = new.id and lease.withdrawn is null
        ",
        &leases,
        &positions,
        policy_word(terms.policy),
        moment(terms.grace_until_ms)
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn store_granted(connection: &mut PgConnection, entries: &[(u64, Granted)]) -> Stored<()> {
    let mut leases = Vec::new();
    let (mut devices, mut positions) = (Vec::new(), Vec::new());
    let (mut accounts, mut territories) = (Vec::new(), Vec::new());
    for (position, entry) in entries {
        for grant in &entry.grants {
            leases.push(grant.lease.uuid());
            devices.push(entry.device.uuid());
            positions.push(signed(*position));
            let (account, territory) = match grant.subject {
                Subject::Account(account) => (Some(account.uuid()), None),
                Subject::Territory(territory) => (None, Some(territory.uuid())),
            };
            accounts.push(account);
            territories.push(territory);
        }
    }
    sqlx::query!(
        "
        insert into sync.lease (id, device_id, account_id, territory_id, granted)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) on conflict do nothing
        ",
        &leases,
        &devices,
        &accounts as &[Option<Uuid>],
        &territories as &[Option<Uuid>],
        &positions
    )
    .execute(connection)
    .await?;
    Ok(())
}
