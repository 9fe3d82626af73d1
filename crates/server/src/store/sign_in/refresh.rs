//! Refresh tokens: each is good once, for the next one. An answer may be lost on the way, so the last one but one may
//! come again for as long as its successor was not used, and gets the same successor. Anything older is a copy in
//! somebody else's hands: then the session ends, and a device bound to it is taken out of use.
//!
//! ```text
//! comes    newest is    answer
//! n        n            n+1, new                      n+1 = HMAC(key, n): nothing but hashes is kept
//! n-1      n            n again                       the answer with n was lost
//! older    n            the session ends              somebody has a copy
//! ```

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, PersonId, SessionId};
use serde_json::json;
use sqlx::{Postgres, Transaction};
use tracing::{instrument, warn};

use super::secret::Secret;
use super::sessions::{EndReason, IDLE_S_MAX, Session, end};
use crate::ambient::moment;
use crate::keys::RefreshKey;
use crate::store::cells::role;
use crate::store::office::audit::{Act, record};
use crate::store::office::devices::take_out;
use crate::store::office::people::Person;
use crate::store::{Store, Stored};

/// What comes of a refresh token.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The session goes on.
    Live(Box<Session>),
    /// There is no such session, or it ended or ran out: sign in again.
    Over,
    /// An old token came again. The session ended just now.
    Reused(Reuse),
}

/// An old token that came again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// The session that ended.
    pub session: SessionId,
    /// Whose it was.
    pub person: PersonId,
    /// The device that is leaving now, if the session was bound to one.
    pub device: Option<DeviceId>,
}

/// A token as it is known, its session locked.
struct Known {
    session: SessionId,
    number: i32,
    last_number: i32,
    device: Option<DeviceId>,
    person: Person,
    session_expires_at: DateTime<Utc>,
}

impl Store {
    /// Exchanges a refresh token for the next one.
    #[instrument(name = "db.session.refresh", skip_all, err(level = "debug"))]
    pub async fn refresh(
        &self,
        token: &Secret,
        key: &RefreshKey,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Stored<Refreshed> {
        let mut tx = self.pool().begin().await?;
        let Some(known) = lookup(&mut tx, token, now_ms).await? else { return Ok(Refreshed::Over) };
        let next = token.successor(key);
        match known.last_number - known.number {
            0 => {
                advance(&mut tx, &known, &next, now_ms).await?;
                tx.commit().await?;
                Ok(known.live(next, moment(now_ms)))
            }
            1 => match made_at(&mut tx, known.session, &next).await? {
                Some(made_at) if made_at > idle_since(now_ms) => Ok(known.live(next, made_at)),
                // It is over too; or the server's key is another one than when it was made, and nobody can tell it again.
                _ => Ok(Refreshed::Over),
            },
            _ => {
                // No lock is held while waiting for the log's.
                drop(tx);
                self.end_reused(&known, address, now_ms).await.map(Refreshed::Reused)
            }
        }
    }

    /// Ends a session of which somebody has a copy. Its device goes to `leaving`, never to `blocked`: the copy may be
    /// no more than a restored backup, and what the device has not sent still arrives, for review.
    async fn end_reused(&self, known: &Known, address: Option<IpAddr>, now_ms: i64) -> Stored<Reuse> {
        let mut append = self.append_followed().await?;
        let ended = end(append.connection(), known.session, EndReason::Reused, now_ms).await?;
        let devices: Vec<DeviceId> = known.device.into_iter().collect();
        let taken_out = take_out(&mut append, &devices, "its sign-in was used from two places").await?;
        let device = taken_out.first().copied();
        let reuse = Reuse { session: known.session, person: known.person.id, device };
        if ended {
            // Whoever brought it may not be the person: the address is told, the name is not given to it.
            let detail = json!({ "person": reuse.person, "device": device, "address": address });
            let act =
                Act { action: "session.reuse", subject: Some(("session", reuse.session.uuid())), detail };
            record(append.connection(), None, act).await?;
        }
        append.commit().await?;
        warn!(session = %reuse.session, person = %reuse.person, ?device, "a refresh token came a second time");
        Ok(reuse)
    }
}

impl Known {
    fn live(self, refresh: Secret, made_at: DateTime<Utc>) -> Refreshed {
        let idle_until = made_at + chrono::Duration::seconds(IDLE_S_MAX);
        let expires_at = idle_until.min(self.session_expires_at);
        Refreshed::Live(Box::new(Session { id: self.session, person: self.person, refresh, expires_at }))
    }
}

/// Tokens made before this moment are over.
fn idle_since(now_ms: i64) -> DateTime<Utc> {
    moment(now_ms - IDLE_S_MAX * 1000)
}

/// The token and its session, if both are good; the session stays locked.
async fn lookup(
    tx: &mut Transaction<'static, Postgres>,
    token: &Secret,
    now_ms: i64,
) -> Stored<Option<Known>> {
    let query = sqlx::query!(
        "
        select session.id, refresh_token.number, session.last_number, session.device_id, refresh_token.made_at,
               session.expires_at, person.id as person_id, person.name, person.email, person.role, person.active
        from org.refresh_token
        join org.session on session.id = refresh_token.session_id
        join org.person on person.id = session.person_id
        where refresh_token.hash = $1 and session.ended_at is null and session.expires_at > $2 and person.active
        for update of session
        ",
        &token.hash()[..],
        moment(now_ms)
    );
    let Some(row) = query.fetch_optional(&mut **tx).await? else { return Ok(None) };
    let is_newest = row.number == row.last_number;
    if is_newest && row.made_at <= idle_since(now_ms) {
        return Ok(None);
    }
    let role = role(&row.role)?;
    Ok(Some(Known {
        session: row.id.into(),
        number: row.number,
        last_number: row.last_number,
        device: row.device_id.map(Into::into),
        person: Person {
            id: row.person_id.into(),
            name: row.name,
            email: row.email,
            role,
            active: row.active,
        },
        session_expires_at: row.expires_at,
    }))
}

/// Makes the next token the one that counts.
async fn advance(
    tx: &mut Transaction<'static, Postgres>,
    known: &Known,
    next: &Secret,
    now_ms: i64,
) -> Stored<()> {
    let number = known.number.saturating_add(1);
    sqlx::query!(
        "insert into org.refresh_token (hash, session_id, number, made_at) values ($1, $2, $3, $4)",
        &next.hash()[..],
        known.session.uuid(),
        number,
        moment(now_ms)
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update org.session set last_number = $2, last_at = $3 where id = $1",
        known.session.uuid(),
        number,
        moment(now_ms)
    )
    .execute(&mut **tx)
    .await?;
    // What is over anyhow need not be recognised: whoever brings it is told to sign in.
    sqlx::query!(
        "delete from org.refresh_token where session_id = $1 and number < $2 and made_at <= $3",
        known.session.uuid(),
        known.number,
        idle_since(now_ms)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// When this token was made, if it is one of the session's.
async fn made_at(
    tx: &mut Transaction<'static, Postgres>,
    session: SessionId,
    token: &Secret,
) -> Stored<Option<DateTime<Utc>>> {
    let query = sqlx::query_scalar!(
        "select made_at from org.refresh_token where hash = $1 and session_id = $2",
        &token.hash()[..],
        session.uuid()
    );
    Ok(query.fetch_optional(&mut **tx).await?)
}
