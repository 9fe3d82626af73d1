//! One-time links: how a person comes to a first password, or to a new one.

use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use serde_json::json;
use tracing::instrument;

use super::passwords::put;
use super::secret::{Purpose, Secret};
use super::sessions::{EndReason, end_all};
use crate::ambient::{self, moment};
use crate::store::office::audit::{Act, By, record};
use crate::store::office::people::Person;
use crate::store::office::{Done, unknown};
use crate::store::{Store, Stored};

/// A link to hand to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its secret. Shown once, kept nowhere.
    pub secret: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

impl Link {
    /// Where to open it. The secret is in the fragment, which browsers keep to themselves: no log and no proxy sees it.
    pub fn url(&self, origin: &str) -> String {
        format!("{origin}/link#{}", self.secret)
    }
}

/// How long the first admin's link is good, in seconds. Each start makes another.
const FIRST_S: i64 = 24 * 60 * 60;
/// The first admin's e-mail address, until it is changed.
const FIRST_EMAIL: &str = "admin@localhost";
/// Marks the admin whom the first start made, as the number in a system behind.
pub const FIRST_ID: &str = "roadbook:first-admin";

impl Store {
    /// A link for an admin while none can sign in; `None` once one can. If there is no admin at all, one is made.
    #[instrument(name = "db.sign_in_link.first", skip_all, err(level = "debug"))]
    pub async fn first_link(&self, now_ms: i64) -> Done<Option<(Person, Link)>> {
        if self.has_admin_who_signs_in().await? {
            return Ok(None);
        }
        let id = PersonId::new(now_ms.unsigned_abs(), ambient::random());
        // Somebody of that address who is no admin is left alone; then there is nobody to make a link for.
        sqlx::query!(
            "
            insert into org.person (id, external_id, name, email, role)
            select $1, $2, 'Administrator', $3, 'admin'
            where not exists (select from org.person where role = 'admin' and active)
            on conflict do nothing
            ",
            id.uuid(),
            FIRST_ID,
            FIRST_EMAIL
        )
        .execute(self.pool())
        .await?;
        let query = sqlx::query_scalar!(
            "select id from org.person where role = 'admin' and active order by created_at, id limit 1"
        );
        let Some(admin) = query.fetch_optional(self.pool()).await?.map(PersonId::from) else {
            return Ok(None);
        };
        let link = self.add_link(None, admin, FIRST_S, now_ms).await?;
        Ok(self.lookup_person_by_id(admin).await?.map(|person| (person, link)))
    }

    /// Makes a link for an active person, good for so many seconds. Earlier links of the same person end.
    #[instrument(name = "db.sign_in_link.add", skip_all, fields(%person), err(level = "debug"))]
    pub async fn add_link(
        &self,
        by: Option<&By>,
        person: PersonId,
        lifetime_s: i64,
        now_ms: i64,
    ) -> Done<Link> {
        let known = self.lookup_person_by_id(person).await?.filter(|person| person.active);
        known.ok_or_else(|| unknown("active person", person))?;
        let secret = Secret::fresh(Purpose::Link);
        let expires_at = moment(now_ms.saturating_add(lifetime_s.saturating_mul(1000)));
        let mut tx = self.pool().begin().await?;
        end_links(&mut tx, person).await?;
        sqlx::query!(
            "insert into org.sign_in_link (hash, person_id, made_at, expires_at) values ($1, $2, $3, $4)",
            &secret.hash()[..],
            person.uuid(),
            moment(now_ms),
            expires_at
        )
        .execute(&mut *tx)
        .await?;
        let subject = Some(("person", person.uuid()));
        let detail = json!({ "expires_at": expires_at });
        record(&mut tx, by, Act { action: "person.link", subject, detail }).await?;
        tx.commit().await?;
        Ok(Link { secret: secret.text(), expires_at })
    }

    /// For whom a link is, while it works.
    #[instrument(name = "db.sign_in_link.lookup", skip_all, err(level = "debug"))]
    pub async fn lookup_link(&self, secret: &Secret, now_ms: i64) -> Stored<Option<Person>> {
        let query = sqlx::query_scalar!(
            "select person_id from org.sign_in_link where hash = $1 and used_at is null and expires_at > $2",
            &secret.hash()[..],
            moment(now_ms)
        );
        let Some(person) = query.fetch_optional(self.pool()).await? else { return Ok(None) };
        Ok(self.lookup_person_by_id(person.into()).await?.filter(|person| person.active))
    }

    /// Uses a link up for a password. `false` when it does not work any more: somebody else was first, or it ran out.
    #[instrument(name = "db.sign_in_link.use", skip_all, err(level = "debug"))]
    pub async fn use_link(&self, by: &By, secret: &Secret, hash: &str, now_ms: i64) -> Stored<bool> {
        let mut tx = self.pool().begin().await?;
        let query = sqlx::query_scalar!(
            "
            update org.sign_in_link set used_at = $2
            where hash = $1 and used_at is null and expires_at > $2
              and exists (select from org.person where id = person_id and active)
            returning person_id
            ",
            &secret.hash()[..],
            moment(now_ms)
        );
        let Some(person) = query.fetch_optional(&mut *tx).await?.map(PersonId::from) else {
            return Ok(false);
        };
        put(&mut tx, person, hash, now_ms).await?;
        end_all(&mut tx, person, EndReason::Password, now_ms).await?;
        let subject = Some(("person", person.uuid()));
        record(&mut tx, Some(by), Act { action: "person.use_link", subject, detail: json!({}) }).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Ends a person's links that were not used.
pub(in crate::store) async fn end_links(connection: &mut sqlx::PgConnection, person: PersonId) -> Stored<()> {
    sqlx::query!("delete from org.sign_in_link where person_id = $1 and used_at is null", person.uuid())
        .execute(connection)
        .await?;
    Ok(())
}
