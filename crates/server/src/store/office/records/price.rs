//! An order as it was captured beside what it costs by the reference data that stands now: nothing is changed by looking.

use roadbook_model::pricing::Consent;
use roadbook_model::{Envelope, Fields, Kind, RecordId, document};
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;

use crate::store::Store;
use crate::store::cells::unsigned32;
use crate::store::fetch::load;
use crate::store::office::{Done, OfficeError, unknown};
use crate::store::pricing::{Asked, Assessed, assess, captured_minor, number};

/// What an order was captured at, and what it costs now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordPrice {
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// What it came to when it was captured, before tax.
    pub captured_minor: i64,
    /// The tax on it then; null if it was captured without.
    pub captured_tax_minor: Option<i64>,
    /// What it comes to by what is published now, for its own day, before tax.
    pub priced_minor: i64,
    /// The tax on it by what is published now.
    pub priced_tax_minor: i64,
    /// How much more it costs now than when it was captured, before tax.
    pub difference_minor: i64,
    /// Whether what its creator granted needs somebody's word.
    pub needs_approval: bool,
    /// The whole answer, with each line's trace: see `docs/pricing.md`.
    #[schema(value_type = Object)]
    pub priced: Json,
    /// What was granted, against the limits of the creator's role, and the account's credit.
    #[schema(value_type = Object)]
    pub judgement: Json,
}

impl Store {
    /// Prices an order anew. Whether somebody may see it is asked before.
    ///
    /// # Errors
    /// `not_an_order` for a record of another kind.
    #[instrument(name = "db.record.price", skip_all, fields(%id), err(level = "debug"))]
    pub async fn price_record(&self, id: RecordId) -> Done<RecordPrice> {
        let query = sqlx::query!(
            "
            select record.kind, record.account_id, record.creator_id, record.generation, record.snapshot,
                   account_now.territory_id
            from sync.record
            join sync.account_now on account_now.id = record.account_id
            where record.id = $1
            ",
            id.uuid()
        );
        let row = query.fetch_optional(self.pool()).await?.ok_or_else(|| unknown("record", id))?;
        if row.kind != Kind::ORDER.name() {
            let text = format!("a {} has no price; ask for an order's", row.kind);
            return Err(OfficeError::invalid("not_an_order", text));
        }
        let envelope = Envelope {
            id,
            kind: Kind::ORDER,
            account: row.account_id.into(),
            creator: row.creator_id.into(),
            generation: unsigned32(row.generation),
        };
        let fields = document::hydrate(Kind::ORDER.spec(), &load(&row.snapshot)?);
        let territory = row.territory_id.map(Into::into);
        let asked = Asked { envelope, fields: &fields, territory, profile: None };
        let mut connection = self.pool().acquire().await?;
        let assessed = assess(&mut connection, asked).await?;
        Ok(answer(&fields, &assessed))
    }
}

fn answer(fields: &Fields, assessed: &Assessed) -> RecordPrice {
    let Assessed { order, priced, judgement, .. } = assessed;
    let captured_minor = captured_minor(fields);
    RecordPrice {
        currency: order.currency.clone(),
        captured_minor,
        captured_tax_minor: number(fields, "priced_tax_minor"),
        priced_minor: priced.net_minor,
        priced_tax_minor: priced.tax_minor,
        difference_minor: priced.net_minor.saturating_sub(captured_minor),
        needs_approval: judgement.consent == Consent::NeedsApproval,
        priced: serde_json::to_value(priced).unwrap_or_default(),
        judgement: serde_json::to_value(judgement).unwrap_or_default(),
    }
}
