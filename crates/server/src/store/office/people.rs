//! People.

pub mod change;
pub mod list;

use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use tracing::instrument;

use super::audit::{self, Act};
use super::{Done, OfficeError};
use crate::ambient;
use crate::store::cells::role;
use crate::store::{Store, Stored};

/// A person to add, or to bring up to date.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The person's number in the system behind, if there is one.
    pub external_id: Option<String>,
    /// Full name.
    pub name: String,
    /// E-mail address: by it the person is known.
    pub email: String,
    /// What the person is to the organisation.
    pub role: Role,
    /// The person's manager.
    pub manager: Option<PersonId>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// What the person is to the organisation.
    pub role: Role,
    /// Whether the person still works here.
    pub active: bool,
}

impl Store {
    /// Adds a person, or brings the one with this e-mail address up to date, at the server's own command line. Who that
    /// is stays the same.
    #[instrument(name = "db.person.put", skip_all, err(level = "debug"))]
    pub async fn put_person(&self, person: &NewPerson) -> Done<PersonId> {
        if person.name.trim().is_empty() || !person.email.contains('@') {
            return Err(OfficeError::Impossible("a person needs a name and an e-mail address".into()));
        }
        let id = PersonId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        let query = sqlx::query_scalar!(
            "
            insert into org.person (id, external_id, name, email, role, manager_id)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (lower(email)) do update set
                external_id = excluded.external_id, name = excluded.name, role = excluded.role,
                manager_id = excluded.manager_id
            returning id
            ",
            id.uuid(),
            person.external_id,
            person.name,
            person.email,
            person.role.as_str(),
            person.manager.map(PersonId::uuid)
        );
        let mut tx = self.pool().begin().await?;
        let id = query.fetch_one(&mut *tx).await?;
        let detail = serde_json::json!({ "email": person.email, "role": person.role });
        let act = Act { action: "person.put", subject: Some(("person", id)), detail };
        audit::record(&mut tx, None, act).await?;
        tx.commit().await?;
        Ok(id.into())
    }

    /// A person by e-mail address.
    pub async fn lookup_person(&self, email: &str) -> Stored<Option<Person>> {
        let query = sqlx::query!(
            "select id, name, email, role, active from org.person where lower(email) = lower($1)",
            email
        );
        let Some(row) = query.fetch_optional(self.pool()).await? else { return Ok(None) };
        let role = role(&row.role)?;
        Ok(Some(Person { id: row.id.into(), name: row.name, email: row.email, role, active: row.active }))
    }

    /// A person by id.
    pub async fn lookup_person_by_id(&self, id: PersonId) -> Stored<Option<Person>> {
        let query =
            sqlx::query!("select id, name, email, role, active from org.person where id = $1", id.uuid());
        let Some(row) = query.fetch_optional(self.pool()).await? else { return Ok(None) };
        let role = role(&row.role)?;
        Ok(Some(Person { id: row.id.into(), name: row.name, email: row.email, role, active: row.active }))
    }
}
