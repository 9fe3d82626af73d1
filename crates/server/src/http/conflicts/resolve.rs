//! `POST /v1/records/{record}/conflicts/{path}`: settles a conflict, once for all replicas.

use axum::extract::State;
use roadbook_model::RecordId;
use serde::{Deserialize, Deserializer, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::conflicts::resolve::Choice;

/// How it is settled: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConflictResolution)]
pub struct Resolution {
    /// By this value, in the field's own form; null clears the field.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    value: Option<serde_json::Value>,
    /// By one of the conflict's values: its `take`.
    #[serde(default)]
    take: Option<String>,
}

/// What the record is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConflictResolved)]
pub struct Resolved {
    /// The record's version from now on.
    version: i64,
}

/// A value that is there, even if it is null.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// Settles a conflict by one of its values or another: it is written by the server in the name of who decides, and every
/// replica gets it. If-Match names the record's version that was seen.
#[utoipa::path(
    post, path = "/v1/records/{record}/conflicts/{path}", operation_id = "conflicts.resolve", tag = "records",
    params(
        ("record" = Uuid, Path, description = "The record"),
        ("path" = String, Path, description = "The field: the names of its path, joined by points"),
        ("If-Match" = String, Header, description = "The record's version that was seen, as an ETag")
    ),
    request_body = Resolution,
    responses((status = 200, description = "It is settled", body = Resolved))
)]
#[instrument(name = "http.conflict.resolve", skip_all, fields(%record))]
pub async fn resolve(
    State(app): Shared,
    caller: Caller,
    Path((record, path)): Path<(Uuid, String)>,
    IfMatch(seen): IfMatch,
    Json(resolution): Json<Resolution>,
) -> Result<Json<Resolved>, Problem> {
    caller.office()?;
    let record = RecordId::from(record);
    let seen_by = app.store.sees_record(&caller.person, record).await?;
    seen_by.ok_or_else(|| Problem::not_found("record"))?;
    let choice = match (resolution.value, resolution.take) {
        (Some(value), None) => Choice::Value(value),
        (None, Some(take)) => Choice::Take(take),
        _ => {
            return Err(Problem::malformed("give either a value, or which of the conflict's values to take"));
        }
    };
    let path: Vec<String> = path.split('.').map(str::to_owned).collect();
    let version = app.store.resolve_conflict(&caller.by(), record, &path, &choice, seen).await?;
    Ok(Json(Resolved { version }))
}
