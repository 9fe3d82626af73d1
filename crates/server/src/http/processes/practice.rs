//! `GET /v1/processes/{process}/practice`: who practised a version to the end, and who did not yet.

use axum::extract::State;
use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::people::list::{PeopleWanted, PersonRow, Sight};
use crate::store::office::processes::practice::Practised;

/// Of which version, and of which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The version; without it, the one that is offered, or else the latest.
    #[param(minimum = 1, maximum = 1_000_000)]
    version: Option<i64>,
    /// Of people of this role: rep, manager, office or admin.
    #[param(value_type = Option<String>, pattern = "^(rep|manager|office|admin)$")]
    role: Option<Role>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// How often a person practised a version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonPractice)]
pub struct PracticeBody {
    /// The person.
    person_id: Uuid,
    /// That person's name.
    person_name: String,
    /// rep, manager, office or admin.
    #[schema(value_type = String)]
    role: Role,
    /// The version.
    version: i64,
    /// How often it was practised to the end, on all devices that the person had; 0 for not yet.
    times: i64,
    /// When last; null for not yet.
    last_at: Option<DateTime<Utc>>,
    /// The latest version of the process that the person practised; null for none.
    latest_version: Option<i64>,
}

/// Each person whom the caller sees and who works here, by name, with how often that person practised a version of the process to
/// its end. Practice is counted on devices and never enters the record.
#[utoipa::path(
    get, path = "/v1/processes/{process}/practice", operation_id = "processes.practice", tag = "processes",
    params(("process" = String, Path, description = "The process"), Wanted),
    responses((status = 200, description = "A page of people with their practice", body = Page<PracticeBody>))
)]
#[instrument(name = "http.process.practice", skip_all, fields(process))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(process): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<PracticeBody>>, Problem> {
    let none = || Problem::not_found("version of a process");
    let version = match wanted.version {
        Some(version) if app.store.is_published(&process, version).await? => version,
        Some(_) => return Err(none()),
        None => app.store.current_version(&process).await?.ok_or_else(none)?,
    };
    let paging = Paging::new(wanted.after, wanted.limit);
    let people = PeopleWanted {
        after: paging.after::<(String, Uuid)>()?,
        role: wanted.role,
        active: Some(true),
        text: None,
        limit: paging.fetch(),
    };
    let sight = Sight::of(caller.person.id, caller.person.role);
    let rows = app.store.list_people(sight, &people).await?;
    let page = Page::new(rows, &paging, |row| (row.name.to_lowercase(), row.id.uuid()));
    let ids: Vec<PersonId> = page.items.iter().map(|row| row.id).collect();
    let found = app.store.practice_of(&ids, &process, version).await?;
    let items = page.items.into_iter().zip(found).map(|(row, practised)| body(row, practised, version));
    Ok(Json(Page { items: items.collect(), next: page.next }))
}

fn body(row: PersonRow, practised: Practised, version: i64) -> PracticeBody {
    PracticeBody {
        person_id: row.id.uuid(),
        person_name: row.name,
        role: row.role,
        version,
        times: practised.times,
        last_at: practised.last_at,
        latest_version: practised.latest_version,
    }
}
