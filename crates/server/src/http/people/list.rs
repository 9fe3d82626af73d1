//! `GET /v1/people`: people by name, as far as the caller sees them.

use axum::extract::State;
use roadbook_model::permission::Role;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;

use super::{PersonBody, sight};
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query, searched};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::people::list::PeopleWanted;

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Of this role: rep, manager, office or admin.
    #[param(value_type = Option<String>, pattern = "^(rep|manager|office|admin)$")]
    role: Option<Role>,
    /// Who work here, or who do not any more; everybody without it.
    active: Option<bool>,
    /// Whose name or e-mail address contains this, whatever its case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// People by name, as far as the caller sees them.
#[utoipa::path(
    get, path = "/v1/people", operation_id = "people.list", tag = "people", params(Wanted),
    responses((status = 200, description = "A page of people", body = Page<PersonBody>))
)]
#[instrument(name = "http.person.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<PersonBody>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let asked = PeopleWanted {
        after: paging.after::<(String, uuid::Uuid)>()?,
        role: wanted.role,
        active: wanted.active,
        text: searched(wanted.q)?,
        limit: paging.fetch(),
    };
    let rows = app.store.list_people(sight(&caller), &asked).await?;
    let page = Page::new(rows, &paging, |row| (row.name.to_lowercase(), row.id.uuid()));
    let items = page.items.into_iter().map(PersonBody::from).collect();
    Ok(Json(Page { items, next: page.next }))
}
