//! Sessions of people: begun by a sign-in, carried on by refresh tokens ([`super::refresh`]), ended for good.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, PersonId, SessionId};
use serde_json::json;
use tracing::instrument;

use super::secret::{Purpose, Secret};
use crate::ambient::{self, moment};
use crate::store::cells::role;
use crate::store::office::audit::{Act, By, record};
use crate::store::office::people::Person;
use crate::store::office::{Done, unknown};
use crate::store::{Store, Stored};

/// How long a session lasts at most, in seconds; then the person signs in again.
pub const SESSION_S_MAX: i64 = 180 * 24 * 60 * 60;
/// How long a refresh token is good if it is not used, in seconds.
pub const IDLE_S_MAX: i64 = 30 * 24 * 60 * 60;
/// Most characters kept of what a client calls itself.
const CLIENT_CHARS_MAX: usize = 200;

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub person: PersonId,
    /// The person's device to bind it to, if to one: should the session be stolen, that device is taken out of use.
    pub device: Option<DeviceId>,
    /// From where.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub client: Option<String>,
}

/// A session with its newest refresh token.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub person: Person,
    /// The refresh token.
    pub refresh: Secret,
    /// When the refresh token is over, if it is not used before.
    pub expires_at: DateTime<Utc>,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person signed out.
    SignedOut,
    /// A refresh token came a second time after its successor was used: somebody has a copy.
    Reused,
    /// The person was deactivated.
    Deactivated,
    /// The person chose a new password.
    Password,
    /// The database was restored from a backup, which may not know that the session had ended.
    Restored,
}

impl EndReason {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Reused => "reused",
            Self::Deactivated => "deactivated",
            Self::Password => "password",
            Self::Restored => "restored",
        }
    }
}

/// A session of a person's own, as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// The session.
    pub id: SessionId,
    /// The person's device that it is bound to, if to one, with its name.
    pub device: Option<(DeviceId, String)>,
    /// From where it was begun.
    pub address: Option<String>,
    /// What the client called itself.
    pub client: Option<String>,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// When it was last carried on.
    pub last_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// A person's sessions that go on, newest first, from before one of them on.
    #[instrument(name = "db.session.list", skip_all, fields(%person), err(level = "debug"))]
    pub async fn list_sessions(
        &self,
        person: PersonId,
        before: Option<SessionId>,
        limit: i64,
        now_ms: i64,
    ) -> Stored<Vec<OwnSession>> {
        let query = sqlx::query!(
            r#"
            select session.id, device.id as "device_id?", device.name as "device?", host(address) as address,
                   session.client, started_at, last_at, expires_at
            from org.session left join org.device on device.id = session.device_id
            where session.person_id = $1 and ended_at is null and expires_at > $2 and last_at > $3
              and ($4::uuid is null or session.id < $4)
            order by session.id desc limit $5
            "#,
            person.uuid(),
            moment(now_ms),
            moment(now_ms - IDLE_S_MAX * 1000),
            before.map(SessionId::uuid),
            limit
        );
        let rows = query.fetch_all(self.pool()).await?.into_iter();
        Ok(rows
            .map(|row| OwnSession {
                id: row.id.into(),
                device: row.device_id.map(DeviceId::from).zip(row.device),
                address: row.address,
                client: row.client,
                started_at: row.started_at,
                last_at: row.last_at,
                expires_at: row.expires_at,
            })
            .collect())
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the person does not work here, or the device is not an active one of the person's.
    #[instrument(name = "db.session.add", skip_all, fields(person = %new.person), err(level = "debug"))]
    pub async fn add_session(&self, new: &NewSession, now_ms: i64) -> Done<Session> {
        let mut tx = self.pool().begin().await?;
        // Held until the session is there, so that whoever deactivates the person ends it too.
        let row = sqlx::query!(
            "select id, name, email, role, active from org.person where id = $1 and active for share",
            new.person.uuid()
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or_else(|| unknown("active person", new.person))?;
        let person = Person {
            id: row.id.into(),
            name: row.name,
            email: row.email,
            role: role(&row.role)?,
            active: true,
        };
        if let Some(device) = new.device {
            let query = sqlx::query_scalar!(
                "select id from org.device where id = $1 and person_id = $2 and state = 'active' for share",
                device.uuid(),
                new.person.uuid()
            );
            query.fetch_optional(&mut *tx).await?.ok_or_else(|| unknown("device", device))?;
        }
        let id = SessionId::new(now_ms.unsigned_abs(), ambient::random());
        let refresh = Secret::fresh(Purpose::Refresh);
        let client: Option<String> = new
            .client
            .as_ref()
            .map(|client| client.chars().filter(|c| *c != '\0').take(CLIENT_CHARS_MAX).collect());
        sqlx::query!(
            "
            with session as (
                insert into org.session (id, person_id, device_id, address, client, started_at, last_at, expires_at)
                values ($1, $2, $3, $4::text::inet, $5, $6, $6, $7) returning id, started_at
            )
            insert into org.refresh_token (hash, session_id, number, made_at)
            select $8, id, 1, started_at from session
            ",
            id.uuid(),
            new.person.uuid(),
            new.device.map(DeviceId::uuid),
            new.address.map(|address| address.to_string()),
            client,
            moment(now_ms),
            moment(now_ms + SESSION_S_MAX * 1000),
            &refresh.hash()[..]
        )
        .execute(&mut *tx)
        .await?;
        let by = By { person: person.id, role: person.role, address: new.address };
        let detail = json!({ "client": client, "device": new.device });
        record(
            &mut tx,
            Some(&by),
            Act { action: "session.begin", subject: Some(("session", id.uuid())), detail },
        )
        .await?;
        sweep(&mut tx, now_ms).await?;
        tx.commit().await?;
        Ok(Session { id, person, refresh, expires_at: moment(now_ms + IDLE_S_MAX * 1000) })
    }

    /// The active person whom an access token speaks for, unless its session ended.
    #[instrument(name = "db.session.person", skip_all, err(level = "debug"))]
    pub async fn lookup_bearer(
        &self,
        person: PersonId,
        session: Option<SessionId>,
        now_ms: i64,
    ) -> Stored<Option<Person>> {
        let query = sqlx::query!(
            "
            select id, name, email, role, active from org.person
            where id = $1 and active and ($2::uuid is null or exists (
                select from org.session
                where session.id = $2 and person_id = person.id and ended_at is null and expires_at > $3))
            ",
            person.uuid(),
            session.map(SessionId::uuid),
            moment(now_ms)
        );
        let Some(row) = query.fetch_optional(self.pool()).await? else { return Ok(None) };
        let role = role(&row.role)?;
        Ok(Some(Person { id: row.id.into(), name: row.name, email: row.email, role, active: row.active }))
    }

    /// The session of a refresh token, newest or past.
    #[instrument(name = "db.session.of", skip_all, err(level = "debug"))]
    pub async fn lookup_session_of(&self, refresh: &Secret) -> Stored<Option<SessionId>> {
        let query = sqlx::query_scalar!(
            "select session_id from org.refresh_token where hash = $1",
            &refresh.hash()[..]
        );
        Ok(query.fetch_optional(self.pool()).await?.map(Into::into))
    }

    /// Ends another session of who asks. `false` when there is none that goes on.
    #[instrument(name = "db.session.end_own", skip_all, fields(%session), err(level = "debug"))]
    pub async fn end_own_session(&self, by: &By, session: SessionId, now_ms: i64) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            "select person_id from org.session where id = $1 and ended_at is null",
            session.uuid()
        );
        let whose = query.fetch_optional(self.pool()).await?;
        if whose != Some(by.person.uuid()) {
            return Ok(false);
        }
        self.sign_out(session, by.address, now_ms).await
    }

    /// Signs a person out of a session, from an address. `false` when it had ended.
    #[instrument(name = "db.session.end", skip_all, fields(%session), err(level = "debug"))]
    pub async fn sign_out(&self, session: SessionId, address: Option<IpAddr>, now_ms: i64) -> Stored<bool> {
        let mut tx = self.pool().begin().await?;
        if !end(&mut tx, session, EndReason::SignedOut, now_ms).await? {
            return Ok(false);
        }
        let query = sqlx::query!(
            "select person.id, role from org.session join org.person on person.id = person_id where session.id = $1",
            session.uuid()
        );
        let row = query.fetch_one(&mut *tx).await?;
        let by = By { person: row.id.into(), role: role(&row.role)?, address };
        let subject = Some(("session", session.uuid()));
        record(&mut tx, Some(&by), Act { action: "session.end", subject, detail: json!({}) }).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Ends a session; `false` when it had ended.
pub(super) async fn end(
    connection: &mut sqlx::PgConnection,
    session: SessionId,
    reason: EndReason,
    now_ms: i64,
) -> Stored<bool> {
    let ended = sqlx::query!(
        "update org.session set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null",
        session.uuid(),
        moment(now_ms),
        reason.as_str()
    );
    Ok(ended.execute(connection).await?.rows_affected() > 0)
}

/// Ends all sessions of a person.
pub(in crate::store) async fn end_all(
    connection: &mut sqlx::PgConnection,
    person: PersonId,
    reason: EndReason,
    now_ms: i64,
) -> Stored<u64> {
    let ended = sqlx::query!(
        "update org.session set ended_at = $2, end_reason = $3 where person_id = $1 and ended_at is null",
        person.uuid(),
        moment(now_ms),
        reason.as_str()
    );
    Ok(ended.execute(connection).await?.rows_affected())
}

/// Ends all sessions of a person but one.
pub(super) async fn end_others(
    connection: &mut sqlx::PgConnection,
    person: PersonId,
    kept: Option<SessionId>,
    now_ms: i64,
) -> Stored<()> {
    sqlx::query!(
        "
        update org.session set ended_at = $2, end_reason = $3
        where person_id = $1 and ended_at is null and id is distinct from $4
        ",
        person.uuid(),
        moment(now_ms),
        EndReason::Password.as_str(),
        kept.map(SessionId::uuid)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends everybody's sessions, and links that were not used.
pub(in crate::store) async fn end_everybodys(
    connection: &mut sqlx::PgConnection,
    reason: EndReason,
    now_ms: i64,
) -> Stored<()> {
    sqlx::query!(
        "update org.session set ended_at = $1, end_reason = $2 where ended_at is null",
        moment(now_ms),
        reason.as_str()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from org.sign_in_link where used_at is null").execute(connection).await?;
    Ok(())
}

/// Sweeps out sessions that were over long ago, with their tokens.
async fn sweep(connection: &mut sqlx::PgConnection, now_ms: i64) -> Stored<()> {
    sqlx::query!("delete from org.session where expires_at < $1", moment(now_ms - SESSION_S_MAX * 1000))
        .execute(connection)
        .await?;
    Ok(())
}
