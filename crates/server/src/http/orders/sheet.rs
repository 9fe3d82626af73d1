//! `/v1/orders/{order}` and what it is as a file: JSON, PDF, CSV and UBL.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use roadbook_model::RecordId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::http::api::{Json, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::{App, Shared};
use crate::sheet::pdf::Language;
use crate::sheet::{OrderSheet, csv, pdf, ubl};

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The language of its words; English if none is named.
    #[param(inline)]
    language: Option<Language>,
}

/// An order or a quote with all that stands on it when it leaves the house.
#[utoipa::path(
    get, path = "/v1/orders/{order}", operation_id = "orders.read", tag = "records",
    params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, description = "The order", body = OrderSheet))
)]
#[instrument(name = "http.order.read", skip_all, fields(%order))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(order): Path<Uuid>,
) -> Result<Json<OrderSheet>, Problem> {
    Ok(Json(seen(&app, &caller, order).await?))
}

/// An order or a quote as PDF.
#[utoipa::path(
    get, path = "/v1/orders/{order}/pdf", operation_id = "orders.pdf", tag = "records",
    params(("order" = Uuid, Path, description = "The order"), Wanted),
    responses((status = 200, description = "The file", content_type = "application/pdf", body = Vec<u8>))
)]
#[instrument(name = "http.order.pdf", skip_all, fields(%order))]
pub async fn as_pdf(
    State(app): Shared,
    caller: Caller,
    Path(order): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let sheet = seen(&app, &caller, order).await?;
    let name = sheet.file_name("pdf");
    let language = wanted.language.unwrap_or_default();
    // Setting hundreds of lines is work for a processor, not for the runtime's own threads.
    let made = tokio::task::spawn_blocking(move || pdf::pdf(&sheet, language)).await;
    let bytes = made.map_err(|error| Problem::fault(&error))?.map_err(|error| Problem::fault(&error))?;
    Ok(file("application/pdf", &name, bytes))
}

/// An order's or a quote's lines as CSV, each with what the order says. What could be taken for a formula has an apostrophe before
/// it.
#[utoipa::path(
    get, path = "/v1/orders/{order}/csv", operation_id = "orders.csv", tag = "records",
    params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, description = "The file", content_type = "text/csv", body = String))
)]
#[instrument(name = "http.order.csv", skip_all, fields(%order))]
pub async fn as_csv(
    State(app): Shared,
    caller: Caller,
    Path(order): Path<Uuid>,
) -> Result<Response, Problem> {
    let sheet = seen(&app, &caller, order).await?;
    Ok(file("text/csv; charset=utf-8; header=present", &sheet.file_name("csv"), csv::csv(&sheet)))
}

/// An order as UBL 2.1 `Order`. What is neither submitted nor accepted is none: `not_an_order`.
#[utoipa::path(
    get, path = "/v1/orders/{order}/ubl", operation_id = "orders.ubl", tag = "records",
    params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, description = "The file", content_type = "application/xml", body = String))
)]
#[instrument(name = "http.order.ubl", skip_all, fields(%order))]
pub async fn as_ubl(
    State(app): Shared,
    caller: Caller,
    Path(order): Path<Uuid>,
) -> Result<Response, Problem> {
    let sheet = seen(&app, &caller, order).await?;
    if !sheet.stands() {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_an_order",
            "it is an order for another system only while it is submitted or accepted",
        ));
    }
    let bytes = ubl::ubl(&sheet).map_err(|error| Problem::fault(&error))?;
    Ok(file("application/xml; charset=utf-8", &sheet.file_name("xml"), bytes))
}

/// The order of a path, if who asks may see its account.
async fn seen(app: &App, caller: &Caller, order: Uuid) -> Result<OrderSheet, Problem> {
    let id = RecordId::from(order);
    let account = app.store.sees_record(&caller.person, id).await?;
    account.ok_or_else(|| Problem::not_found("order"))?;
    Ok(app.store.order_sheet(id).await?)
}

/// A file to keep: never a page, whatever stands in it.
fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
