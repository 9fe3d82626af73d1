//! Who comes to hold which territories: the change of holders behind a reassignment of that shape.

use chrono::{DateTime, Utc};
use roadbook_model::ReassignmentId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::select::with_parts;
use super::{Reassigned, ReassignmentError, refused};
use crate::ambient;
use crate::store::Stored;
use crate::store::office::OfficeError;
use crate::store::office::holders::check_clashes;

/// A change of holders, worked out but not made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HolderChange {
    /// Holdings that end.
    pub ended: Vec<Uuid>,
    /// Holdings that begin: who, what, in what capacity.
    pub added: Vec<(Uuid, Uuid, String)>,
    /// The territories concerned, with all their parts.
    pub territories: Vec<Uuid>,
}

/// What changes hands between whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HandOver {
    pub from_territory: Option<Uuid>,
    pub from_person: Option<Uuid>,
    pub to_person: Uuid,
    pub is_cover: bool,
}

struct Held {
    id: Uuid,
    person_id: Uuid,
    territory_id: Uuid,
    capacity: String,
}

impl HandOver {
    /// The change that this is at a moment.
    pub(super) async fn change(
        self,
        connection: &mut PgConnection,
        at: DateTime<Utc>,
    ) -> Reassigned<HolderChange> {
        if self.from_person == Some(self.to_person) {
            return Err(refused("to_oneself", "nobody takes over or covers for oneself"));
        }
        let held = current(connection, self.from_territory, self.from_person, at).await?;
        let own = current(connection, None, Some(self.to_person), at).await?;
        // A cover does not pass on: it ends with its own reassignment.
        let held: Vec<Held> = held.into_iter().filter(|row| row.capacity != "cover").collect();
        let mut change = HolderChange::default();
        let mut wanted: Vec<(Uuid, String)> = match (self.is_cover, self.from_territory) {
            (true, Some(territory)) => vec![(territory, "cover".to_owned())],
            (true, None) => held.iter().map(|row| (row.territory_id, "cover".to_owned())).collect(),
            (false, Some(territory)) => vec![(territory, "owner".to_owned())],
            (false, None) => held.iter().map(|row| (row.territory_id, row.capacity.clone())).collect(),
        };
        let holds = |territory: Uuid| {
            own.iter().any(|row| row.territory_id == territory && (self.is_cover || row.capacity != "cover"))
        };
        wanted.retain(|(territory, _)| !holds(*territory));
        wanted.sort();
        wanted.dedup();
        change.added = wanted.into_iter().map(|(place, word)| (self.to_person, place, word)).collect();
        if !self.is_cover {
            let passing = held.iter().filter(|row| row.person_id != self.to_person);
            // Whoever covered a territory and now holds it does so once.
            let covers = own.iter().filter(|row| {
                row.capacity == "cover" && change.added.iter().any(|added| added.1 == row.territory_id)
            });
            change.ended = passing.map(|row| row.id).chain(covers.map(|row| row.id)).collect();
        }
        let of_ended = held.iter().filter(|row| change.ended.contains(&row.id)).map(|row| row.territory_id);
        let roots: Vec<Uuid> = change.added.iter().map(|added| added.1).chain(of_ended).collect();
        change.territories = with_parts(connection, &roots).await?;
        change.or_nothing()
    }
}

/// Who holds a territory, or what a person holds.
async fn current(
    connection: &mut PgConnection,
    territory: Option<Uuid>,
    person: Option<Uuid>,
    at: DateTime<Utc>,
) -> Stored<Vec<Held>> {
    let query = sqlx::query_as!(
        Held,
        "
        select id, person_id, territory_id, capacity from org.holder
        where from_at <= $3 and (to_at is null or to_at > $3) and (territory_id = $1 or person_id = $2)
        ",
        territory,
        person,
        at
    );
    Ok(query.fetch_all(connection).await?)
}

impl HolderChange {
    /// What undoes the change that a reassignment made, as far as it still stands.
    pub(super) async fn undoing(
        connection: &mut PgConnection,
        reassignment: ReassignmentId,
        at: DateTime<Utc>,
    ) -> Reassigned<Self> {
        let rows = sqlx::query!(
            r#"
            select holder.id, holder.person_id, holder.territory_id, holder.capacity, change = 'added' as "added!",
                   (to_at is null or to_at > $2) as "current!"
            from org.reassignment_holder
            join org.holder on holder.id = reassignment_holder.holder_id
            join org.person on person.id = holder.person_id
            where reassignment_id = $1 and (change = 'added' or person.active and capacity <> 'cover')
            "#,
            reassignment.uuid(),
            at
        )
        .fetch_all(&mut *connection)
        .await?;
        let (added, ended): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.added);
        let mut change = Self::default();
        let mut roots = Vec::new();
        for row in added.into_iter().filter(|row| row.current) {
            change.ended.push(row.id);
            roots.push(row.territory_id);
        }
        for row in ended {
            roots.push(row.territory_id);
            change.added.push((row.person_id, row.territory_id, row.capacity));
        }
        change.added = without_held(connection, change.added, at).await?;
        change.territories = with_parts(connection, &roots).await?;
        change.or_nothing()
    }

    fn or_nothing(self) -> Reassigned<Self> {
        if self.ended.is_empty() && self.added.is_empty() {
            return Err(refused("nothing_to_move", "nothing would change hands"));
        }
        Ok(self)
    }

    /// Makes the change, and notes it as the reassignment's.
    pub(super) async fn make(
        &self,
        connection: &mut PgConnection,
        reassignment: ReassignmentId,
        at: DateTime<Utc>,
    ) -> Reassigned<()> {
        sqlx::query!(
            "
            with ended as (
                update org.holder set to_at = greatest($3, from_at + interval '1 microsecond'), ended_at = $3,
                    version = version + 1
                where id = any($2) returning id
            )
            insert into org.reassignment_holder (reassignment_id, holder_id, change)
            select $1, id, 'ended' from ended
            ",
            reassignment.uuid(),
            &self.ended,
            at
        )
        .execute(&mut *connection)
        .await?;
        for (person, territory, capacity) in &self.added {
            let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
            sqlx::query!(
                "
                with added as (
                    insert into org.holder (id, person_id, territory_id, capacity, from_at, begun_at)
                    values ($2, $3, $4, $5, $6, $6) returning id
                )
                insert into org.reassignment_holder (reassignment_id, holder_id, change)
                select $1, id, 'added' from added
                ",
                reassignment.uuid(),
                id.uuid(),
                person,
                territory,
                capacity,
                at
            )
            .execute(&mut *connection)
            .await?;
        }
        for (_, territory, _) in &self.added {
            check_clashes(&mut *connection, (*territory).into()).await.map_err(no_clash)?;
        }
        Ok(())
    }
}

/// Two owners at once, or somebody twice at once: perhaps with a holding that is planned.
fn no_clash(error: OfficeError) -> ReassignmentError {
    match error {
        OfficeError::Store(error) => ReassignmentError::Store(error),
        OfficeError::Conflict { code, text } => refused(code, text),
        error => refused("impossible", error.to_string()),
    }
}

/// Those that do not stand already.
async fn without_held(
    connection: &mut PgConnection,
    wanted: Vec<(Uuid, Uuid, String)>,
    at: DateTime<Utc>,
) -> Stored<Vec<(Uuid, Uuid, String)>> {
    let people: Vec<Uuid> = wanted.iter().map(|row| row.0).collect();
    let rows = sqlx::query!(
        "
        select person_id, territory_id, capacity from org.holder
        where person_id = any($1) and from_at <= $2 and (to_at is null or to_at > $2)
        ",
        &people,
        at
    )
    .fetch_all(connection)
    .await?;
    let held: Vec<_> = rows.into_iter().map(|row| (row.person_id, row.territory_id, row.capacity)).collect();
    Ok(wanted.into_iter().filter(|row| !held.contains(row)).collect())
}
