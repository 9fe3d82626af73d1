//! `/v1/imports`: files of accounts, contacts, consents and reference data, from the upload to the rows that were not taken. For the office and admins.

mod act;
mod add;
mod check;
mod failed;
mod list;
mod part;
mod read;
mod rows;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use roadbook_model::Kind;
use roadbook_model::plan::{CADENCE, GOALS};
use roadbook_model::pricing::reference::{
    DISCRETION, PRICE_LISTS, PRICES, PRODUCTS, PROMOTIONS, TAXES, TIERS,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::problem::Problem;
use crate::exchange::{Format, RowsOf};
use crate::store::office::imports::{Import, PART_BYTES_MAX};

/// Bytes of a body that holds a part of a file, in base64.
const PART_BODY_BYTES_MAX: usize = PART_BYTES_MAX / 3 * 4 + 1024;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    let parts =
        OpenApiRouter::new().routes(routes!(part::put)).layer(DefaultBodyLimit::max(PART_BODY_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(add::add, list::list))
        .routes(routes!(read::read))
        .routes(routes!(check::check))
        .routes(routes!(act::run))
        .routes(routes!(act::cancel))
        .routes(routes!(rows::rows))
        .routes(routes!(failed::failed))
        .merge(parts)
}

/// What may be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportedKind {
    /// Accounts.
    Account,
    /// Contacts.
    Contact,
    /// What contacts consented to, and took back.
    Consent,
    /// Products by SKU.
    Products,
    /// Price lists.
    PriceLists,
    /// Prices by list and SKU.
    Prices,
    /// Loyalty tiers.
    Tiers,
    /// Promotions.
    Promotions,
    /// Tax rates.
    Taxes,
    /// Limits of discretion.
    Discretion,
    /// Cadences by segment.
    Cadence,
    /// Goals.
    Goals,
}

impl From<ImportedKind> for RowsOf {
    fn from(kind: ImportedKind) -> Self {
        match kind {
            ImportedKind::Account => Self::Records(Kind::ACCOUNT),
            ImportedKind::Contact => Self::Records(Kind::CONTACT),
            ImportedKind::Consent => Self::Consents,
            ImportedKind::Products => Self::Values(PRODUCTS),
            ImportedKind::PriceLists => Self::Values(PRICE_LISTS),
            ImportedKind::Prices => Self::Values(PRICES),
            ImportedKind::Tiers => Self::Values(TIERS),
            ImportedKind::Promotions => Self::Values(PROMOTIONS),
            ImportedKind::Taxes => Self::Values(TAXES),
            ImportedKind::Discretion => Self::Values(DISCRETION),
            ImportedKind::Cadence => Self::Values(CADENCE),
            ImportedKind::Goals => Self::Values(GOALS),
        }
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Cells with a separator; the first line names the columns.
    Csv,
    /// vCard 4, for contacts; 3.0 is read as well.
    Vcard,
    /// GeoJSON, for accounts with a position.
    Geojson,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Vcard => Self::Vcard,
            FileFormat::Geojson => Self::Geojson,
        }
    }
}

/// An import as it stands.
async fn shown(app: &App, id: Uuid) -> Result<Import, Problem> {
    app.store.lookup_import(id).await?.ok_or_else(|| Problem::not_found("import"))
}
