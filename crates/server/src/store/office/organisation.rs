//! A whole organisation from another system in one transaction: people, territories, holders, reference data, records.
//! Either all of it is there afterwards or nothing. What is known already, by id or key, is left as it is: importing the
//! same again changes nothing, and what was changed here since stays changed.

use std::collections::BTreeSet;

use roadbook_model::permission::Role;
use roadbook_model::pricing::reference::PRODUCTS;
use roadbook_model::{AccountId, Kind, PersonId, TerritoryId};
use roadbook_protocol::entry::Reference;
use roadbook_sync::ledger::import::Imported;
use tracing::instrument;
use uuid::Uuid;

use super::audit::{self, Act};
use super::holders::check_clashes;
use super::import::{ImportCount, import};
use super::sample::load::mark;
use super::territories::{Capacity, at_once, settle};
use super::tree::check_place;
use super::verdicts::check_reference;
use super::{Done, OfficeError};
use crate::ambient::moment;
use crate::store::append::Append;
use crate::store::{Store, Stored};

/// What to import.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    /// People, managers before those whom they lead.
    pub people: Vec<KnownPerson>,
    /// Territories, each after the one that it is a part of.
    pub territories: Vec<KnownTerritory>,
    /// Who holds what.
    pub holders: Vec<KnownHolder>,
    /// Reference data.
    pub reference: Vec<Reference>,
    /// Records, accounts before what belongs to them.
    pub records: Vec<Imported>,
}

/// A person whose id the other system gives.
#[derive(Clone, Debug)]
pub struct KnownPerson {
    /// The person.
    pub id: PersonId,
    /// The person's number in the other system.
    pub external_id: Option<String>,
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// What the person is to the organisation.
    pub role: Role,
    /// The person's manager.
    pub manager: Option<PersonId>,
}

/// A territory whose id the other system gives.
#[derive(Clone, Debug)]
pub struct KnownTerritory {
    /// The territory.
    pub id: TerritoryId,
    /// Short word by which people name it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<TerritoryId>,
}

/// A holding whose id the other system gives.
#[derive(Clone, Debug)]
pub struct KnownHolder {
    /// The holding.
    pub id: [u8; 16],
    /// Who.
    pub person: PersonId,
    /// What.
    pub territory: TerritoryId,
    /// In what capacity.
    pub capacity: Capacity,
    /// From when, in milliseconds since 1970.
    pub from_ms: i64,
}

/// What was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrganisationCount {
    /// People added.
    pub people: usize,
    /// Territories added.
    pub territories: usize,
    /// Holdings added.
    pub holders: usize,
    /// Keys of reference data added.
    pub reference: usize,
    /// Products among them.
    pub products: usize,
    /// Records added, and those known already.
    pub records: ImportCount,
}

impl Store {
    /// Imports an organisation. All or nothing. What is new is the sample's if it is one.
    ///
    /// # Errors
    /// When a person or a territory is known here under another id; when a record breaks a rule of its kind.
    #[instrument(name = "db.organisation.import", skip_all, fields(records = what.records.len()), err(level = "debug"))]
    pub async fn import_organisation(&self, what: Organisation, is_sample: bool) -> Done<OrganisationCount> {
        let mut append = self.append_followed().await?;
        let added = take_in(&mut append, what).await?;
        let count = OrganisationCount::from(&added);
        if is_sample && !added.accounts.is_empty() {
            mark(&mut append, &added).await?;
        }
        append.publish_names().await?;
        append.publish_tree().await?;
        if count.is_news() {
            let act = Act { action: "organisation.import", subject: None, detail: count.told() };
            audit::record(append.connection(), None, act).await?;
        }
        append.commit().await?;
        Ok(count)
    }
}

/// What an import added.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub people: Vec<PersonId>,
    pub territories: Vec<TerritoryId>,
    pub holders: Vec<Uuid>,
    pub reference: Vec<Reference>,
    pub accounts: Vec<AccountId>,
    pub records: ImportCount,
}

/// Takes an organisation into an append, without committing it.
pub(super) async fn take_in(append: &mut Append<'_>, what: Organisation) -> Done<Added> {
    let mut new = Added::default();
    for person in &what.people {
        if add_person(append, person).await.map_err(|error| taken(error, &person.email))? {
            new.people.push(person.id);
        }
    }
    for territory in &what.territories {
        if add_territory(append, territory).await.map_err(|error| taken(error, &territory.code))? {
            new.territories.push(territory.id);
            check_place(append, territory.id).await?;
        }
    }
    let mut held = BTreeSet::new();
    for holder in &what.holders {
        if add_holder(append, holder).await? {
            new.holders.push(Uuid::from_bytes(holder.id));
            held.insert(holder.territory);
        }
    }
    for territory in held {
        check_clashes(append.connection(), territory).await?;
        settle(append, territory, &at_once()).await?;
    }
    for reference in what.reference {
        new.reference.push(add_reference(append, reference).await?);
    }
    new.accounts = new_accounts(append, &what.records).await?;
    new.records = import(append, what.records).await?;
    Ok(new)
}

/// The accounts among these records that are not here yet.
async fn new_accounts(append: &mut Append<'_>, records: &[Imported]) -> Stored<Vec<AccountId>> {
    let accounts = records.iter().filter(|record| record.envelope.kind == Kind::ACCOUNT);
    let accounts: Vec<Uuid> = accounts.map(|record| record.envelope.account.uuid()).collect();
    let query = sqlx::query_scalar!(
        r#"select id as "id!" from unnest($1::uuid[]) as given(id) where id not in (select id from sync.record)"#,
        &accounts
    );
    Ok(query.fetch_all(append.connection()).await?.into_iter().map(AccountId::from).collect())
}

impl From<&Added> for OrganisationCount {
    fn from(added: &Added) -> Self {
        let keys = |reference: &Reference| reference.items.len();
        let products = added.reference.iter().filter(|reference| reference.set == PRODUCTS);
        Self {
            people: added.people.len(),
            territories: added.territories.len(),
            holders: added.holders.len(),
            reference: added.reference.iter().map(keys).sum(),
            products: products.map(keys).sum(),
            records: added.records,
        }
    }
}

impl OrganisationCount {
    fn is_news(&self) -> bool {
        self.people + self.territories + self.holders + self.reference + self.records.added > 0
    }

    /// For the audit.
    pub(super) fn told(&self) -> serde_json::Value {
        serde_json::json!({
            "people": self.people,
            "territories": self.territories,
            "holders": self.holders,
            "reference": self.reference,
            "records": self.records.added,
        })
    }
}

/// A row that is there under another id is a matter for people.
fn taken(error: sqlx::Error, name: &str) -> OfficeError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => OfficeError::Impossible(format!(
            "{name} is known here already, under another id; nothing was imported"
        )),
        _ => error.into(),
    }
}

async fn add_person(append: &mut Append<'_>, person: &KnownPerson) -> Result<bool, sqlx::Error> {
    let query = sqlx::query!(
        "
        insert into org.person (id, external_id, name, email, role, manager_id)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do nothing
        ",
        person.id.uuid(),
        person.external_id,
        person.name,
        person.email,
        person.role.as_str(),
        person.manager.map(PersonId::uuid)
    );
    Ok(query.execute(append.connection()).await?.rows_affected() > 0)
}

async fn add_territory(append: &mut Append<'_>, territory: &KnownTerritory) -> Result<bool, sqlx::Error> {
    let query = sqlx::query!(
        "
        insert into org.territory (id, code, name, parent_id) values ($1, $2, $3, $4)
        on conflict (id) do nothing
        ",
        territory.id.uuid(),
        territory.code,
        territory.name,
        territory.parent.map(TerritoryId::uuid)
    );
    Ok(query.execute(append.connection()).await?.rows_affected() > 0)
}

async fn add_holder(append: &mut Append<'_>, holder: &KnownHolder) -> Stored<bool> {
    let query = sqlx::query!(
        "
        insert into org.holder (id, person_id, territory_id, capacity, from_at, begun_at)
        values ($1, $2, $3, $4, $5::timestamptz, case when $5 <= $6 then $6::timestamptz end)
        on conflict (id) do nothing
        ",
        Uuid::from_bytes(holder.id),
        holder.person.uuid(),
        holder.territory.uuid(),
        holder.capacity.as_str(),
        moment(holder.from_ms),
        moment(append.book.now_ms)
    );
    Ok(query.execute(append.connection()).await?.rows_affected() > 0)
}

/// Publishes the keys of a set that are not there yet, and says which they are.
async fn add_reference(append: &mut Append<'_>, mut reference: Reference) -> Done<Reference> {
    let query = sqlx::query_scalar!("select key from sync.reference where set = $1", reference.set);
    let known: BTreeSet<String> = query.fetch_all(append.connection()).await?.into_iter().collect();
    reference.items.retain(|item| !known.contains(&item.key));
    check_reference(&reference)?;
    if !reference.items.is_empty() {
        append.book.publish(reference.clone());
    }
    Ok(reference)
}
