//! Requests that may come twice: the answer to the first is kept for a day and given again.

use chrono::{DateTime, Utc};
use roadbook_model::{PersonId, RequestId};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::ambient::{self, moment};
use crate::store::{Store, StoreError, Stored};

/// How long an answer is kept, in milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// After how long a request without an answer counts as cut off by a crash, in milliseconds.
const CUT_OFF_MS: i64 = 2 * 60 * 1_000;

/// A request that carries a key.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    /// Who asks.
    pub person: PersonId,
    /// The key.
    pub key: &'a str,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
}

/// What is known of a keyed request.
#[derive(Clone, Debug)]
pub enum Known {
    /// It is new, or was cut off by a crash: do it. What it makes gets this id, the same each time.
    New(Uuid),
    /// It was answered: say that again.
    Answered(Answer),
    /// It is being worked on.
    Running,
    /// The key was used for another request.
    Other,
}

/// An answer to give again.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers that matter, an object of text.
    pub headers: Json,
    /// The body.
    pub body: Vec<u8>,
}

impl Store {
    /// Takes a keyed request in, or says what is known of it.
    pub async fn begin_keyed(&self, request: Keyed<'_>) -> Stored<Known> {
        let now_ms = ambient::now_ms();
        self.forget_keyed(now_ms).await?;
        let id = RequestId::new(now_ms.unsigned_abs(), ambient::random()).uuid();
        let added = sqlx::query!(
            "
            insert into org.idempotency (person_id, key, fingerprint, seed, begun_at) values ($1, $2, $3, $4, $5)
            on conflict do nothing
            ",
            request.person.uuid(),
            request.key,
            &request.fingerprint[..],
            &id.as_bytes()[..],
            moment(now_ms)
        );
        if added.execute(self.pool()).await?.rows_affected() == 1 {
            return Ok(Known::New(id));
        }
        self.lookup_keyed(request, now_ms).await
    }

    async fn lookup_keyed(&self, request: Keyed<'_>, now_ms: i64) -> Stored<Known> {
        let row = sqlx::query!(
            r#"
            select fingerprint, seed, begun_at, status, headers, body
            from org.idempotency where person_id = $1 and key = $2
            "#,
            request.person.uuid(),
            request.key
        );
        let Some(row) = row.fetch_optional(self.pool()).await? else { return Ok(Known::Running) };
        if row.fingerprint != request.fingerprint {
            return Ok(Known::Other);
        }
        if let (Some(status), Some(headers), Some(body)) = (row.status, row.headers, row.body) {
            let status = u16::try_from(status).map_err(|_| StoreError::Unreadable { what: "answer" })?;
            return Ok(Known::Answered(Answer { status, headers, body }));
        }
        let id = Uuid::from_slice(&row.seed).map_err(|_| StoreError::Unreadable { what: "seed" })?;
        match self.take_over_keyed(request, row.begun_at, now_ms).await? {
            true => Ok(Known::New(id)),
            false => Ok(Known::Running),
        }
    }

    /// A request that nobody can be working on any more is done again, by one of those who ask.
    async fn take_over_keyed(
        &self,
        request: Keyed<'_>,
        begun_at: DateTime<Utc>,
        now_ms: i64,
    ) -> Stored<bool> {
        if now_ms - begun_at.timestamp_millis() < CUT_OFF_MS {
            return Ok(false);
        }
        let taken = sqlx::query!(
            "
            update org.idempotency set begun_at = $3
            where person_id = $1 and key = $2 and begun_at = $4 and status is null
            ",
            request.person.uuid(),
            request.key,
            moment(now_ms),
            begun_at
        );
        Ok(taken.execute(self.pool()).await?.rows_affected() == 1)
    }

    /// Keeps the answer to a keyed request.
    pub async fn answer_keyed(&self, request: Keyed<'_>, answer: &Answer) -> Stored<()> {
        sqlx::query!(
            "
            update org.idempotency set status = $3, headers = $4, body = $5
            where person_id = $1 and key = $2 and status is null
            ",
            request.person.uuid(),
            request.key,
            i16::try_from(answer.status).unwrap_or(i16::MAX),
            answer.headers,
            answer.body
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Lets a keyed request be tried again: it failed, and did nothing.
    pub async fn release_keyed(&self, request: Keyed<'_>) -> Stored<()> {
        sqlx::query!(
            "delete from org.idempotency where person_id = $1 and key = $2 and status is null",
            request.person.uuid(),
            request.key
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    async fn forget_keyed(&self, now_ms: i64) -> Stored<()> {
        sqlx::query!("delete from org.idempotency where begun_at < $1", moment(now_ms - KEPT_MS))
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
