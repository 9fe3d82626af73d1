//! `POST /v1/accounts/{account}/records`: the office adds a record to an account. For the office and admins.

use axum::extract::State;
use axum::response::Response;
use roadbook_model::RecordId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Fresh, Json, Path, Version, created};
use crate::http::caller::Caller;
use crate::http::kind::BelongingKind;
use crate::http::problem::Problem;
use crate::store::office::records::RecordBody;
use crate::store::office::records::edit::Written;

/// What to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRecord)]
pub struct Wanted {
    /// Of which kind.
    kind: BelongingKind,
    /// Its fields by name; a collection is a list of items with their ids, or an object of items by id.
    #[schema(value_type = Object)]
    document: Written,
}

/// Adds a record (a contact, task, visit...) to an account: made by the server, in the name of who adds it, and
/// delivered to every device that has the account.
#[utoipa::path(
    post, path = "/v1/accounts/{account}/records", operation_id = "records.add", tag = "records",
    params(("account" = Uuid, Path, description = "The account")), request_body = Wanted,
    responses((status = 201, description = "The record", body = RecordBody))
)]
#[instrument(name = "http.record.add", skip_all, fields(%account))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path(account): Path<Uuid>,
    Fresh(id): Fresh,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    caller.office()?;
    let account = seen(&app, &caller, account).await?;
    let id = RecordId::from(id);
    app.store.add_record(&caller.by(), id, account, wanted.kind.0, wanted.document).await?;
    let record = app.store.lookup_record(id).await?.ok_or_else(|| Problem::not_found("record"))?;
    Ok(created(&format!("/v1/records/{id}"), Some(Version(record.version)), record))
}
