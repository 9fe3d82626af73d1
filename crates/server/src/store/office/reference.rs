//! Reference data as the office keeps it: read by key, published with every rule asked first.
//!
//! The sets that prices are made from, those of the plan and the processes are published here; the sets `people`,
//! `departments` and `territories` are the server's own.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::pricing::reference::{PRICE_LISTS, PRICES, PRODUCTS, TIERS, check, check_set};
use roadbook_model::rule::Violation;
use roadbook_model::{plan, process};
use roadbook_protocol::entry::{Reference, ReferenceItem};
use serde::Serialize;
use serde_json::{Value as Json, json};
use tracing::instrument;
use utoipa::ToSchema;

use super::audit::{self, Act, By};
use super::search::words;
use super::{Done, OfficeError};
use crate::store::append::Append;
use crate::store::cells::signed;
use crate::store::{Store, Stored};

/// Most values in one entry of the log: a device stores an entry at once.
const ENTRY_ITEMS_MAX: usize = 500;
/// Most faults that one answer names.
const FAULTS_MAX: usize = 200;

/// One published value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReferenceRow {
    /// Its key within the set: a SKU.
    pub key: String,
    /// The value, a JSON object.
    #[schema(value_type = Object)]
    pub value: Json,
    /// Position of the log entry that last wrote it.
    pub position: i64,
}

/// What is to be published: values by key; `None` removes the key.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The set.
    pub set: String,
    /// The values.
    pub items: BTreeMap<String, Option<Json>>,
    /// Whether it is only checked.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Published {
    /// Keys that are new or have another value now.
    pub changed: usize,
    /// Keys that are gone.
    pub removed: usize,
    /// Keys whose value was the same, or that were not there to remove.
    pub unchanged: usize,
    /// Position of the last log entry; null if nothing was published.
    pub position: Option<i64>,
    /// Everything wrong, if it was only checked; at most 200 faults.
    pub faults: Vec<Fault>,
}

/// One thing wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Stable word for programs.
    pub code: String,
    /// The key, then the way to the field.
    pub path: Vec<String>,
    /// What is wrong and what to do.
    pub text: String,
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self { code: violation.code.to_owned(), path: violation.path, text: violation.text }
    }
}

impl Store {
    /// A set's values after a key, by key; if words are given, only that of just this key and those with such a name.
    #[instrument(name = "db.reference.list", skip_all, fields(set), err(level = "debug"))]
    pub async fn list_reference(
        &self,
        set: &str,
        text: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Stored<Vec<ReferenceRow>> {
        let words = text.map(|text| words(text).unwrap_or_default());
        let query = sqlx::query_as!(
            ReferenceRow,
            "
            select key, json as value, position from sync.reference
            where set = $1 and ($2::text is null or key > $2)
              and ($4::text is null or key = $4
                   or ($5 <> '' and record.words(json ->> 'name') @@ to_tsquery('simple', $5)))
            order by key limit $3
            ",
            set,
            after,
            limit,
            text.map(str::trim),
            words
        );
        Ok(query.fetch_all(self.pool()).await?)
    }

    /// Publishes values of one set, all or none, or with `dry_run` only says what would come of it.
    ///
    /// # Errors
    /// `reference_invalid` with the first fault, if anything is wrong and it was to be published.
    #[instrument(name = "db.reference.change", skip_all, fields(set = publication.set), err(level = "debug"))]
    pub async fn publish_checked(&self, by: &By, publication: Publication) -> Done<Published> {
        let mut append = self.append().await?;
        let known = known(&mut append, &publication).await?;
        let faults = faults(&mut append, &publication, &known).await?;
        let news: Vec<(String, Option<Json>)> = publication
            .items
            .iter()
            .filter(|(key, value)| known.get(*key) != value.as_ref())
            .map(own)
            .collect();
        let removed = news.iter().filter(|(_, value)| value.is_none()).count();
        let mut published = Published {
            changed: news.len() - removed,
            removed,
            unchanged: publication.items.len() - news.len(),
            position: None,
            faults: Vec::new(),
        };
        if publication.dry_run {
            published.faults = faults.into_iter().take(FAULTS_MAX).map(Fault::from).collect();
            return Ok(published);
        }
        if let Some(first) = faults.first() {
            return Err(refuse(first, faults.len()));
        }
        if news.is_empty() {
            return Ok(published);
        }
        let position = signed(write(&mut append, &publication.set, &news));
        published.position = Some(position);
        let detail = json!({
            "set": publication.set, "changed": published.changed, "removed": removed, "position": position,
        });
        let act = Act { action: "reference.publish", subject: None, detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await?;
        Ok(published)
    }
}

fn own((key, value): (&String, &Option<Json>)) -> (String, Option<Json>) {
    (key.clone(), value.clone())
}

fn refuse(first: &Violation, count: usize) -> OfficeError {
    let more =
        if count > 1 { format!(" ({count} faults in all; dry_run names them)") } else { String::new() };
    let text = format!("{} at {}: {}{more}", first.code, first.path.join("."), first.text);
    OfficeError::invalid("reference_invalid", text)
}

/// Appends the news in entries that a device can store at once; the position of the last.
pub(super) fn write(append: &mut Append<'_>, set: &str, news: &[(String, Option<Json>)]) -> u64 {
    let mut position = 0;
    for part in news.chunks(ENTRY_ITEMS_MAX) {
        let items = part.iter().map(|(key, value)| ReferenceItem {
            key: key.clone(),
            json: value.as_ref().map(Json::to_string),
        });
        position = append.book.publish(Reference { set: set.to_owned(), items: items.collect() });
    }
    position
}

/// What stands now: of products and prices, which may be many, only under the keys in question; of other sets all.
async fn known(append: &mut Append<'_>, publication: &Publication) -> Stored<BTreeMap<String, Json>> {
    let by_key = matches!(publication.set.as_str(), PRODUCTS | PRICES);
    let keys: Vec<&str> = publication.items.keys().map(String::as_str).collect();
    let query = sqlx::query!(
        "select key, json from sync.reference where set = $1 and (not $2 or key = any($3))",
        publication.set,
        by_key,
        &keys as &[&str]
    );
    let rows = query.fetch_all(append.connection()).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.json)).collect())
}

/// Everything wrong with the set as it would stand.
async fn faults(
    append: &mut Append<'_>,
    publication: &Publication,
    known: &BTreeMap<String, Json>,
) -> Stored<Vec<Violation>> {
    let set = publication.set.as_str();
    let mut faults = Vec::new();
    let mut whole = known.clone();
    let departments = if set == process::SET { departments(append).await? } else { BTreeSet::new() };
    for (key, value) in &publication.items {
        if set == process::SET {
            let found = process::check_with(key, value.as_ref(), known.get(key), &departments);
            faults.extend(below(key, found));
            continue;
        }
        match value {
            Some(value) => {
                faults.extend(check(set, key, value));
                faults.extend(plan::check(set, key, value));
                whole.insert(key.clone(), value.clone());
            }
            None => drop(whole.remove(key)),
        }
    }
    let mut others = BTreeMap::new();
    for other in [PRICE_LISTS, TIERS] {
        let query = sqlx::query_scalar!("select key from sync.reference where set = $1", other);
        let keys: BTreeSet<String> = query.fetch_all(append.connection()).await?.into_iter().collect();
        others.insert(other, keys);
    }
    faults.extend(plan::check_set(set, &whole));
    faults.extend(check_set(set, &whole, |other| others.get(other).cloned().unwrap_or_default()));
    Ok(faults)
}

/// The codes of the departments that there are.
async fn departments(append: &mut Append<'_>) -> Stored<BTreeSet<String>> {
    let query = sqlx::query_scalar!("select code from org.department");
    Ok(query.fetch_all(append.connection()).await?.into_iter().collect())
}

/// Faults of a value, each with the value's key before the way to its field.
fn below(key: &str, faults: Vec<Violation>) -> impl Iterator<Item = Violation> {
    faults.into_iter().map(move |fault| {
        let path: Vec<String> = std::iter::once(key.to_owned()).chain(fault.path.iter().cloned()).collect();
        Violation { path, ..fault }
    })
}
