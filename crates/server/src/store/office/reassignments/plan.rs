//! Planning: who and what is resolved and checked, and written down with the accounts concerned. Calling it off.

use chrono::{DateTime, Utc};
use roadbook_model::{PersonId, ReassignmentId, TerritoryId};
use serde_json::{Value as Json, json};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::holders::{HandOver, HolderChange};
use super::select::{self, Item};
use super::stage::{Change, basis};
use super::{
    Basis, GRACE_S_MAX, NOTE_CHARS_MAX, NewReassignment, Reassigned, Selection, Shape, Target, Terms,
    not_there, refused, stale, unknown,
};
use crate::ambient::{self, moment};
use crate::store::cells::{policy_word, signed};
use crate::store::office::audit::{self, Act, By};
use crate::store::{Store, Stored};

/// A plan may name a moment that has just passed: clocks differ, and forms take time.
const PAST_S_MAX: i64 = 60;

/// What was asked for, resolved.
pub(super) enum Resolved {
    Accounts(Vec<Item>),
    Holders(HandOver, HolderChange),
}

impl Resolved {
    fn shape(&self) -> Shape {
        match self {
            Self::Accounts(_) => Shape::Accounts,
            Self::Holders(..) => Shape::Holders,
        }
    }

    pub(super) fn into_change(self) -> Change {
        match self {
            Self::Accounts(items) => Change::Accounts(items),
            Self::Holders(_, change) => Change::Holders(change),
        }
    }
}

/// What somebody did by ordering a reassignment, as the audit tells it.
pub(in crate::store::office) struct Deed<'a> {
    /// Who.
    pub by: &'a By,
    /// What: the rows of the audit.
    pub acts: Vec<Act<'a>>,
}

impl<'a> Deed<'a> {
    /// The order itself.
    pub(in crate::store::office) fn ordered(by: &'a By, id: ReassignmentId, new: &NewReassignment) -> Self {
        let subject = Some(("reassignment", id.uuid()));
        Self { by, acts: vec![Act { action: "reassignment.add", subject, detail: asked(new) }] }
    }
}

impl Store {
    /// Plans a reassignment, to take effect when it is due.
    ///
    /// # Errors
    /// When something is unknown, cannot be, would change nothing, or is planned to change otherwise already.
    #[instrument(name = "db.reassignment.plan", skip_all, err(level = "debug"))]
    pub async fn plan_reassignment(&self, new: &NewReassignment, by: PersonId) -> Reassigned<ReassignmentId> {
        let turnstile = self.turnstile().await?;
        let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        let planned = self.plan(id, new, by, None).await;
        turnstile.leave().await;
        planned.map(|()| id)
    }

    /// The same by whoever has passed the turnstile, under an id, and with what somebody did by it in the audit.
    pub(super) async fn plan(
        &self,
        id: ReassignmentId,
        new: &NewReassignment,
        by: PersonId,
        deed: Option<&Deed<'_>>,
    ) -> Reassigned<()> {
        let now = moment(ambient::now_ms());
        let mut tx = self.pool().begin().await?;
        let resolved = resolve(&mut tx, new, now).await?;
        if let Some(before) = new.basis {
            check_basis(&mut tx, before, &resolved).await?;
        }
        insert(&mut tx, id, new, &resolved, by, now).await?;
        if let Resolved::Accounts(items) = &resolved {
            check_overlap(&mut tx, items).await?;
            check_return(&mut tx, items, new.effect_at.unwrap_or(now), new.ends_at).await?;
            insert_items(&mut tx, id, items).await?;
        }
        if let Some(deed) = deed {
            for act in &deed.acts {
                audit::record(&mut tx, Some(deed.by), act.clone()).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Calls a planned reassignment off. Of one that failed by itself, this says that somebody has seen it.
    ///
    /// # Errors
    /// When it is unknown, in effect or over.
    #[instrument(name = "db.reassignment.cancel", skip_all, fields(%id), err(level = "debug"))]
    pub async fn cancel_reassignment(&self, id: ReassignmentId, by: &By) -> Reassigned<()> {
        let now = moment(ambient::now_ms());
        let mut tx = self.pool().begin().await?;
        let cancelled = sqlx::query!(
            "
            update org.reassignment set outcome = 'cancelled', ended_at = coalesce(ended_at, $2), ended_by = $3
            where id = $1 and first_position is null and (outcome is null or ended_by is null)
            ",
            id.uuid(),
            now,
            by.person.uuid()
        )
        .execute(&mut *tx)
        .await?;
        if cancelled.rows_affected() == 1 {
            note(&mut tx, by, "reassignment.cancel", id, json!({})).await?;
            tx.commit().await?;
            return Ok(());
        }
        let query = sqlx::query_scalar!("select outcome from org.reassignment where id = $1", id.uuid());
        match query.fetch_optional(self.pool()).await? {
            None => Err(not_there(id)),
            Some(Some(outcome)) => Err(refused("not_planned", format!("this reassignment is {outcome}"))),
            Some(None) => Err(refused(
                "not_planned",
                "this reassignment is in effect; reverse it instead of cancelling it",
            )),
        }
    }
}

/// Resolves and checks what is asked for, as of now.
pub(super) async fn resolve(
    connection: &mut PgConnection,
    new: &NewReassignment,
    now: DateTime<Utc>,
) -> Reassigned<Resolved> {
    check_terms(&new.terms)?;
    check_times(new, now)?;
    if let Some(hand_over) = hand_over(connection, new).await? {
        let change = hand_over.change(connection, now).await?;
        return Ok(Resolved::Holders(hand_over, change));
    }
    let items = select::items(connection, &new.what, new.to).await?;
    if items.is_empty() {
        return Err(refused("nothing_to_move", "no account would go anywhere else"));
    }
    if !new.allow_unheld {
        select::check_held(connection, &items).await?;
    }
    Ok(Resolved::Accounts(items))
}

/// What is asked for as a change of holders, if it is one: a territory or a person's holdings that go to a person.
async fn hand_over(connection: &mut PgConnection, new: &NewReassignment) -> Reassigned<Option<HandOver>> {
    let Some(Target::Person(to)) = new.to else { return Ok(None) };
    let (from_territory, from_person) = match &new.what {
        Selection::Territory(territory) => (Some(territory.uuid()), None),
        Selection::Person(person) => (None, Some(*person)),
        _ => return Ok(None),
    };
    select::known_person(connection, to).await?;
    if let Some(territory) = from_territory {
        select::known_territories(connection, &[territory]).await?;
    }
    if let Some(person) = from_person {
        select::known_person_or_former(connection, person).await?;
    }
    let from_person = from_person.map(PersonId::uuid);
    let is_cover = new.ends_at.is_some();
    Ok(Some(HandOver { from_territory, from_person, to_person: to.uuid(), is_cover }))
}

pub(super) fn check_terms(terms: &Terms) -> Reassigned<()> {
    if !(0..=GRACE_S_MAX).contains(&terms.grace_s) {
        return Err(refused("grace_out_of_range", "a grace period has 0 seconds to 10 years"));
    }
    let note = terms.note.as_deref().unwrap_or_default();
    if note.chars().count() > NOTE_CHARS_MAX || note.contains('\0') {
        return Err(refused("note_too_long", format!("a note has at most {NOTE_CHARS_MAX} characters")));
    }
    Ok(())
}

fn check_times(new: &NewReassignment, now: DateTime<Utc>) -> Reassigned<()> {
    let effect_at = new.effect_at.unwrap_or(now);
    if (now - effect_at).num_seconds() > PAST_S_MAX {
        return Err(refused("past_time", "it cannot take effect in the past"));
    }
    if new.ends_at.is_some_and(|ends_at| ends_at <= effect_at || ends_at <= now) {
        return Err(refused("past_time", "a cover comes back after it began, and not in the past"));
    }
    Ok(())
}

/// Whether what a preview was made from still stands, as far as it is concerned.
async fn check_basis(connection: &mut PgConnection, before: Basis, resolved: &Resolved) -> Reassigned<()> {
    if basis(connection).await?.changes != before.changes {
        return Err(stale());
    }
    let Resolved::Accounts(items) = resolved else { return Ok(()) };
    let accounts: Vec<Uuid> = items.iter().map(|item| item.account).collect();
    let query = sqlx::query_scalar!(
        r#"
        select exists (
            select from sync.place where account_id = any($1) and until_position is null and from_position > $2
        ) as "moved!"
        "#,
        &accounts,
        signed(before.position)
    );
    if query.fetch_one(connection).await? { Err(stale()) } else { Ok(()) }
}

/// Whoever plans has passed the turnstile, so that no other plan is being made.
async fn check_overlap(connection: &mut PgConnection, items: &[Item]) -> Reassigned<()> {
    let accounts: Vec<Uuid> = items.iter().map(|item| item.account).collect();
    let query = sqlx::query!(
        r#"
        select item.account_id, planned.id
        from org.reassignment planned
        join org.reassignment_account item on item.reassignment_id = planned.id
        where planned.first_position is null and planned.outcome is null and item.account_id = any($1) limit 1
        "#,
        &accounts
    );
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(()) };
    let text = format!(
        "account {} is in reassignment {}, which is planned; cancel that one first",
        row.account_id, row.id
    );
    Err(refused("overlapping_move", text))
}

/// A cover of accounts that are covered meanwhile must come back first: the other one's return would not find them where it
/// put them, and this one's would bring them back to a substitute for good. One that begins when the other is over may be.
async fn check_return(
    connection: &mut PgConnection,
    items: &[Item],
    effect_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
) -> Reassigned<()> {
    let Some(ends_at) = ends_at else { return Ok(()) };
    let accounts: Vec<Uuid> = items.iter().map(|item| item.account).collect();
    let query = sqlx::query!(
        r#"
        select item.account_id, cover.id, back.effect_at
        from org.reassignment back
        join org.reassignment cover on cover.id = back.reverses
        join org.reassignment_account item on item.reassignment_id = cover.id
        join sync.account on account.id = item.account_id
            and (account.territory_id = item.to_territory_id or account.territory_id = org.in_use(item.to_territory_id))
        where back.first_position is null and back.outcome is null and back.effect_at <= $2 and back.effect_at > $3
          and item.account_id = any($1) limit 1
        "#,
        &accounts,
        ends_at,
        effect_at
    );
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(()) };
    let text = format!(
        "account {} is covered until {} by reassignment {}; let this cover end before that or begin then, or reverse that one first",
        row.account_id,
        row.effect_at.to_rfc3339(),
        row.id
    );
    Err(refused("overlapping_move", text))
}

async fn insert(
    connection: &mut PgConnection,
    id: ReassignmentId,
    new: &NewReassignment,
    resolved: &Resolved,
    by: PersonId,
    now: DateTime<Utc>,
) -> Reassigned<()> {
    let hand_over = match resolved {
        Resolved::Holders(hand_over, _) => Some(hand_over),
        Resolved::Accounts(_) => None,
    };
    let inserted = sqlx::query!(
        "
        insert into org.reassignment
            (id, kind, shape, asked, from_territory_id, from_person_id, to_person_id, late_policy, grace_s, note,
             allow_unheld, created_by, created_at, effect_at, ends_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ",
        id.uuid(),
        if new.ends_at.is_some() { "cover" } else { "permanent" },
        resolved.shape().as_str(),
        asked(new),
        hand_over.and_then(|it| it.from_territory),
        hand_over.and_then(|it| it.from_person),
        hand_over.map(|it| it.to_person),
        policy_word(new.terms.late_policy),
        new.terms.grace_s,
        new.terms.note,
        new.allow_unheld,
        by.uuid(),
        now,
        new.effect_at.unwrap_or(now),
        new.ends_at
    )
    .execute(connection)
    .await;
    match inserted {
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Err(unknown("person", by)),
        done => Ok(done.map(drop)?),
    }
}

/// What was asked for, for people to read later. The accounts of a list have a table of their own.
fn asked(new: &NewReassignment) -> Json {
    let what = match &new.what {
        Selection::Accounts(accounts) => json!({ "accounts": accounts.len() }),
        Selection::Each(list) => json!({ "each": list.len() }),
        other => json!(other),
    };
    json!({ "what": what, "to": new.to })
}

/// Notes in the audit what somebody did to a reassignment.
pub(super) async fn note(
    connection: &mut PgConnection,
    by: &By,
    action: &str,
    id: ReassignmentId,
    detail: Json,
) -> Stored<()> {
    let act = Act { action, subject: Some(("reassignment", id.uuid())), detail };
    Ok(audit::record(connection, Some(by), act).await?)
}

async fn insert_items(connection: &mut PgConnection, id: ReassignmentId, items: &[Item]) -> Stored<()> {
    let accounts: Vec<Uuid> = items.iter().map(|item| item.account).collect();
    let from: Vec<Uuid> = items.iter().map(|item| item.from).collect();
    let to: Vec<Uuid> = items.iter().map(|item| item.to).collect();
    sqlx::query!(
        "
        insert into org.reassignment_account (reassignment_id, account_id, from_territory_id, to_territory_id)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[])
        ",
        id.uuid(),
        &accounts,
        &from,
        &to
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl From<TerritoryId> for Target {
    fn from(territory: TerritoryId) -> Self {
        Self::Territory(territory)
    }
}

impl From<PersonId> for Target {
    fn from(person: PersonId) -> Self {
        Self::Person(person)
    }
}
