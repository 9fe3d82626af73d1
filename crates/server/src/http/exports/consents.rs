//! `GET /v1/exports/consents`: who consented to what, and what shows it. For the office and admins.

use std::ops::RangeInclusive;

use axum::extract::State;
use axum::response::Response;
use chrono::{Datelike, NaiveDate};
use roadbook_model::AccountId;
use roadbook_model::brief::Day;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::exchange::csv;
use crate::http::Shared;
use crate::http::api::Query;
use crate::http::caller::Caller;
use crate::http::download::{Download, download};
use crate::http::figures::clock;
use crate::http::problem::Problem;
use crate::store::office::exports::consents::{COLUMNS, Consents};

/// Years of which a file may be asked for.
pub(super) const YEARS: RangeInclusive<i32> = 1970..=9999;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Which consents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedConsents {
    /// Of this account's contacts; of all without it.
    account: Option<Uuid>,
    /// As they were known at the end of this day; today without it.
    as_at: Option<NaiveDate>,
    /// How many minutes the clock whose days count is before UTC.
    #[param(minimum = -840, maximum = 840)]
    offset: Option<i64>,
}

/// Every consent that was given or taken back by the end of a day: whose, for which channel and purpose, when, how it was said,
/// what shows it, and whether it is what stands by that day. As CSV.
#[utoipa::path(
    get, path = "/v1/exports/consents", operation_id = "exports.consents", tag = "exports", params(WantedConsents),
    responses((status = 200, description = "The file", content((String = "text/csv"))))
)]
#[instrument(name = "http.export.consents", skip_all)]
pub async fn consents(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<WantedConsents>,
) -> Result<Response, Problem> {
    caller.office()?;
    let clock = clock(wanted.offset)?;
    let account = wanted.account.map(AccountId::from);
    if let Some(account) = account
        && !app.store.sees_account(&caller.person, account).await?
    {
        return Err(Problem::not_found("account"));
    }
    let day = wanted.as_at.unwrap_or_else(|| clock.today().date());
    if !YEARS.contains(&day.year()) {
        return Err(Problem::malformed("`as_at` is a day from 1970 to 9999"));
    }
    let which = Consents { account, day, end_ms: clock.start_ms(Day::of_date(day)) + DAY_MS };
    app.store.note_consents_export(&caller.by(), &which).await?;
    let file = Download { content_type: "text/csv; charset=utf-8", file_name: format!("consents-{day}.csv") };
    Ok(download(file, move |send| async move {
        send.bytes(csv::write([&COLUMNS])).await?;
        let mut after = (Uuid::nil(), Uuid::nil());
        loop {
            let page = app.store.export_consents(&which, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.place;
            send.bytes(csv::write(page.iter().map(|row| &row.cells))).await?;
        }
    }))
}
