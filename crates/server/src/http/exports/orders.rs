//! `GET /v1/exports/orders`: the orders of some days as one file. For the office and admins.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Datelike, NaiveDate};
use roadbook_model::RecordId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use super::consents::YEARS;
use crate::ambient::{moment, now_ms};
use crate::http::api::Query;
use crate::http::caller::Caller;
use crate::http::download::{Download, download};
use crate::http::orders::STATE_CHARS_MAX;
use crate::http::problem::Problem;
use crate::http::{App, Shared};
use crate::sheet::{OrderSheet, csv};
use crate::store::StoreError;
use crate::store::office::OfficeError;
use crate::store::office::exports::orders::Orders;

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedOrders {
    /// Taken on this day or later; without it, from the first of the month of `to`.
    from: Option<NaiveDate>,
    /// Taken on this day or earlier; without it, up to today.
    to: Option<NaiveDate>,
    /// Only those that stand so, as decided: `submitted`, `accepted`, `quote` and so on; all without it.
    state: Option<String>,
}

/// The orders and quotes that were taken on some days, oldest first: a row for each line, with what its order says, as the CSV of one order.
#[utoipa::path(
    get, path = "/v1/exports/orders", operation_id = "exports.orders", tag = "exports", params(WantedOrders),
    responses((status = 200, description = "The file", content((String = "text/csv"))))
)]
#[instrument(name = "http.export.orders", skip_all)]
pub async fn orders(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<WantedOrders>,
) -> Result<Response, Problem> {
    caller.office()?;
    let to = wanted.to.unwrap_or_else(|| moment(now_ms()).date_naive());
    let from = wanted.from.unwrap_or_else(|| to.with_day(1).unwrap_or(to));
    let state = wanted.state;
    if !YEARS.contains(&from.year()) || !YEARS.contains(&to.year()) || from > to {
        return Err(Problem::malformed(
            "`from` and `to` are days from 1970 to 9999, and `from` is not after `to`",
        ));
    }
    if state.as_ref().is_some_and(|state| state.chars().count() > STATE_CHARS_MAX) {
        return Err(Problem::malformed(format!("`state` has at most {STATE_CHARS_MAX} characters")));
    }
    let which = Orders { from, to, state };
    app.store.note_orders_export(&caller.by(), &which).await?;
    let file =
        Download { content_type: "text/csv; charset=utf-8", file_name: format!("orders-{from}-{to}.csv") };
    Ok(download(file, move |send| async move {
        send.bytes(csv::head()).await?;
        let mut after = (DateTime::UNIX_EPOCH, Uuid::nil());
        loop {
            let page = app.store.export_orders(&which, after).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (_, order) in page {
                send.bytes(csv::rows(&sheet(&app, order).await?)).await?;
            }
        }
    }))
}

/// An order that was found a moment ago.
async fn sheet(app: &App, order: RecordId) -> Result<OrderSheet, StoreError> {
    app.store.order_sheet(order).await.map_err(|error| match error {
        OfficeError::Store(error) => error,
        _ => StoreError::Unreadable { what: "order" },
    })
}
