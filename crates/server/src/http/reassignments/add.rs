//! `POST /v1/reassignments`: lets accounts or territories change hands, now or at a time. For admins.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, PersonId, ReassignmentId, TerritoryId};
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Shown, shown_once_ordered};
use crate::http::Shared;
use crate::http::api::{Fresh, Json, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};
use crate::store::office::reassignments::{AccountFilter, NewReassignment, Selection, Target};

/// What changes hands: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReassignmentWhat)]
pub enum What {
    /// What a person holds: to another person, who then holds it; to a territory, the accounts in it.
    Person(Uuid),
    /// A territory: to a person, who then holds it; to another territory, the accounts in it and its parts.
    Territory(Uuid),
    /// These accounts.
    Accounts(Vec<Uuid>),
    /// These accounts, each to a territory of its own.
    Each(Vec<Destination>),
    /// The accounts that a filter finds.
    Filter(Filter),
    /// A CSV file with the columns `account` (id, or number in the system behind) and `territory` (code or id).
    Csv(String),
}

/// An account and where it goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReassignmentDestination)]
pub struct Destination {
    /// The account.
    account_id: Uuid,
    /// The territory.
    territory_id: Uuid,
}

/// Accounts by what their profile says. All that is given must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ReassignmentFilter)]
pub struct Filter {
    /// In this territory or a part of it.
    territory_id: Option<Uuid>,
    /// Its class.
    segment: Option<String>,
    /// The beginning of its postal code.
    postal_code: Option<String>,
    /// Its town.
    city: Option<String>,
    /// Its region.
    region: Option<String>,
    /// Its country.
    country: Option<String>,
    /// One of its tags.
    tag: Option<String>,
}

/// To whom or where.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReassignmentTarget)]
pub enum To {
    /// Comes to hold, or holds, where the accounts go.
    Person(Uuid),
    /// The accounts come to lie there.
    Territory(Uuid),
    /// The accounts come to lie in the territory that this person holds; one that is only covered does not count.
    TerritoryOf(Uuid),
}

/// A reassignment to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReassignmentNew)]
pub struct New {
    /// What changes hands.
    what: What,
    /// To whom or where; left out with `each` and `csv`.
    #[serde(default)]
    to: Option<To>,
    /// When it takes effect; without it, now.
    #[serde(default)]
    effect_at: Option<DateTime<Utc>>,
    /// When it comes back by itself: then it is a cover; without it, it is for good.
    #[serde(default)]
    ends_at: Option<DateTime<Utc>>,
    /// On what terms people lose what they had.
    #[serde(default)]
    terms: Terms,
    /// Whether accounts may come to lie where nobody holds them.
    #[serde(default)]
    allow_unheld: bool,
    /// The `basis` of a preview: should anything concerned have changed since, nothing is done (`stale`).
    #[serde(default)]
    basis: Option<String>,
}

impl New {
    /// As the store takes it; names in a CSV file are looked up.
    pub(super) async fn read(self, app: &crate::http::App) -> Result<NewReassignment, Problem> {
        let what = match self.what {
            What::Person(person) => Selection::Person(PersonId::from(person)),
            What::Territory(territory) => Selection::Territory(TerritoryId::from(territory)),
            What::Accounts(accounts) => {
                Selection::Accounts(accounts.into_iter().map(AccountId::from).collect())
            }
            What::Each(list) => Selection::Each(
                list.into_iter().map(|item| (item.account_id.into(), item.territory_id.into())).collect(),
            ),
            What::Filter(filter) => Selection::Filter(AccountFilter {
                territory_id: filter.territory_id.map(TerritoryId::from),
                segment: filter.segment,
                postal_code: filter.postal_code,
                city: filter.city,
                region: filter.region,
                country: filter.country,
                tag: filter.tag,
            }),
            What::Csv(text) => Selection::Each(app.store.read_moves(&text).await?),
        };
        let bad_basis = |_| Problem::malformed("`basis` is not that of a preview");
        Ok(NewReassignment {
            what,
            to: self.to.map(|to| match to {
                To::Person(person) => Target::Person(person.into()),
                To::Territory(territory) => Target::Territory(territory.into()),
                To::TerritoryOf(person) => Target::TerritoryOf(person.into()),
            }),
            ends_at: self.ends_at,
            effect_at: self.effect_at,
            terms: self.terms.into(),
            allow_unheld: self.allow_unheld,
            basis: self.basis.map(|basis| basis.parse().map_err(bad_basis)).transpose()?,
        })
    }
}

/// Lets accounts or territories change hands.
#[utoipa::path(
    post, path = "/v1/reassignments", operation_id = "reassignments.add", tag = "reassignments", request_body = New,
    responses((status = 201, description = "The reassignment, planned or in effect", body = Shown))
)]
#[instrument(name = "http.reassignment.add", skip_all)]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Fresh(id): Fresh,
    Json(new): Json<New>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let new = new.read(&app).await?;
    let id = ReassignmentId::from(id);
    let moved = app.store.order_reassignment(&caller.by(), id, &new).await?;
    let mut body = shown_once_ordered(&app, id).await?;
    body.done = moved.as_ref().map(Done::from);
    Ok(created(&format!("/v1/reassignments/{id}"), None, body))
}
