//! Who comes to hold which territories: the change of holders behind a reassignment of that shape.

use chrono::{DateTime, Utc};
use roadbook_model::ReassignmentId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::select::with_parts;
use super::{Reassigned, ReassignmentError, refused};
use crate::ambient;
use crate::store::Stored;
use crate::store::cells::policy_word;
use crate::store::office::OfficeError;
use crate::store::office::holders::{EndTerms, check_clashes};

/// A change of holders, worked out but not made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HolderChange {
    /// Holdings that end.
    pub ended: Vec<Uuid>,
    /// Holdings that begin.
    pub added: Vec<Added>,
    /// The territories concerned, with all their parts.
    pub territories: Vec<Uuid>,
}

/// A holding that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added {
    /// Who.
    pub person: Uuid,
    /// What.
    pub territory: Uuid,
    capacity: String,
    /// Until when by itself: what is handed over ends when it would have.
    to_at: Option<DateTime<Utc>>,
    /// On what terms it ends then.
    end: EndTerms,
}

impl Added {
    /// One with no end in sight.
    pub(super) fn open(person: Uuid, territory: Uuid, capacity: &str) -> Self {
        Self { person, territory, capacity: capacity.to_owned(), to_at: None, end: EndTerms::default() }
    }
}

/// What changes hands between whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HandOver {
    pub from_territory: Option<Uuid>,
    pub from_person: Option<Uuid>,
    pub to_person: Uuid,
    pub is_cover: bool,
}

/// A holding, of somebody who may have left.
struct Held {
    id: Uuid,
    person_id: Uuid,
    active: bool,
    territory_id: Uuid,
    capacity: String,
    to_at: Option<DateTime<Utc>>,
    end_policy: String,
    end_grace_days: i32,
    end_note: Option<String>,
}

impl Held {
    /// The same in another's hands.
    fn with(&self, person: Uuid, capacity: &str) -> Stored<Added> {
        let end = EndTerms::read(&self.end_policy, self.end_grace_days, self.end_note.clone())?;
        let capacity = capacity.to_owned();
        Ok(Added { person, territory: self.territory_id, capacity, to_at: self.to_at, end })
    }
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
        let holds = |territory: Uuid| {
            own.iter().any(|row| row.territory_id == territory && (self.is_cover || row.capacity != "cover"))
        };
        change.added = self.wanted(&held)?.into_iter().filter(|added| !holds(added.territory)).collect();
        if !self.is_cover {
            let passing = held.iter().filter(|row| row.person_id != self.to_person);
            // Whoever covered a territory and now holds it does so once.
            let covers = own.iter().filter(|row| {
                row.capacity == "cover"
                    && change.added.iter().any(|added| added.territory == row.territory_id)
            });
            change.ended = passing.map(|row| row.id).chain(covers.map(|row| row.id)).collect();
        }
        let of_ended = held.iter().filter(|row| change.ended.contains(&row.id)).map(|row| row.territory_id);
        let roots: Vec<Uuid> = change.added.iter().map(|added| added.territory).chain(of_ended).collect();
        change.territories = with_parts(connection, &roots).await?;
        change.or_nothing()
    }
    /// What the new holder comes to hold of what is held now.
    fn wanted(&self, held: &[Held]) -> Stored<Vec<Added>> {
        let Some(territory) = self.from_territory else {
            let capacity = |row: &Held| if self.is_cover { "cover".to_owned() } else { row.capacity.clone() };
            return held.iter().map(|row| row.with(self.to_person, &capacity(row))).collect();
        };
        let capacity = if self.is_cover { "cover" } else { "owner" };
        let added = match held.iter().find(|row| row.capacity == "owner") {
            Some(owner) => owner.with(self.to_person, capacity)?,
            None => Added::open(self.to_person, territory, capacity),
        };
        Ok(vec![added])
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
        select holder.id, person_id, active, territory_id, capacity, to_at, end_policy, end_grace_days, end_note
        from org.holder join org.person on person.id = person_id
        where from_at <= $3 and (to_at is null or to_at > $3) and (territory_id = $1 or person_id = $2)
        order by territory_id, holder.id
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
        let began = sqlx::query!(
            "
            select holder.id, holder.territory_id
            from org.reassignment_holder done join org.holder on holder.id = done.holder_id
            where done.reassignment_id = $1 and done.change = 'added' and (to_at is null or to_at > $2)
            ",
            reassignment.uuid(),
            at
        )
        .fetch_all(&mut *connection)
        .await?;
        let ended = ended_by(connection, reassignment, at).await?;
        let roots = began.iter().map(|row| row.territory_id).chain(ended.iter().map(|row| row.territory_id));
        let roots: Vec<Uuid> = roots.collect();
        let mut change = Self { ended: began.iter().map(|row| row.id).collect(), ..Self::default() };
        for row in ended.iter().filter(|row| row.active) {
            change.added.push(row.with(row.person_id, &row.capacity)?);
        }
        change.added = without_held(connection, change.added, at).await?;
        if ended.iter().any(|row| !row.active) {
            change.must_leave_holders(connection, &roots, at).await?;
        }
        change.territories = with_parts(connection, &roots).await?;
        change.or_nothing()
    }

    /// Whether somebody holds these territories once it is made. Of those who held them before, some do not work here any
    /// more.
    async fn must_leave_holders(
        &self,
        connection: &mut PgConnection,
        territories: &[Uuid],
        at: DateTime<Utc>,
    ) -> Reassigned<()> {
        let people: Vec<Uuid> = self.added.iter().map(|added| added.person).collect();
        let places: Vec<Uuid> = self.added.iter().map(|added| added.territory).collect();
        let query = sqlx::query_scalar!(
            "
            select name from org.territory
            where id = any($1)
              and id not in (select territory_id from org.entitled_if($1, $2, $3, $4, $5) where holds)
            order by name limit 1
            ",
            territories,
            at,
            &self.ended,
            &people,
            &places
        );
        let Some(name) = query.fetch_optional(connection).await? else { return Ok(()) };
        let text = format!(
            "nobody would hold {name}: whoever did before does not work here any more; hand it to somebody else instead"
        );
        Err(refused("nobody_holds", text))
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
            with was as (
                select id, to_at from org.holder where id = any($2)
            ), ended as (
                update org.holder set to_at = greatest($3, from_at + interval '1 microsecond'), ended_at = $3,
                    version = version + 1
                where id = any($2) returning id
            )
            insert into org.reassignment_holder (reassignment_id, holder_id, change, was_to_at)
            select $1, id, 'ended', was.to_at from ended join was using (id)
            ",
            reassignment.uuid(),
            &self.ended,
            at
        )
        .execute(&mut *connection)
        .await?;
        for added in &self.added {
            let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
            sqlx::query!(
                "
                with added as (
                    insert into org.holder (id, person_id, territory_id, capacity, from_at, begun_at, to_at, end_policy,
                                            end_grace_days, end_note)
                    values ($2, $3, $4, $5, $6, $6, $7, $8, $9, $10) returning id
                )
                insert into org.reassignment_holder (reassignment_id, holder_id, change)
                select $1, id, 'added' from added
                ",
                reassignment.uuid(),
                id.uuid(),
                added.person,
                added.territory,
                added.capacity,
                at,
                added.to_at,
                policy_word(added.end.policy),
                i32::from(added.end.grace_days),
                added.end.note
            )
            .execute(&mut *connection)
            .await?;
        }
        for added in &self.added {
            check_clashes(&mut *connection, added.territory.into()).await.map_err(no_clash)?;
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

/// What a reassignment ended, as it would still hold now. A cover that its holder gave up for more comes back too, and ends
/// when it would have.
async fn ended_by(
    connection: &mut PgConnection,
    reassignment: ReassignmentId,
    at: DateTime<Utc>,
) -> Stored<Vec<Held>> {
    let query = sqlx::query_as!(
        Held,
        r#"
        select holder.id as "id!", person_id as "person_id!", active as "active!", territory_id as "territory_id!",
               capacity as "capacity!", least(done.was_to_at, cover.ends_at) as to_at, end_policy as "end_policy!",
               end_grace_days as "end_grace_days!", end_note
        from org.reassignment_holder done
        join org.reassignment on reassignment.id = done.reassignment_id
        join org.holder on holder.id = done.holder_id
        join org.person on person.id = person_id
        join org.territory on territory.id = territory_id and territory.archived_at is null
        left join lateral (
            select cover.ends_at
            from org.reassignment_holder began join org.reassignment cover on cover.id = began.reassignment_id
            where began.holder_id = holder.id and began.change = 'added' and cover.kind = 'cover'
        ) cover on true
        where done.reassignment_id = $1 and done.change = 'ended'
          and coalesce(least(done.was_to_at, cover.ends_at) > $2, true)
          and (capacity <> 'cover' or reassignment.kind = 'permanent')
        "#,
        reassignment.uuid(),
        at
    );
    Ok(query.fetch_all(connection).await?)
}

/// Those that do not stand already.
async fn without_held(
    connection: &mut PgConnection,
    wanted: Vec<Added>,
    at: DateTime<Utc>,
) -> Stored<Vec<Added>> {
    let people: Vec<Uuid> = wanted.iter().map(|added| added.person).collect();
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
    let stands = |added: &Added| {
        rows.iter().any(|row| {
            (row.person_id, row.territory_id, &row.capacity)
                == (added.person, added.territory, &added.capacity)
        })
    };
    Ok(wanted.into_iter().filter(|added| !stands(added)).collect())
}
