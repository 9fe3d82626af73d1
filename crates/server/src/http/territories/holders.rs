//! `/v1/territories/{territory}/holders`: who holds a territory, held it, or will.

mod add;
mod edit;
mod end;
mod list;
mod read;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::http::App;
use crate::http::terms::{Done, Terms};
use crate::store::office::holders::{Holder, Stage};
use crate::store::office::territories::Capacity;

/// This resource's endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list::list, add::add)).routes(routes!(
        read::read,
        edit::edit,
        end::end
    ))
}

/// In what capacity a person holds a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Capacity)]
pub enum As {
    /// The one who holds it.
    Owner,
    /// One of several.
    CoOwner,
    /// For somebody who is away.
    Cover,
}

impl From<As> for Capacity {
    fn from(capacity: As) -> Self {
        match capacity {
            As::Owner => Self::Owner,
            As::CoOwner => Self::CoOwner,
            As::Cover => Self::Cover,
        }
    }
}

impl From<Capacity> for As {
    fn from(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Owner => Self::Owner,
            Capacity::CoOwner => Self::CoOwner,
            Capacity::Cover => Self::Cover,
        }
    }
}

/// One person's hold on one territory.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Holding {
    /// The holding.
    id: Uuid,
    /// Who.
    person_id: Uuid,
    /// That person's name.
    person_name: String,
    /// What.
    territory_id: Uuid,
    /// In what capacity.
    capacity: As,
    /// From when.
    from_at: DateTime<Utc>,
    /// Until when; null while no end is known.
    to_at: Option<DateTime<Utc>>,
    /// Where it stands in time.
    stage: Stage,
    /// What becomes of late work when it ends.
    terms: Terms,
    /// Counts its edits; also its ETag.
    version: i64,
}

impl From<Holder> for Holding {
    fn from(holder: Holder) -> Self {
        Self {
            id: holder.id.uuid(),
            person_id: holder.person.uuid(),
            person_name: holder.person_name,
            territory_id: holder.territory.uuid(),
            capacity: holder.capacity.into(),
            from_at: holder.from_at,
            to_at: holder.to_at,
            stage: holder.stage,
            terms: holder.end.into(),
            version: holder.version,
        }
    }
}

/// A holding as it is now, and what changed for devices.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = HoldingDone)]
pub struct Held {
    /// The holding; null for one that was struck out before it began.
    holding: Option<Holding>,
    /// What became of devices.
    done: Done,
}
