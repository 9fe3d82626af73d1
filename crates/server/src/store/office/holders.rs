//! Who holds a territory, from when to when. A holding begins and ends by itself at its time: [`Store::settle_due`] brings
//! leases in line, exactly once for each beginning and end, on whichever node comes first, also after all were down.

use chrono::{DateTime, Utc};
use roadbook_model::{HolderId, PersonId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::place::{Handover, Moved};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::PgConnection;
use tracing::{info, instrument};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, Act, By};
use super::reassignments::Terms;
use super::territories::{Capacity, settle, settle_while};
use super::tree::{check_version, must_be_in_use};
use super::{Done, OfficeError, unknown};
use crate::ambient::{self, moment};
use crate::store::append::Append;
use crate::store::cells::{policy, policy_word};
use crate::store::{Store, StoreError, Stored};

/// How far in the past "now" may lie when it arrives here.
const LATENESS_MAX_MS: i64 = 60_000;
/// The end of what a date may be: the year 9999.
const LAST_MS: i64 = 253_402_300_799_999;
/// Most territories that are settled in one append, so that others get their turn.
const DUE_MAX: i64 = 20;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Longest grace: ten years.
const GRACE_DAYS_MAX: u16 = 3650;
/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 500;

/// What becomes of late work when a holding ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndTerms {
    /// What happens to it.
    pub policy: LatePolicy,
    /// For how many days.
    pub grace_days: u16,
    /// A word for the people concerned.
    pub note: Option<String>,
}

impl Default for EndTerms {
    fn default() -> Self {
        Self { policy: LatePolicy::Accept, grace_days: 30, note: None }
    }
}

impl EndTerms {
    /// Whether they can be.
    ///
    /// # Errors
    /// `bad_grace`, `bad_note`.
    pub fn check(&self) -> Done<()> {
        if self.grace_days > GRACE_DAYS_MAX {
            let text = format!("the grace is at most {GRACE_DAYS_MAX} days");
            return Err(OfficeError::invalid("bad_grace", text));
        }
        check_note(self.note.as_deref())
    }

    /// The terms that a row names.
    pub(super) fn read(policy_word: &str, grace_days: i32, note: Option<String>) -> Stored<Self> {
        let grace_days = u16::try_from(grace_days).unwrap_or(u16::MAX);
        Ok(Self { policy: policy(policy_word)?, grace_days, note })
    }

    /// As they hold for something done at this time.
    pub fn from_now(&self, now_ms: i64) -> Handover {
        let grace_until_ms = now_ms.saturating_add(i64::from(self.grace_days).saturating_mul(DAY_MS));
        Handover { policy: self.policy, grace_until_ms, note: self.note.clone() }
    }
}

impl From<&EndTerms> for Terms {
    fn from(terms: &EndTerms) -> Self {
        let grace_s = i64::from(terms.grace_days).saturating_mul(DAY_MS / 1000);
        Self { late_policy: terms.policy, grace_s, note: terms.note.clone() }
    }
}

/// Where a holding stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It has not begun.
    Planned,
    /// It holds.
    InEffect,
    /// It is over.
    Ended,
}

/// One person's hold on one territory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holding.
    pub id: HolderId,
    /// Who.
    pub person: PersonId,
    /// That person's name.
    pub person_name: String,
    /// What.
    pub territory: TerritoryId,
    /// In what capacity.
    pub capacity: Capacity,
    /// From when.
    pub from_at: DateTime<Utc>,
    /// Until when, if an end is known.
    pub to_at: Option<DateTime<Utc>>,
    /// What becomes of late work then.
    pub end: EndTerms,
    /// Where it stands.
    pub stage: Stage,
    /// Counts its edits.
    pub version: i64,
}

/// A hold to begin.
#[derive(Clone, Debug)]
pub struct NewHolder {
    /// Who.
    pub person: PersonId,
    /// What.
    pub territory: TerritoryId,
    /// In what capacity.
    pub capacity: Capacity,
    /// From when, in milliseconds since 1970; `None` is now.
    pub from_ms: Option<i64>,
    /// Until when, if an end is known.
    pub to_ms: Option<i64>,
    /// What becomes of late work then.
    pub end: EndTerms,
}

/// When a holding is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At once.
    Now,
    /// At a time, in milliseconds since 1970.
    At(i64),
    /// No end is known.
    Open,
}

impl End {
    fn told(self) -> Json {
        match self {
            Self::Now => json!("now"),
            Self::At(at_ms) => json!(moment(at_ms)),
            Self::Open => Json::Null,
        }
    }
}

struct HolderRow {
    id: Uuid,
    person_id: Uuid,
    person_name: String,
    territory_id: Uuid,
    capacity: String,
    from_at: DateTime<Utc>,
    to_at: Option<DateTime<Utc>>,
    end_policy: String,
    end_grace_days: i32,
    end_note: Option<String>,
    version: i64,
}

impl HolderRow {
    fn read(self, now_ms: i64) -> Stored<Holder> {
        let has_come = |at: DateTime<Utc>| at <= moment(now_ms);
        let stage = match self.to_at {
            Some(to) if has_come(to) => Stage::Ended,
            _ if has_come(self.from_at) => Stage::InEffect,
            _ => Stage::Planned,
        };
        let end = EndTerms::read(&self.end_policy, self.end_grace_days, self.end_note)?;
        Ok(Holder {
            id: self.id.into(),
            person: self.person_id.into(),
            person_name: self.person_name,
            territory: self.territory_id.into(),
            capacity: Capacity::read(&self.capacity).ok_or(StoreError::Unreadable { what: "capacity" })?,
            from_at: self.from_at,
            to_at: self.to_at,
            end,
            stage,
            version: self.version,
        })
    }
}

impl Store {
    /// Who holds a territory, held it, or will; the latest first.
    #[instrument(name = "db.holder.list", skip_all, fields(%territory), err(level = "debug"))]
    pub async fn list_holders(&self, territory: TerritoryId) -> Stored<Vec<Holder>> {
        let query = sqlx::query_as!(
            HolderRow,
            "
            select holder.id, person_id, person.name as person_name, territory_id, capacity, from_at, to_at, end_policy,
                   end_grace_days, end_note, holder.version
            from org.holder join org.person on person.id = holder.person_id
            where territory_id = $1
            order by from_at desc, holder.id
            ",
            territory.uuid()
        );
        let now_ms = ambient::now_ms();
        query.fetch_all(self.pool()).await?.into_iter().map(|row| row.read(now_ms)).collect()
    }

    /// Lets a person hold a territory, from now or from a time on. A holding made under this id before is left as it is.
    ///
    /// # Errors
    /// `past_time`, `ends_before_it_begins`, `two_owners`, `already_holds`, `territory_archived`, `bad_note`; an unknown or
    /// inactive person.
    #[instrument(name = "db.holder.plan", skip_all, fields(person = %new.person, territory = %new.territory), err(level = "debug"))]
    pub async fn hold(&self, by: &By, id: HolderId, new: &NewHolder) -> Done<(Holder, Moved)> {
        let mut append = self.append_followed().await?;
        let now_ms = append.book.now_ms;
        if let Some(known) = holder(&mut append, id).await? {
            return Ok((known, Moved::default()));
        }
        let from_ms = future(new.from_ms, now_ms)?.unwrap_or(now_ms);
        let to_ms = future(new.to_ms, now_ms)?;
        check_order(from_ms, to_ms)?;
        new.end.check()?;
        must_be_in_use(&mut append, new.territory).await?;
        must_work_here(&mut append, new.person).await?;
        let begins = from_ms <= now_ms;
        sqlx::query!(
            "
            insert into org.holder (id, person_id, territory_id, capacity, from_at, to_at, end_policy, end_grace_days,
                                    end_note, begun_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ",
            id.uuid(),
            new.person.uuid(),
            new.territory.uuid(),
            new.capacity.as_str(),
            moment(from_ms),
            to_ms.map(moment),
            policy_word(new.end.policy),
            i32::from(new.end.grace_days),
            new.end.note,
            begins.then(|| moment(now_ms))
        )
        .execute(append.connection())
        .await?;
        check_clashes(append.connection(), new.territory).await?;
        let mut moved = Moved::default();
        if begins {
            moved = settle(&mut append, new.territory, &new.end.from_now(now_ms)).await?;
        }
        let detail = json!({ "holder": id, "person": new.person, "as": new.capacity.as_str(), "to_ms": to_ms,
                             "from_ms": from_ms });
        note(&mut append, by, "holder.add", new.territory, detail).await?;
        Ok((finish(append, id).await?, moved))
    }

    /// Ends a holding, now or at a time, on other terms than it has if they are given; or lets it go on. One that has not begun and ends now is struck out.
    ///
    /// # Errors
    /// `past_time`, `ends_before_it_begins`, `holding_over`, `two_owners`, `already_holds`, [`OfficeError::Stale`]; an unknown
    /// holding, also one of another territory.
    #[instrument(name = "db.holder.end_at", skip_all, fields(%id), err(level = "debug"))]
    pub async fn end_hold(
        &self,
        by: &By,
        territory: TerritoryId,
        id: HolderId,
        version: Option<i64>,
        end: End,
        terms: Option<&EndTerms>,
    ) -> Done<(Option<Holder>, Moved)> {
        let mut append = self.append_followed().await?;
        let now_ms = append.book.now_ms;
        let before = holder(&mut append, id).await?.filter(|holder| holder.territory == territory);
        let before = before.ok_or_else(|| unknown("holding", id))?;
        check_version(before.version, version)?;
        let terms = terms.unwrap_or(&before.end);
        terms.check()?;
        if before.stage == Stage::Ended {
            let text = "this holding is over; let the person hold the territory anew";
            return Err(OfficeError::conflict("holding_over", text));
        }
        let detail = json!({ "holder": id, "person": before.person, "end": end.told(), "was": before.to_at });
        note(&mut append, by, "holder.end", territory, detail).await?;
        if before.stage == Stage::Planned && end == End::Now {
            sqlx::query!("delete from org.holder where id = $1", id.uuid())
                .execute(append.connection())
                .await?;
            append.commit().await?;
            return Ok((None, Moved::default()));
        }
        let to_ms = match end {
            End::Now => Some(now_ms),
            End::At(at_ms) => future(Some(at_ms), now_ms)?,
            End::Open => None,
        };
        let ends = end == End::Now || to_ms.is_some_and(|to_ms| to_ms <= now_ms);
        if !ends {
            check_order(before.from_at.timestamp_millis(), to_ms)?;
        }
        put_end(&mut append, id, to_ms, ends, terms).await?;
        check_clashes(append.connection(), territory).await?;
        let mut moved = Moved::default();
        if ends {
            moved = settle(&mut append, territory, &terms.from_now(now_ms)).await?;
        }
        Ok((Some(finish(append, id).await?), moved))
    }

    /// Brings leases in line with every holding that began or ended by `now_ms` and was not looked at yet. Returns how
    /// many territories that concerned.
    #[instrument(name = "db.holder.settle_due", skip_all, err(level = "debug"))]
    pub async fn settle_due(&self, now_ms: i64) -> Done<usize> {
        let mut settled = 0;
        loop {
            // Asked without the lock first: nothing is due nearly always.
            let mut connection = self.pool().acquire().await?;
            if due(&mut connection, now_ms).await?.is_empty() {
                return Ok(settled);
            }
            drop(connection);
            settled += self.settle_some(now_ms).await?;
        }
    }

    async fn settle_some(&self, now_ms: i64) -> Done<usize> {
        let mut append = self.append_followed().await?;
        append.book.now_ms = now_ms;
        let due = due(append.connection(), now_ms).await?;
        for (territory, terms) in &due {
            let others = others_that_ended(append.connection(), *territory, now_ms).await?;
            let moved = settle_while(&mut append, *territory, &terms.from_now(now_ms), &others).await?;
            sqlx::query!(
                "
                update org.holder
                set begun_at = coalesce(begun_at, $2), ended_at = case when to_at <= $2 then coalesce(ended_at, $2) end
                where territory_id = $1 and from_at <= $2
                ",
                territory.uuid(),
                moment(now_ms)
            )
            .execute(append.connection())
            .await?;
            let (gaining, losing) = (moved.granted.len(), moved.withdrawn.len());
            info!(%territory, gaining, losing, "holdings began or ended");
        }
        append.commit().await?;
        Ok(due.len())
    }
}

/// Who held which other territories until just now, not settled yet. A territory and a part of it may be due together, and
/// what is lost by the one must not be lost on the terms of the other.
async fn others_that_ended(
    connection: &mut PgConnection,
    but: TerritoryId,
    now_ms: i64,
) -> Stored<Vec<(Uuid, Uuid)>> {
    let query = sqlx::query!(
        "select person_id, territory_id from org.holder where ended_at is null and to_at <= $1 and territory_id <> $2",
        moment(now_ms),
        but.uuid()
    );
    let rows = query.fetch_all(connection).await?.into_iter();
    Ok(rows.map(|row| (row.person_id, row.territory_id)).collect())
}

/// The territories with something due, some of them, each with the terms on which leases are withdrawn: should several
/// holdings of one end together on different terms, the strictest of each. Whole territories before their parts, so that
/// who held both keeps the terms of the part for the part.
async fn due(connection: &mut PgConnection, now_ms: i64) -> Stored<Vec<(TerritoryId, EndTerms)>> {
    let rows = sqlx::query!(
        r#"
        with due as (
            select territory_id, from_at as at, null::text as policy, null::integer as grace_days, end_note as note
            from org.holder where begun_at is null and from_at <= $1
            union all
            select territory_id, to_at, end_policy, end_grace_days, end_note
            from org.holder where ended_at is null and to_at is not null and to_at <= $1
        ), picked as (
            select territory_id, max(array_position(array['accept', 'review', 'refuse'], policy)) as strictness,
                   min(grace_days) as grace_days,
                   (array_agg(note order by at desc) filter (where note is not null))[1] as note
            from due group by territory_id order by min(at), territory_id limit $2
        )
        select territory_id as "territory!", strictness, grace_days, note
        from picked join org.tree() tree using (territory_id) order by tree.level, territory_id
        "#,
        moment(now_ms),
        DUE_MAX
    )
    .fetch_all(connection)
    .await?;
    let terms = |strictness, grace_days: Option<i32>, note| EndTerms {
        policy: match strictness {
            Some(3) => LatePolicy::Refuse,
            Some(2) => LatePolicy::Review,
            _ => LatePolicy::Accept,
        },
        grace_days: grace_days.and_then(|days| u16::try_from(days).ok()).unwrap_or(30),
        note,
    };
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.territory.into(), terms(row.strictness, row.grace_days, row.note))).collect())
}

async fn put_end(
    append: &mut Append<'_>,
    id: HolderId,
    to_ms: Option<i64>,
    ends: bool,
    terms: &EndTerms,
) -> Stored<()> {
    let now = moment(append.book.now_ms);
    // What begins and ends within one moment still has to have lasted, for the history.
    sqlx::query!(
        "
        update org.holder
        set to_at = case when $2::timestamptz is not null then greatest($2, from_at + interval '1 microsecond') end,
            end_policy = $3, end_grace_days = $4, end_note = $5,
            begun_at = case when $6 then coalesce(begun_at, $7) else begun_at end,
            ended_at = case when $6 then $7 end, version = version + 1
        where id = $1
        ",
        id.uuid(),
        to_ms.map(moment),
        policy_word(terms.policy),
        i32::from(terms.grace_days),
        terms.note,
        ends,
        now
    )
    .execute(append.connection())
    .await?;
    Ok(())
}

/// Two owners at once, or one person twice at once, cannot be.
pub(in crate::store::office) async fn check_clashes(
    connection: &mut PgConnection,
    territory: TerritoryId,
) -> Done<()> {
    let query = sqlx::query!(
        r#"
        select person.name, one.capacity as "one!", clash.capacity as "other!", clash.from_at as "from_at!", clash.to_at,
               one.person_id = clash.person_id as "same!"
        from org.holder_clash($1) clash
        join org.holder one on one.id = clash.one
        join org.person on person.id = clash.person_id
        order by one.created_at desc, clash.one, clash.from_at limit 1
        "#,
        territory.uuid()
    );
    let Some(clash) = query.fetch_optional(connection).await? else { return Ok(()) };
    let until = clash.to_at.map_or("with no end".to_owned(), |to| format!("until {}", to.to_rfc3339()));
    let holds =
        format!("{} holds it as {} from {} {until}", clash.name, clash.other, clash.from_at.to_rfc3339());
    Err(match clash.same {
        true => {
            OfficeError::conflict("already_holds", format!("{holds}; end that first, or choose another time"))
        }
        false => OfficeError::conflict(
            "two_owners",
            format!("a territory has one owner at a time: {holds}; make one of them co-owner or cover"),
        ),
    })
}

async fn must_work_here(append: &mut Append<'_>, person: PersonId) -> Done<()> {
    let query = sqlx::query_scalar!("select active from org.person where id = $1", person.uuid());
    match query.fetch_optional(append.connection()).await? {
        Some(true) => Ok(()),
        Some(false) => {
            Err(OfficeError::conflict("inactive_person", "this person no longer works here; choose another"))
        }
        None => Err(unknown("person", person)),
    }
}

async fn holder(append: &mut Append<'_>, id: HolderId) -> Stored<Option<Holder>> {
    let now_ms = append.book.now_ms;
    let query = sqlx::query_as!(
        HolderRow,
        "
        select holder.id, person_id, person.name as person_name, territory_id, capacity, from_at, to_at, end_policy,
               end_grace_days, end_note, holder.version
        from org.holder join org.person on person.id = holder.person_id
        where holder.id = $1
        ",
        id.uuid()
    );
    query.fetch_optional(append.connection()).await?.map(|row| row.read(now_ms)).transpose()
}

async fn note(
    append: &mut Append<'_>,
    by: &By,
    action: &str,
    territory: TerritoryId,
    detail: Json,
) -> Done<()> {
    let act = Act { action, subject: Some(("territory", territory.uuid())), detail };
    Ok(audit::record(append.connection(), Some(by), act).await?)
}

/// Commits and shows the holding as it now is.
async fn finish(mut append: Append<'_>, id: HolderId) -> Done<Holder> {
    let found = holder(&mut append, id).await?;
    append.commit().await?;
    found.ok_or_else(|| unknown("holding", id))
}

/// A time that is not past; a little lateness is the way here.
fn future(at_ms: Option<i64>, now_ms: i64) -> Done<Option<i64>> {
    let Some(at_ms) = at_ms else { return Ok(None) };
    if at_ms < now_ms - LATENESS_MAX_MS {
        let text = "the time is past; what was cannot be changed any more, choose a time to come";
        return Err(OfficeError::invalid("past_time", text));
    }
    if at_ms > LAST_MS {
        return Err(OfficeError::invalid(
            "time_out_of_range",
            "the time lies beyond the year 9999; leave the end open",
        ));
    }
    Ok(Some(at_ms))
}

fn check_order(from_ms: i64, to_ms: Option<i64>) -> Done<()> {
    match to_ms {
        Some(to_ms) if to_ms <= from_ms => Err(OfficeError::invalid(
            "ends_before_it_begins",
            "a holding ends after it begins; choose a later end",
        )),
        _ => Ok(()),
    }
}

fn check_note(note: Option<&str>) -> Done<()> {
    let is_fit = |note: &str| {
        note.chars().count() <= NOTE_CHARS_MAX && !note.chars().any(|c| c.is_control() && c != '\n')
    };
    match note.is_none_or(is_fit) {
        true => Ok(()),
        false => {
            let text = format!("a note has at most {NOTE_CHARS_MAX} characters, and no control characters");
            Err(OfficeError::invalid("bad_note", text))
        }
    }
}
