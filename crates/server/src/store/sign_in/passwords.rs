//! The hashes of passwords, and whose they are.

use roadbook_model::{PersonId, SessionId};
use serde_json::json;
use tracing::instrument;

use crate::ambient::moment;
use crate::store::cells::role;
use crate::store::office::audit::{Act, By, record};
use crate::store::office::people::Person;
use crate::store::sign_in::links::end_links;
use crate::store::sign_in::sessions::{EndReason, end_others};
use crate::store::{Store, Stored};

/// A person who may sign in, and the hash of the person's password.
#[derive(Clone, Debug)]
pub struct SignInRow {
    /// The person.
    pub person: Person,
    /// The hash, if the person chose a password.
    pub hash: Option<String>,
}

impl Store {
    /// What an active person signs in by, by e-mail address.
    #[instrument(name = "db.password.lookup", skip_all, err(level = "debug"))]
    pub async fn lookup_sign_in(&self, email: &str) -> Stored<Option<SignInRow>> {
        let query = sqlx::query!(
            r#"
            select person.id, name, email, role, active, hash as "hash?"
            from org.person left join org.password on person_id = person.id
            where lower(email) = lower($1) and active
            "#,
            email
        );
        let Some(row) = query.fetch_optional(self.pool()).await? else { return Ok(None) };
        let role = role(&row.role)?;
        let person = Person { id: row.id.into(), name: row.name, email: row.email, role, active: row.active };
        Ok(Some(SignInRow { person, hash: row.hash }))
    }

    /// Keeps the same password under a hash of today's parameters; unless another was chosen meanwhile.
    #[instrument(name = "db.password.rehash", skip_all, fields(%person), err(level = "debug"))]
    pub async fn rehash_password(&self, person: PersonId, old: &str, new: &str) -> Stored<()> {
        sqlx::query!(
            "update org.password set hash = $3 where person_id = $1 and hash = $2",
            person.uuid(),
            old,
            new
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Sets a person's password, and ends the sessions that were begun with an old one.
    #[instrument(name = "db.password.set", skip_all, fields(%person), err(level = "debug"))]
    pub async fn set_password(
        &self,
        by: Option<&By>,
        person: PersonId,
        hash: &str,
        now_ms: i64,
    ) -> Stored<()> {
        let mut tx = self.pool().begin().await?;
        put(&mut tx, person, hash, now_ms).await?;
        super::sessions::end_all(&mut tx, person, EndReason::Password, now_ms).await?;
        let subject = Some(("person", person.uuid()));
        record(&mut tx, by, Act { action: "person.set_password", subject, detail: json!({}) }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A person's own choice of another password, if it still has the hash that was compared. Links and every other session
    /// end. `false` when the password was changed meanwhile.
    #[instrument(name = "db.password.change", skip_all, fields(person = %by.person), err(level = "debug"))]
    pub async fn change_password(
        &self,
        by: &By,
        kept: Option<SessionId>,
        (old, new): (&str, &str),
        now_ms: i64,
    ) -> Stored<bool> {
        let mut tx = self.pool().begin().await?;
        let changed = sqlx::query!(
            "update org.password set hash = $3, changed_at = $4 where person_id = $1 and hash = $2",
            by.person.uuid(),
            old,
            new,
            moment(now_ms)
        )
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        end_others(&mut tx, by.person, kept, now_ms).await?;
        end_links(&mut tx, by.person).await?;
        let subject = Some(("person", by.person.uuid()));
        record(&mut tx, Some(by), Act { action: "person.change_password", subject, detail: json!({}) })
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether an active admin could sign in by a password.
    #[instrument(name = "db.password.admin", skip_all, err(level = "debug"))]
    pub async fn has_admin_who_signs_in(&self) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"
            select exists (select from org.person join org.password on person_id = person.id
                           where active and role = 'admin') as "exists!"
            "#
        );
        Ok(query.fetch_one(self.pool()).await?)
    }
}

/// Writes a hash.
pub(super) async fn put(
    connection: &mut sqlx::PgConnection,
    person: PersonId,
    hash: &str,
    now_ms: i64,
) -> Stored<()> {
    sqlx::query!(
        "
        insert into org.password (person_id, hash, changed_at) values ($1, $2, $3)
        on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at
        ",
        person.uuid(),
        hash,
        moment(now_ms)
    )
    .execute(connection)
    .await?;
    Ok(())
}
