//! Accounts that are likely one: the list of them, and the word of somebody that two are not. Merging is
//! [`super::merge`]'s; how alike two are is the model's matter ([`roadbook_model::alike`]).
//!
//! [`find`] keeps the pairs as accounts are written, [`judge`] what people say of them. So the list costs one row of an index
//! for each row shown, however many accounts there are.

pub mod find;
pub mod judge;

use chrono::{DateTime, Utc};
use roadbook_model::AccountId;
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// What is read of each account of a pair, in the order in which people compare.
const SHOWN: [&str; 10] = [
    "external_id",
    "account_type",
    "street",
    "postal_code",
    "city",
    "country",
    "phone",
    "email",
    "website",
    "tax_id",
];

/// Two accounts that are likely one.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Duplicate {
    /// The account that was there first.
    pub account: DuplicateSide,
    /// The other.
    pub other: DuplicateSide,
    /// How alike they are, from 600 to 1000; null when they are not by now, and somebody set them apart before.
    pub points: Option<i64>,
    /// What agrees: `name`, `tax_id`, `phone`, `email`, `domain`, `street`, `postal_code`, `position`.
    pub reasons: Vec<String>,
    /// Who said that they are not one; null if nobody did.
    pub apart_by_id: Option<Uuid>,
    /// That person's name.
    pub apart_by_name: Option<String>,
    /// When.
    pub apart_at: Option<DateTime<Utc>>,
}

/// One account of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DuplicateSide {
    /// The account.
    pub id: Uuid,
    /// What it is called.
    pub name: Option<String>,
    /// The territory that it lies in.
    pub territory_id: Option<Uuid>,
    /// When it came into the record.
    pub created_at: DateTime<Utc>,
    /// What else it says, by field, by which one tells them apart.
    #[schema(value_type = Object)]
    pub fields: Json,
}

/// Which pairs.
#[derive(Clone, Copy, Debug, Default)]
pub struct DuplicateFilter {
    /// Pairs that this account is one of.
    pub account: Option<AccountId>,
    /// Those that somebody set apart, the latest first; else those of which nobody did, the most alike first.
    pub apart: bool,
    /// Those after this one: where it stands in the order, and its accounts.
    pub after: Option<(i64, Uuid, Uuid)>,
}

struct Pair {
    account_id: Uuid,
    other_id: Uuid,
    points: Option<i64>,
    reasons: Option<Vec<String>>,
    person_id: Option<Uuid>,
    person_name: Option<String>,
    at: Option<DateTime<Utc>>,
    one: Json,
    two: Json,
}

impl Duplicate {
    /// Where it stands in its list.
    pub fn place(&self) -> (i64, Uuid, Uuid) {
        let order = match self.apart_at {
            Some(at) => -at.timestamp_micros(),
            None => -self.points.unwrap_or(0),
        };
        (order, self.account.id, self.other.id)
    }
}

impl Store {
    /// A page of pairs.
    #[instrument(name = "db.duplicate.list", skip_all, err(level = "debug"))]
    pub async fn list_duplicates(&self, filter: DuplicateFilter, limit: i64) -> Stored<Vec<Duplicate>> {
        let pairs = match filter.apart {
            true => self.pairs_apart(filter, limit).await?,
            false => self.pairs_open(filter, limit).await?,
        };
        Ok(pairs.into_iter().map(shown).collect())
    }

    async fn pairs_open(&self, filter: DuplicateFilter, limit: i64) -> Stored<Vec<Pair>> {
        let (order, account, other) = parts(filter.after);
        let query = sqlx::query_as!(
            Pair,
            r#"
            select pair.account_id, pair.other_id, pair.points as "points?", pair.reasons as "reasons?",
                   null::uuid as person_id, null::text as person_name, null::timestamptz as at,
                   to_jsonb(one) as "one!", to_jsonb(two) as "two!"
            from org.duplicate pair
            join record.accounts one on one.id = pair.account_id
            join record.accounts two on two.id = pair.other_id
            where ($1::uuid is null or pair.account_id = $1 or pair.other_id = $1)
              and ($2::bigint is null or (-pair.points, pair.account_id, pair.other_id) > ($2, $3::uuid, $4::uuid))
              and one.merged_into is null and two.merged_into is null
              and not exists (select from org.not_duplicate apart
                              where apart.account_id = pair.account_id and apart.other_id = pair.other_id)
            order by -pair.points, pair.account_id, pair.other_id limit $5
            "#,
            filter.account.map(AccountId::uuid),
            order,
            account,
            other,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }

    async fn pairs_apart(&self, filter: DuplicateFilter, limit: i64) -> Stored<Vec<Pair>> {
        let (order, account, other) = parts(filter.after);
        let before = order.and_then(|order| DateTime::from_timestamp_micros(order.checked_neg()?));
        let query = sqlx::query_as!(
            Pair,
            r#"
            select apart.account_id, apart.other_id, pair.points as "points?", pair.reasons as "reasons?",
                   apart.person_id as "person_id?", person.name as "person_name?", apart.at as "at?",
                   to_jsonb(one) as "one!", to_jsonb(two) as "two!"
            from org.not_duplicate apart
            join org.person on person.id = apart.person_id
            join record.accounts one on one.id = apart.account_id
            join record.accounts two on two.id = apart.other_id
            left join org.duplicate pair on pair.account_id = apart.account_id and pair.other_id = apart.other_id
            where ($1::uuid is null or apart.account_id = $1 or apart.other_id = $1)
              and one.merged_into is null and two.merged_into is null
              and ($2::timestamptz is null or apart.at < $2
                   or (apart.at = $2 and (apart.account_id, apart.other_id) > ($3::uuid, $4::uuid)))
            order by apart.at desc, apart.account_id, apart.other_id limit $5
            "#,
            filter.account.map(AccountId::uuid),
            before,
            account,
            other,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}

/// The parts of a place in a list, as a query takes them.
fn parts(after: Option<(i64, Uuid, Uuid)>) -> (Option<i64>, Option<Uuid>, Option<Uuid>) {
    after.map_or((None, None, None), |(order, account, other)| (Some(order), Some(account), Some(other)))
}

/// A pair as it is shown: of two ids made on devices the lesser was made first.
fn shown(pair: Pair) -> Duplicate {
    Duplicate {
        account: side(pair.account_id, &pair.one),
        other: side(pair.other_id, &pair.two),
        points: pair.points,
        reasons: pair.reasons.unwrap_or_default(),
        apart_by_id: pair.person_id,
        apart_by_name: pair.person_name,
        apart_at: pair.at,
    }
}

fn side(id: Uuid, row: &Json) -> DuplicateSide {
    let named = SHOWN.iter().filter(|name| !row[**name].is_null());
    let id_of = |name: &str| row[name].as_str().and_then(|text| text.parse().ok());
    DuplicateSide {
        id,
        name: row["name"].as_str().map(str::to_owned),
        territory_id: id_of("territory_id"),
        created_at: row["created_at"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default(),
        fields: named.map(|name| ((*name).to_owned(), row[*name].clone())).collect(),
    }
}
