//! Changes of people, one at a time, by an admin: added, changed on a known version, deactivated and back.

use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, PersonId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::place::Handover;
use serde_json::{Value as Json, json};
use sqlx::PgConnection;
use tracing::instrument;

use super::NewPerson;
use super::list::{PersonRow, lookup};
use crate::ambient;
use crate::store::append::Append;
use crate::store::office::audit::{Act, By, record};
use crate::store::office::devices::take_out;
use crate::store::office::territories::settle_all;
use crate::store::office::{Done, OfficeError, unknown};
use crate::store::sign_in::links::end_links;
use crate::store::sign_in::sessions::{EndReason, end_all};
use crate::store::{Store, Stored};

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 200;
/// Most bytes of an e-mail address (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;
/// What to change of a person; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    /// Full name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// What the person is to the organisation.
    pub role: Option<Role>,
    /// The person's manager; `Some(None)`: nobody.
    pub manager: Option<Option<PersonId>>,
    /// The person's number in the system behind; `Some(None)`: none.
    pub external_id: Option<Option<String>>,
}

/// What came of a deactivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deactivated {
    /// The person, as it is now.
    pub person: PersonRow,
    /// How many sessions ended.
    pub sessions: u64,
    /// The devices that are leaving now.
    pub devices: Vec<DeviceId>,
}

impl Store {
    /// Adds a person under this id, and tells devices the name. Adding it again changes nothing.
    ///
    /// # Errors
    /// What is wrong with it; nothing is added.
    #[instrument(name = "db.person.add", skip_all, err(level = "debug"))]
    pub async fn add_person(&self, by: Option<&By>, id: PersonId, new: &NewPerson) -> Done<PersonRow> {
        let (name, email) = (admit_name(&new.name)?, admit_email(&new.email)?);
        admit_external(new.external_id.as_deref())?;
        let mut append = self.append().await?;
        if let Some(manager) = new.manager {
            check_manager(append.connection(), id, manager).await?;
        }
        let added = sqlx::query!(
            "
            insert into org.person (id, external_id, name, email, role, manager_id)
            values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing
            ",
            id.uuid(),
            new.external_id,
            name,
            email,
            new.role.as_str(),
            new.manager.map(PersonId::uuid)
        )
        .execute(append.connection())
        .await
        .map_err(taken)?;
        if added.rows_affected() > 0 {
            let detail = json!({ "email": email, "role": new.role });
            note(append.connection(), by, "person.add", id, detail).await?;
            append.publish_names().await?;
        }
        let row = lookup(append.connection(), id).await?.ok_or_else(|| unknown("person", id))?;
        append.commit().await?;
        Ok(row)
    }

    /// Changes a person who is at this version. A new manager is entitled to whatever the person is, and the old one is
    /// not: the leases of their devices follow in the same transaction.
    ///
    /// # Errors
    /// What is wrong with it; nothing is changed.
    #[instrument(name = "db.person.change", skip_all, fields(%person), err(level = "debug"))]
    pub async fn change_person(
        &self,
        by: Option<&By>,
        person: PersonId,
        version: Option<i64>,
        change: &PersonChange,
    ) -> Done<PersonRow> {
        let mut append = self.append_followed().await?;
        let row = lock(&mut append, person, version).await?;
        let name = change.name.as_deref().map(admit_name).transpose()?;
        let email = change.email.as_deref().map(admit_email).transpose()?;
        admit_external(change.external_id.as_ref().and_then(Option::as_deref))?;
        if row.active && row.role == Role::Admin && change.role.is_some_and(|role| role != Role::Admin) {
            check_not_last_admin(append.connection(), person).await?;
        }
        let manager = change.manager.unwrap_or(row.manager);
        if let Some(manager) = manager.filter(|manager| Some(*manager) != row.manager) {
            check_manager(append.connection(), person, manager).await?;
        }
        sqlx::query!(
            "
            update org.person set
                name = coalesce($2, name), email = coalesce($3, email), role = coalesce($4, role), manager_id = $5,
                external_id = case when $6 then $7 else external_id end, version = version + 1
            where id = $1
            ",
            person.uuid(),
            name,
            email,
            change.role.map(Role::as_str),
            manager.map(PersonId::uuid),
            change.external_id.is_some(),
            change.external_id.clone().flatten()
        )
        .execute(append.connection())
        .await
        .map_err(taken)?;
        if manager != row.manager {
            settle_reach(&mut append, person).await?;
        }
        if name.is_some() {
            append.publish_names().await?;
        }
        note(append.connection(), by, "person.change", person, change.told()).await?;
        let row = lookup(append.connection(), person).await?.ok_or_else(|| unknown("person", person))?;
        append.commit().await?;
        Ok(row)
    }

    /// Deactivates a person: every session ends, links too, and the person's devices leave; what they have not sent still
    /// comes, for review. Deactivating twice changes nothing more.
    ///
    /// # Errors
    /// `last_admin` and the usual ones; nothing is changed then.
    #[instrument(name = "db.person.deactivate", skip_all, fields(%person), err(level = "debug"))]
    pub async fn deactivate_person(
        &self,
        by: Option<&By>,
        person: PersonId,
        version: Option<i64>,
    ) -> Done<Deactivated> {
        let mut append = self.append_followed().await?;
        let row = lock(&mut append, person, version).await?;
        if row.active && row.role == Role::Admin {
            check_not_last_admin(append.connection(), person).await?;
        }
        let (sessions, devices) = leave(&mut append, by, person).await?;
        let row = lookup(append.connection(), person).await?.ok_or_else(|| unknown("person", person))?;
        append.commit().await?;
        Ok(Deactivated { person: row, sessions, devices })
    }

    /// Takes a person back. Devices that left stay so: they enrol anew.
    ///
    /// # Errors
    /// The usual ones.
    #[instrument(name = "db.person.reactivate", skip_all, fields(%person), err(level = "debug"))]
    pub async fn reactivate_person(
        &self,
        by: Option<&By>,
        person: PersonId,
        version: Option<i64>,
    ) -> Done<PersonRow> {
        let mut append = self.append_followed().await?;
        lock(&mut append, person, version).await?;
        set_active(append.connection(), person, true).await?;
        note(append.connection(), by, "person.reactivate", person, json!({})).await?;
        let row = lookup(append.connection(), person).await?.ok_or_else(|| unknown("person", person))?;
        append.commit().await?;
        Ok(row)
    }
}

/// Deactivates a person in an append that does more: how many sessions ended, and which devices leave.
pub(in crate::store::office) async fn leave(
    append: &mut Append<'_>,
    by: Option<&By>,
    person: PersonId,
) -> Stored<(u64, Vec<DeviceId>)> {
    set_active(append.connection(), person, false).await?;
    let now_ms = append.book.now_ms;
    let sessions = end_all(append.connection(), person, EndReason::Deactivated, now_ms).await?;
    end_links(append.connection(), person).await?;
    let devices = devices_of(append.connection(), person).await?;
    let devices = take_out(append, &devices, "its person does not work here any more").await?;
    let detail = json!({ "sessions": sessions, "devices": devices });
    note(append.connection(), by, "person.deactivate", person, detail).await?;
    Ok((sessions, devices))
}

impl PersonChange {
    /// What is changed, for the audit.
    fn told(&self) -> Json {
        let mut told = serde_json::Map::new();
        let mut add = |name: &str, value: Option<Json>| {
            told.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("name", self.name.as_ref().map(|name| json!(name)));
        add("email", self.email.as_ref().map(|email| json!(email)));
        add("role", self.role.map(|role| json!(role)));
        add("manager_id", self.manager.map(|manager| json!(manager)));
        add("external_id", self.external_id.as_ref().map(|id| json!(id)));
        Json::Object(told)
    }
}

/// What somebody else has already.
fn taken(error: sqlx::Error) -> OfficeError {
    match error.as_database_error().and_then(|error| error.constraint()) {
        Some("person_email") => OfficeError::conflict("email_taken", "somebody else has this e-mail address"),
        Some("person_external_id_key") => {
            OfficeError::conflict("external_id_taken", "somebody else has this number in the system behind")
        }
        _ => error.into(),
    }
}

async fn note(
    connection: &mut PgConnection,
    by: Option<&By>,
    action: &str,
    person: PersonId,
    detail: Json,
) -> Stored<()> {
    let act = Act { action, subject: Some(("person", person.uuid())), detail };
    Ok(record(connection, by, act).await?)
}

/// The person, kept from others until the end of the append, at the version that the caller saw.
async fn lock(append: &mut Append<'_>, person: PersonId, version: Option<i64>) -> Done<PersonRow> {
    sqlx::query!("select id from org.person where id = $1 for update", person.uuid())
        .fetch_optional(append.connection())
        .await?
        .ok_or_else(|| unknown("person", person))?;
    let row = lookup(append.connection(), person).await?.ok_or_else(|| unknown("person", person))?;
    if version.is_some_and(|version| version != row.version) {
        return Err(OfficeError::Stale { current: row.version });
    }
    Ok(row)
}

async fn set_active(connection: &mut PgConnection, person: PersonId, active: bool) -> Stored<()> {
    sqlx::query!(
        "update org.person set active = $2, version = version + 1 where id = $1 and active <> $2",
        person.uuid(),
        active
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn check_not_last_admin(connection: &mut PgConnection, person: PersonId) -> Done<()> {
    // Whoever changes or deactivates people holds the log's lock, so that two admins never leave at once.
    let query = sqlx::query_scalar!(
        r#"select exists (select from org.person where role = 'admin' and active and id <> $1) as "other!""#,
        person.uuid()
    );
    if query.fetch_one(connection).await? {
        Ok(())
    } else {
        Err(OfficeError::conflict(
            "last_admin",
            "this is the last active admin; make somebody else an admin first",
        ))
    }
}

async fn check_manager(connection: &mut PgConnection, person: PersonId, manager: PersonId) -> Done<()> {
    let query = sqlx::query!(
        r#"
        select exists (select from org.person where id = $2 and active) as "known!",
               exists (select from org.led($1) led where led.id = $2) as "led!"
        "#,
        person.uuid(),
        manager.uuid()
    );
    let row = query.fetch_one(connection).await?;
    match (row.known, row.led) {
        (_, true) => Err(OfficeError::conflict(
            "manager_cycle",
            "a person cannot be led by somebody whom the person leads",
        )),
        (false, false) => Err(OfficeError::invalid("unknown_manager", "the manager is not an active person")),
        (true, false) => Ok(()),
    }
}

/// Brings the leases on everything that the person reaches in line.
async fn settle_reach(append: &mut Append<'_>, person: PersonId) -> Done<()> {
    let now = ambient::moment(append.book.now_ms);
    let query = sqlx::query_scalar!(
        r#"select territory_id as "territory!" from org.reach($1, $2)"#,
        person.uuid(),
        now
    );
    let territories = query.fetch_all(append.connection()).await?;
    let territories: Vec<TerritoryId> = territories.into_iter().map(TerritoryId::from).collect();
    let terms = Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None };
    settle_all(append, &territories, &terms).await?;
    Ok(())
}

async fn devices_of(connection: &mut PgConnection, person: PersonId) -> Stored<Vec<DeviceId>> {
    let query = sqlx::query_scalar!("select id from org.device where person_id = $1", person.uuid());
    Ok(query.fetch_all(connection).await?.into_iter().map(DeviceId::from).collect())
}

/// A name without spaces around it.
fn admit_name(name: &str) -> Done<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(OfficeError::invalid("bad_name", "a name has 1 to 200 characters, on one line"));
    }
    Ok(name)
}

/// A number in another system.
fn admit_external(id: Option<&str>) -> Done<()> {
    let is_one = id.is_none_or(|id| {
        !id.trim().is_empty() && id.chars().count() <= NAME_CHARS_MAX && !id.contains(char::is_control)
    });
    let text = "a number in the system behind has 1 to 200 characters, on one line";
    if is_one { Ok(()) } else { Err(OfficeError::invalid("bad_external_id", text)) }
}

/// An address that mail could go to, as far as that can be told without sending some.
fn admit_email(email: &str) -> Done<&str> {
    let email = email.trim();
    let is_one = email.len() <= EMAIL_BYTES_MAX
        && email
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_one {
        Ok(email)
    } else {
        Err(OfficeError::invalid("bad_email", "an e-mail address reads name@host"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_looked_at() {
        assert_eq!(admit_name("  Anna Berg ").unwrap(), "Anna Berg");
        for name in ["", "   ", "a\nb", "a\0b", &"x".repeat(201)] {
            assert!(admit_name(name).is_err(), "{name:?}");
        }
        assert_eq!(admit_email(" anna@example.org ").unwrap(), "anna@example.org");
        let long = format!("{}@example.org", "x".repeat(250));
        for email in ["", "anna", "@", "anna@", "@host", "a@b@c", "a b@host", "a@ho\u{0}st", &long] {
            assert!(admit_email(email).is_err(), "{email:?}");
        }
    }
}
