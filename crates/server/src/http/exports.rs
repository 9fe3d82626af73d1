//! `/v1/exports`: everything of a kind as a file, consents with their proof, and the orders of some days. For the office and admins.

mod consents;
mod orders;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use roadbook_model::Kind;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::Query;
use super::caller::Caller;
use super::download::{Download, download};
use super::imports::FileFormat;
use super::problem::Problem;
use super::{App, Shared};
use crate::exchange::{Format, csv, geojson, target, vcard};
use crate::store::office::exports::Exported;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(contacts))
        .routes(routes!(consents::consents))
        .routes(routes!(orders::orders))
}

/// How to write the file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `csv` unless it says otherwise; `geojson` for accounts, `vcard` for contacts.
    format: Option<FileFormat>,
}

/// All accounts that stand for themselves, by the columns that an import reads; in GeoJSON those that have a position.
#[utoipa::path(
    get, path = "/v1/exports/accounts", operation_id = "exports.accounts", tag = "exports", params(Wanted),
    responses((status = 200, description = "The file", content((String = "text/csv"), (serde_json::Value = "application/geo+json"))))
)]
#[instrument(name = "http.export.accounts", skip_all)]
pub async fn accounts(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    export(app, caller, Kind::ACCOUNT, wanted).await
}

/// All contacts, by the columns that an import reads. Consents are not among them: their proof stays where it was given.
#[utoipa::path(
    get, path = "/v1/exports/contacts", operation_id = "exports.contacts", tag = "exports", params(Wanted),
    responses((status = 200, description = "The file", content((String = "text/csv"), (String = "text/vcard"))))
)]
#[instrument(name = "http.export.contacts", skip_all)]
pub async fn contacts(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    export(app, caller, Kind::CONTACT, wanted).await
}

async fn export(app: Arc<App>, caller: Caller, kind: Kind, wanted: Wanted) -> Result<Response, Problem> {
    caller.office()?;
    let format = Format::from(wanted.format.unwrap_or(FileFormat::Csv));
    if !format.fits(kind.into()) {
        let detail = format!("records of kind {kind} are not written as {}", format.as_str());
        return Err(Problem::new(StatusCode::BAD_REQUEST, "format_does_not_fit", detail));
    }
    app.store.note_export(&caller.by(), kind, format).await?;
    let (content_type, end) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Vcard => ("text/vcard; charset=utf-8", "vcf"),
        Format::Geojson => ("application/geo+json", "geojson"),
    };
    let file = Download { content_type, file_name: format!("{}.{end}", kind.spec().table) };
    Ok(download(file, move |send| async move {
        let columns = target::exported(kind);
        send.bytes(match format {
            Format::Csv => csv::write([&columns]),
            Format::Vcard => Vec::new(),
            Format::Geojson => b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec(),
        })
        .await?;
        let mut after = Uuid::nil();
        loop {
            let page = app.store.export_page(kind, format, after).await?;
            let Some(last) = page.last() else { break };
            let is_first = after.is_nil();
            after = last.id;
            send.bytes(written(format, &columns, &page, is_first)).await?;
        }
        if format == Format::Geojson {
            send.bytes(b"]}\n".to_vec()).await?;
        }
        Ok(())
    }))
}

fn written(format: Format, columns: &[&str], page: &[Exported], is_first: bool) -> Vec<u8> {
    match format {
        Format::Csv => csv::write(page.iter().map(|record| &record.cells)),
        Format::Vcard => {
            let cards = page.iter().map(|record| vcard::write(columns, &record.cells, &record.account_name));
            cards.collect::<String>().into_bytes()
        }
        Format::Geojson => {
            let features: Vec<String> =
                page.iter().map(|record| geojson::write(columns, &record.cells)).collect();
            let between = if is_first { "" } else { ",\n" };
            format!("{between}{}", features.join(",\n")).into_bytes()
        }
    }
}
