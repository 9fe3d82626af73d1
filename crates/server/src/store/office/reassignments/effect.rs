//! Taking effect: staged outside the log's lock, flipped inside it. And undoing what took effect.

use chrono::{DateTime, Utc};
use roadbook_model::{PersonId, ReassignmentId};
use roadbook_protocol::{Entry, Tag16};
use roadbook_sync::ledger::PreparedEntry;
use roadbook_sync::ledger::place::{Handover, Moved};
use serde_json::json;
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::follow::follow_at_once;
use super::holders::{HandOver, HolderChange};
use super::plan::{Deed, check_terms, note};
use super::select::{self, Item};
use super::stage::{Change, Staged, stage};
use super::{NewReassignment, Reassigned, ReassignmentError, Terms, not_there, refused, stale};
use crate::ambient::{self, moment};
use crate::store::append::Append;
use crate::store::cells::{policy, policy_word, read, signed};
use crate::store::office::audit::{self, Act, By};
use crate::store::{Store, StoreError, Stored};

/// How often a stale staging is done anew outside the lock. The last time it is done inside: slower for everybody, and
/// sure to end.
const ATTEMPTS: u32 = 4;
/// A reassignment with at most so many rows is written whole at once.
const AT_ONCE_PARTS_MAX: usize = 200;

/// A planned reassignment, as its row says.
pub(super) struct Planned {
    pub(super) id: ReassignmentId,
    is_cover: bool,
    pub(super) reverses: Option<ReassignmentId>,
    is_of_accounts: bool,
    hand_over: Option<HandOver>,
    terms: Terms,
    allow_unheld: bool,
    by: PersonId,
    ends_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Plans a reassignment and, unless it is for later, lets it take effect; returns when all rows have followed.
    ///
    /// # Errors
    /// See [`Store::plan_reassignment`] and [`Store::effect_reassignment`]; then nothing was done.
    pub async fn reassign(
        &self,
        new: &NewReassignment,
        by: PersonId,
    ) -> Reassigned<(ReassignmentId, Option<Moved>)> {
        let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        Ok((id, self.reassign_as(id, new, by, None).await?))
    }

    /// The same under an id, with what was done by it written down in the audit together with the plan.
    pub(in crate::store::office) async fn reassign_as(
        &self,
        id: ReassignmentId,
        new: &NewReassignment,
        by: PersonId,
        deed: Option<&Deed<'_>>,
    ) -> Reassigned<Option<Moved>> {
        let turnstile = self.turnstile().await?;
        let done = async {
            self.plan(id, new, by, deed).await?;
            Ok(if is_now(new) { Some(self.take_effect(id, Some(by)).await?) } else { None })
        };
        let done = done.await;
        turnstile.leave().await;
        self.follow_gently().await?;
        done
    }

    /// The same as somebody's order under a given id: ordered again, it is not done again. Returns as soon as it is in
    /// effect; rows follow by themselves.
    ///
    /// # Errors
    /// As [`Store::reassign`]; `Unsettled` when the database failed where it may have been planned already.
    pub async fn order_reassignment(
        &self,
        by: &By,
        id: ReassignmentId,
        new: &NewReassignment,
    ) -> Reassigned<Option<Moved>> {
        let turnstile = self.turnstile().await?;
        let done = async {
            if !self.knows_reassignment(id).await? {
                self.plan(id, new, by.person, Some(&Deed::ordered(by, id, new))).await?;
            }
            Ok(if is_now(new) { Some(self.take_effect(id, Some(by.person)).await?) } else { None })
        };
        let done = done.await.map_err(|error: ReassignmentError| error.once_ordered(id));
        turnstile.leave().await;
        self.follow_soon();
        done
    }

    async fn knows_reassignment(&self, id: ReassignmentId) -> Stored<bool> {
        let query = sqlx::query_scalar!("select id from org.reassignment where id = $1", id.uuid());
        Ok(query.fetch_optional(self.pool()).await?.is_some())
    }

    /// Lets a planned reassignment take effect now. One that is in effect already stays as it is. Rows follow by
    /// [`Store::follow`].
    ///
    /// # Errors
    /// When something that it was planned on has changed: then it is cancelled, with the reason, and nothing was done.
    pub async fn effect_reassignment(&self, id: ReassignmentId) -> Reassigned<Moved> {
        let turnstile = self.turnstile().await?;
        let done = self.take_effect(id, None).await;
        turnstile.leave().await;
        done
    }

    /// Undoes a reassignment that is in effect, by another one under a given id: what still lies or is held as it left it
    /// goes back. Of a cover that was to come back by itself, this is the earlier return.
    ///
    /// # Errors
    /// When it is not in effect, or undone already, or nothing is as it left it; `Unsettled` as for an order.
    #[instrument(name = "db.reassignment.reverse", skip_all, fields(%of), err(level = "debug"))]
    pub async fn reverse_reassignment(
        &self,
        by: &By,
        id: ReassignmentId,
        of: ReassignmentId,
        terms: &Terms,
    ) -> Reassigned<Moved> {
        check_terms(terms)?;
        let turnstile = self.turnstile().await?;
        let done = async {
            if !self.knows_reassignment(id).await? {
                self.plan_reversal(by, id, of, terms).await?;
            }
            self.take_effect(id, Some(by.person)).await
        };
        let done = done.await.map_err(|error: ReassignmentError| error.once_ordered(id));
        turnstile.leave().await;
        self.follow_soon();
        done
    }

    /// By whoever has passed the turnstile. Somebody may wait for it, and be told if it cannot be.
    #[instrument(name = "db.reassignment.effect", skip_all, fields(%id), err(level = "debug"))]
    pub(super) async fn take_effect(
        &self,
        id: ReassignmentId,
        waiting: Option<PersonId>,
    ) -> Reassigned<Moved> {
        let planned = match self.lookup_planned(id).await? {
            Found::Planned(planned) => planned,
            Found::InEffect(first, last) => return Ok(self.moved_between(first, last).await?),
        };
        let done = self.stage_and_flip(&planned).await;
        if let Err(error) = &done
            && !matches!(error, ReassignmentError::Store(_))
        {
            self.give_up(id, error.code(), waiting).await?;
        }
        done
    }

    async fn stage_and_flip(&self, planned: &Planned) -> Reassigned<Moved> {
        if planned.is_of_accounts {
            self.list_anew(planned).await?;
        }
        for _ in 1..ATTEMPTS {
            let at = moment(ambient::now_ms());
            let mut tx = self.snapshot().await?;
            let change = planned.change(&mut tx, at).await?;
            let staged = stage(&mut tx, &change, at).await?;
            drop(tx);
            let ready = planned.ready(&staged, at.timestamp_millis());
            let mut append = self.append().await?;
            if staged.still_holds(&mut append).await? {
                flip(append, planned, &change, ready).await?;
                return Ok(staged.moved());
            }
            drop(append);
            self.follow().await?;
        }
        let mut append = self.append_followed().await?;
        let at = moment(append.book.now_ms);
        let change = planned.change(append.connection(), at).await?;
        let staged = stage(append.connection(), &change, at).await?;
        let ready = planned.ready(&staged, append.book.now_ms);
        flip(append, planned, &change, ready).await?;
        Ok(staged.moved())
    }

    async fn lookup_planned(&self, id: ReassignmentId) -> Reassigned<Found> {
        let query = sqlx::query!(
            "
            select kind, shape, from_territory_id, from_person_id, to_person_id, reverses, late_policy, grace_s, note,
                   allow_unheld, created_by, ends_at, first_position, last_position, outcome
            from org.reassignment where id = $1
            ",
            id.uuid()
        );
        let row = query.fetch_optional(self.pool()).await?.ok_or_else(|| not_there(id))?;
        if let (Some(first), Some(last)) = (row.first_position, row.last_position) {
            return Ok(Found::InEffect(first, last));
        }
        if row.outcome.is_some() {
            return Err(refused("not_planned", "this reassignment was cancelled"));
        }
        let is_cover = row.kind == "cover";
        let hand_over = row.to_person_id.map(|to_person| HandOver {
            from_territory: row.from_territory_id,
            from_person: row.from_person_id,
            to_person,
            is_cover,
        });
        Ok(Found::Planned(Planned {
            id,
            is_cover,
            reverses: row.reverses.map(ReassignmentId::from),
            is_of_accounts: row.shape == "accounts",
            hand_over,
            terms: Terms { late_policy: policy(&row.late_policy)?, grace_s: row.grace_s, note: row.note },
            allow_unheld: row.allow_unheld,
            by: row.created_by.into(),
            ends_at: row.ends_at,
        }))
    }

    /// What a reassignment did, from its entries.
    async fn moved_between(&self, first: i64, last: i64) -> Stored<Moved> {
        let query = sqlx::query_scalar!(
            "select payload from log.entry where position between $1 and $2 order by position",
            first,
            last
        );
        let mut moved = Moved::default();
        for payload in query.fetch_all(self.pool()).await? {
            let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
            match read::<Entry>("entry", &payload)? {
                Entry::Placed(placed) => moved.accounts += count(placed.accounts.len()),
                Entry::Withdrawn(entry) => {
                    *moved.withdrawn.entry(entry.device).or_default() += count(entry.leases.len());
                }
                Entry::Granted(entry) => {
                    *moved.granted.entry(entry.device).or_default() += count(entry.grants.len());
                }
                _ => {}
            }
        }
        Ok(moved)
    }

    /// One that cannot take effect is cancelled: it would not later either, and must not surprise anybody. A return of a
    /// cover that it had brought forward is to come again in its time. Unless somebody waited for it, it has failed by
    /// itself: that stands in the list of those that failed until somebody has seen it.
    async fn give_up(&self, id: ReassignmentId, why: &str, told: Option<PersonId>) -> Stored<()> {
        let now = moment(ambient::now_ms());
        let mut tx = self.pool().begin().await?;
        let query = sqlx::query_scalar!(
            "
            update org.reassignment set outcome = 'cancelled', ended_at = $2, ended_by = $4, why = $3
            where id = $1 and first_position is null and outcome is null
            returning reverses
            ",
            id.uuid(),
            now,
            why,
            told.map(PersonId::uuid)
        );
        let Some(reverses) = query.fetch_optional(&mut *tx).await? else { return Ok(()) };
        let subject = Some(("reassignment", id.uuid()));
        let act = Act { action: "reassignment.failed", subject, detail: json!({ "why": why }) };
        audit::record(&mut tx, None, act).await?;
        if let Some(of) = reverses {
            sqlx::query!(
                "
                update org.reassignment set outcome = null, why = null, ended_at = null, ended_by = null
                where reverses = $1 and why = 'brought_forward' and effect_at > $2
                ",
                of,
                now
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The plan that undoes another: a new one, or the return of a cover, brought forward.
    async fn plan_reversal(
        &self,
        by: &By,
        id: ReassignmentId,
        of: ReassignmentId,
        terms: &Terms,
    ) -> Reassigned<()> {
        let mut tx = self.pool().begin().await?;
        let query =
            sqlx::query!("select shape, first_position from org.reassignment where id = $1", of.uuid());
        let row = query.fetch_optional(&mut *tx).await?.ok_or_else(|| not_there(of))?;
        if row.first_position.is_none() {
            return Err(refused("not_in_effect", "only what is in effect can be reversed"));
        }
        let at = moment(ambient::now_ms());
        sqlx::query!(
            "
            update org.reassignment set outcome = 'cancelled', why = 'brought_forward', ended_at = $2, ended_by = $3
            where reverses = $1 and first_position is null and outcome is null
            ",
            of.uuid(),
            at,
            by.person.uuid()
        )
        .execute(&mut *tx)
        .await?;
        insert_reversal(&mut tx, id, of, &row.shape, terms, by.person, at).await?;
        note(&mut tx, by, "reassignment.reverse", of, json!({ "by": id })).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn is_now(new: &NewReassignment) -> bool {
    new.effect_at.is_none_or(|at| at <= moment(ambient::now_ms()))
}

/// A reassignment by id.
enum Found {
    Planned(Planned),
    InEffect(i64, i64),
}

impl Planned {
    /// What it changes, as things stand.
    async fn change(&self, connection: &mut PgConnection, at: DateTime<Utc>) -> Reassigned<Change> {
        if !self.is_of_accounts {
            let change = match (self.hand_over, self.reverses) {
                (_, Some(of)) => HolderChange::undoing(connection, of, at).await?,
                (Some(hand_over), None) => {
                    select::known_person(connection, hand_over.to_person.into()).await?;
                    hand_over.change(connection, at).await?
                }
                (None, None) => return Err(StoreError::Unreadable { what: "reassignment" }.into()),
            };
            return Ok(Change::Holders(change));
        }
        let rows = sqlx::query_as!(
            ItemRow,
            r#"
            select item.account_id, item.from_territory_id, item.to_territory_id,
                   account.territory_id = item.from_territory_id as "is_there!"
            from org.reassignment_account item join sync.account on account.id = item.account_id
            where item.reassignment_id = $1
            "#,
            self.id.uuid()
        )
        .fetch_all(&mut *connection)
        .await?;
        if rows.iter().any(|row| !row.is_there) {
            return Err(stale());
        }
        let item = |row: ItemRow| Item {
            account: row.account_id,
            from: row.from_territory_id,
            to: row.to_territory_id,
        };
        let items: Vec<Item> = rows.into_iter().map(item).collect();
        if !self.allow_unheld && self.reverses.is_none() {
            select::check_held(connection, &items).await?;
        }
        Ok(Change::Accounts(items))
    }

    fn ready(&self, staged: &Staged, now_ms: i64) -> Ready {
        let grace_until_ms = now_ms.saturating_add(self.terms.grace_s.saturating_mul(1000));
        let terms =
            Handover { policy: self.terms.late_policy, grace_until_ms, note: self.terms.note.clone() };
        let entries = staged.entries(self.by, &terms, now_ms).into_iter();
        let entries = entries.map(|entry| PreparedEntry::new(entry, Tag16(ambient::random()))).collect();
        Ready { entries, grace_until_ms, is_small: staged.parts() <= AT_ONCE_PARTS_MAX }
    }
}

/// An account of the list, and whether it lies where it did when the list was made.
struct ItemRow {
    account_id: Uuid,
    from_territory_id: Uuid,
    to_territory_id: Uuid,
    is_there: bool,
}

/// What a flip appends, made ready outside the lock.
struct Ready {
    entries: Vec<PreparedEntry>,
    grace_until_ms: i64,
    is_small: bool,
}

/// The flip: everything is in effect with the commit of this append.
#[instrument(name = "db.reassignment.flip", skip_all, err(level = "debug"))]
async fn flip(mut append: Append<'_>, planned: &Planned, change: &Change, ready: Ready) -> Reassigned<()> {
    let query = sqlx::query_scalar!(
        "select id from org.reassignment where id = $1 and first_position is null and outcome is null for update",
        planned.id.uuid()
    );
    if query.fetch_optional(append.connection()).await?.is_none() {
        return Err(refused("not_planned", "this reassignment was cancelled meanwhile"));
    }
    let now_ms = append.book.now_ms;
    select::known_territories(append.connection(), &change.destinations()).await?;
    if let Change::Holders(change) = change {
        change.make(append.connection(), planned.id, moment(now_ms)).await?;
    }
    let Ready { entries, grace_until_ms, is_small } = ready;
    let at_once: Vec<Entry> =
        entries.iter().filter(|_| is_small).map(|prepared| prepared.entry.clone()).collect();
    let count = entries.len() as u64;
    let first = append.book.turn_over(entries);
    let last = first + count - 1;
    append.store().await?;
    if is_small {
        follow_at_once(append.connection(), (first..).zip(at_once)).await?;
    }
    sqlx::query!(
        "
        update org.reassignment
        set effected_at = $2, grace_until = $3, first_position = $4, followed_position = $5, last_position = $6
        where id = $1
        ",
        planned.id.uuid(),
        moment(now_ms),
        moment(grace_until_ms),
        signed(first),
        signed(if is_small { last } else { first - 1 }),
        signed(last)
    )
    .execute(append.connection())
    .await?;
    if let Some(ends_at) = planned.ends_at.filter(|_| planned.is_cover) {
        let id = ReassignmentId::new(now_ms.unsigned_abs(), ambient::random());
        let shape = if planned.is_of_accounts { "accounts" } else { "holders" };
        let terms = Terms { note: None, ..planned.terms.clone() };
        insert_reversal(append.connection(), id, planned.id, shape, &terms, planned.by, ends_at).await?;
    }
    append.commit().await?;
    Ok(())
}

async fn insert_reversal(
    connection: &mut PgConnection,
    id: ReassignmentId,
    of: ReassignmentId,
    shape: &str,
    terms: &Terms,
    by: PersonId,
    at: DateTime<Utc>,
) -> Reassigned<()> {
    let inserted = sqlx::query!(
        "
        insert into org.reassignment
            (id, kind, shape, asked, reverses, late_policy, grace_s, note, allow_unheld, created_by, created_at,
             effect_at)
        values ($1, 'reversal', $2, jsonb_build_object('reverses', $3::uuid), $3, $4, $5, $6, true, $7, $8, $9)
        ",
        id.uuid(),
        shape,
        of.uuid(),
        policy_word(terms.late_policy),
        terms.grace_s,
        terms.note,
        by.uuid(),
        moment(ambient::now_ms()),
        at
    )
    .execute(connection)
    .await;
    match inserted {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(refused("already_reversed", "this reassignment was reversed already"))
        }
        done => Ok(done.map(drop)?),
    }
}
