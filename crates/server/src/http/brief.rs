//! `GET /v1/accounts/{account}/brief`: what to know before the first visit, as JSON or as a page to print.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, NaiveTime};
use roadbook_model::AccountId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Path, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::ambient::{moment, now_ms};

/// The page fetches nothing and runs nothing, whatever stands in it.
const NOTHING: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read))
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Judge what is overdue or neglected as of this day instead of today.
    day: Option<NaiveDate>,
}

/// The hand-over brief of an account, for whoever has it in reach. Its sections `customer`, `contacts`, `promises`, `visits`,
/// `orders`, `habits`, `warnings` and `outstanding` hold statements: each a `fact` with its data, its `sources` (records with
/// fields, leases, items, log entries) and the same as `text` in English. With `Accept: text/html` it is a page to print.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/brief", operation_id = "briefs.read", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account"), Wanted),
    responses((status = 200, description = "The brief", content(
        (serde_json::Value = "application/json"), (String = "text/html")
    )))
)]
#[instrument(name = "http.brief.read", skip_all, fields(%account))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    headers: HeaderMap,
    Path(account): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let account = AccountId::from(account);
    if !app.store.sees_account(&caller.person, account).await? {
        return Err(Problem::not_found("account"));
    }
    let now =
        wanted.day.map(|day| day.and_time(NaiveTime::MIN).and_utc()).unwrap_or_else(|| moment(now_ms()));
    let brief = app.store.brief_at(account, now).await?.ok_or_else(|| Problem::not_found("account"))?;
    if !prefers_page(&headers) {
        return Ok(Json(brief).into_response());
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, NOTHING),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, brief.to_html()).into_response())
}

/// Whether who asks would rather have a page: a browser does, a program that takes anything does not.
fn prefers_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |kind: &str| accepted.split(',').position(|one| one.trim().starts_with(kind));
    match (place("text/html"), place("application/json")) {
        (Some(page), Some(json)) => page < json,
        (page, None) => page.is_some(),
        (None, Some(_)) => false,
    }
}
