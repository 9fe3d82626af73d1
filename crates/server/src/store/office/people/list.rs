//! People as the office reads them.

use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use sqlx::PgConnection;
use tracing::instrument;

use crate::store::cells::role;
use crate::store::{Store, Stored};

/// A person with all that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The person.
    pub id: PersonId,
    /// The person's number in the system behind, if there is one.
    pub external_id: Option<String>,
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// What the person is to the organisation.
    pub role: Role,
    /// The person's manager.
    pub manager: Option<PersonId>,
    /// Whether the person still works here.
    pub active: bool,
    /// Whether the person chose a password.
    pub has_password: bool,
    /// When the person was added.
    pub created_at: DateTime<Utc>,
    /// The version, for the entity tag.
    pub version: i64,
}

/// Whom a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody.
    All,
    /// This person, and whomever this person leads, directly or not.
    Led(PersonId),
    /// This person alone.
    Only(PersonId),
}

impl Sight {
    /// What a person of this role sees of people.
    pub fn of(person: PersonId, role: Role) -> Self {
        match role {
            Role::Admin | Role::Office => Self::All,
            Role::Manager => Self::Led(person),
            Role::Rep => Self::Only(person),
        }
    }

    /// For SQL: by whom the people seen are led, and who alone is seen; each null for no such bound.
    fn bounds(self) -> (Option<PersonId>, Option<PersonId>) {
        match self {
            Self::All => (None, None),
            Self::Led(person) => (Some(person), None),
            Self::Only(person) => (None, Some(person)),
        }
    }
}

/// Which people to list.
#[derive(Clone, Debug, Default)]
pub struct PeopleWanted {
    /// Those after this place: the name in lower case, and the person.
    pub after: Option<(String, uuid::Uuid)>,
    /// Those of this role.
    pub role: Option<Role>,
    /// Those who work here, or do not any more.
    pub active: Option<bool>,
    /// Those whose name or address contains this, whatever its case.
    pub text: Option<String>,
    /// At most so many.
    pub limit: i64,
}

/// A row as the database gives it.
struct Raw {
    id: uuid::Uuid,
    external_id: Option<String>,
    name: String,
    email: String,
    role: String,
    manager_id: Option<uuid::Uuid>,
    active: bool,
    has_password: bool,
    created_at: DateTime<Utc>,
    version: i64,
}

impl Raw {
    fn read(self) -> Stored<PersonRow> {
        Ok(PersonRow {
            id: self.id.into(),
            external_id: self.external_id,
            name: self.name,
            email: self.email,
            role: role(&self.role)?,
            manager: self.manager_id.map(Into::into),
            active: self.active,
            has_password: self.has_password,
            created_at: self.created_at,
            version: self.version,
        })
    }
}

impl Store {
    /// People whom the reader may see, by name.
    #[instrument(name = "db.person.list", skip_all, err(level = "debug"))]
    pub async fn list_people(&self, sight: Sight, wanted: &PeopleWanted) -> Stored<Vec<PersonRow>> {
        let (led_by, only) = sight.bounds();
        let rows = sqlx::query_as!(
            Raw,
            r#"
            select person.id, external_id, name, email, role, manager_id, active, created_at, version,
                   exists (select from org.password where person_id = person.id) as "has_password!"
            from org.person
            where ($1::uuid is null or person.id in (select led.id from org.led($1) led))
              and ($2::uuid is null or person.id = $2)
              and ($3::uuid is null or (lower(name), person.id) > ($8::text, $3))
              and ($4::text is null or role = $4)
              and ($5::boolean is null or active = $5)
              and ($6::text is null or strpos(lower(name), lower($6)) > 0 or strpos(lower(email), lower($6)) > 0)
            order by lower(name), person.id
            limit $7
            "#,
            led_by.map(PersonId::uuid),
            only.map(PersonId::uuid),
            wanted.after.as_ref().map(|(_, id)| *id),
            wanted.role.map(Role::as_str),
            wanted.active,
            wanted.text,
            wanted.limit,
            wanted.after.as_ref().map(|(name, _)| name.as_str())
        );
        rows.fetch_all(self.pool()).await?.into_iter().map(Raw::read).collect()
    }

    /// One person, if the reader may see that one. Whom the reader may not see is as good as unknown.
    #[instrument(name = "db.person.lookup", skip_all, fields(%person), err(level = "debug"))]
    pub async fn lookup_person_seen(&self, sight: Sight, person: PersonId) -> Stored<Option<PersonRow>> {
        let (led_by, only) = sight.bounds();
        let query = sqlx::query_scalar!(
            r#"
            select ($1::uuid is null or $3 in (select led.id from org.led($1) led)) and ($2::uuid is null or $2 = $3)
                   as "seen!"
            "#,
            led_by.map(PersonId::uuid),
            only.map(PersonId::uuid),
            person.uuid()
        );
        let mut connection = self.pool().acquire().await?;
        match query.fetch_one(&mut *connection).await? {
            true => lookup(&mut connection, person).await,
            false => Ok(None),
        }
    }
}

/// One person.
pub(super) async fn lookup(connection: &mut PgConnection, person: PersonId) -> Stored<Option<PersonRow>> {
    let row = sqlx::query_as!(
        Raw,
        r#"
        select person.id, external_id, name, email, role, manager_id, active, created_at, version,
               exists (select from org.password where person_id = person.id) as "has_password!"
        from org.person where person.id = $1
        "#,
        person.uuid()
    );
    row.fetch_optional(connection).await?.map(Raw::read).transpose()
}
