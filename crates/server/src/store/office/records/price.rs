//! An order as it was captured beside what it costs by the reference data that stands now: nothing is changed by looking.

use roadbook_model::pricing::{Consent, Judgement};
use roadbook_model::value::int_of;
use roadbook_model::{RecordId, Role, money};
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;

use crate::store::Store;
use crate::store::office::Done;
use crate::store::pricing::{Assessed, Loaded, assess, credit, load_order, lowest_role};

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
    /// Whether it would need somebody's word if who asks handed it in.
    pub needs_approval: bool,
    /// The whole answer, with each line's trace: see `docs/pricing.md`.
    #[schema(value_type = Object)]
    pub priced: Json,
    /// What was granted, against the limits of the lower role of its creator and of who asks, and the account's credit.
    #[schema(value_type = Object)]
    pub judgement: Json,
}

impl Store {
    /// Prices an order anew, as if somebody of a role handed it in. Whether that person may see it is asked before.
    ///
    /// # Errors
    /// `not_an_order` for a record of another kind.
    #[instrument(name = "db.record.price", skip_all, fields(%id), err(level = "debug"))]
    pub async fn price_record(&self, id: RecordId, role: Role) -> Done<RecordPrice> {
        let mut connection = self.pool().acquire().await?;
        let loaded = load_order(&mut connection, id).await?;
        let assessed = assess(&mut connection, &loaded).await?;
        let role = role.min(lowest_role(&mut connection, &[loaded.envelope.creator]).await?);
        let credit = credit(&mut connection, &loaded, &[id], 0).await?;
        Ok(answer(&loaded, &assessed, &assessed.judge(role, &credit)))
    }
}

fn answer(loaded: &Loaded, assessed: &Assessed, judgement: &Judgement) -> RecordPrice {
    let Assessed { order, priced, .. } = assessed;
    let captured_minor = money::total_of(&loaded.fields);
    RecordPrice {
        currency: order.currency.clone(),
        captured_minor,
        captured_tax_minor: int_of(&loaded.fields, "priced_tax_minor"),
        priced_minor: priced.net_minor,
        priced_tax_minor: priced.tax_minor,
        difference_minor: priced.net_minor.saturating_sub(captured_minor),
        needs_approval: judgement.consent == Consent::NeedsApproval,
        priced: serde_json::to_value(priced).unwrap_or_default(),
        judgement: serde_json::to_value(judgement).unwrap_or_default(),
    }
}
