//! One record as the office reads it: its document, and what only the centre knows of it.

pub mod edit;
pub mod history;
pub mod kin;
pub mod price;
pub mod remarks;

use chrono::{DateTime, Utc};
use roadbook_model::projection::project;
use roadbook_model::{Envelope, Kind, RecordId, document};
use roadbook_protocol::entry::{Decision, Review};
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::cells::{read, unsigned32};
use crate::store::fetch::load;
use crate::store::{Store, StoreError, Stored};

/// What the row says beside the document.
const ENVELOPE: [&str; 3] = ["id", "account_id", "creator_id"];

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct RecordBody {
    /// The record.
    pub id: Uuid,
    /// The word of its kind.
    pub kind: String,
    /// Its account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// Who created it.
    pub creator_id: Uuid,
    /// That person's name.
    pub creator_name: Option<String>,
    /// When the server took it in.
    pub created_at: DateTime<Utc>,
    /// When the server last took in a change or a decision.
    pub changed_at: DateTime<Utc>,
    /// The record's version: the log position of its last change.
    pub version: i64,
    /// Its fields under their names, and what follows from them (an order's total); a collection is a list of items with
    /// their ids. What is not filled in is null, or a text without characters.
    #[schema(value_type = Object)]
    pub document: Json,
    /// What the centre decided, if it did.
    pub decision: Option<DecisionBody>,
    /// Its open conflicts.
    pub conflicts: i64,
    /// Items about it that are held and wait for somebody to decide.
    pub held: i64,
}

/// The decision that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecordDecision)]
pub struct DecisionBody {
    /// What was asked for; `review` is the server's own word on a submitted order's price.
    pub verb: String,
    /// The state that follows from it; it counts instead of the one in the document.
    pub state: Option<String>,
    /// The order's number.
    pub number: Option<String>,
    /// What it comes to, in minor units of its currency.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Who decided.
    pub decided_by_id: Option<Uuid>,
    /// That person's name.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why, in the words of who decided.
    pub text: Option<String>,
    /// What the server's own pricing came to when the order was submitted, if it had anything to say.
    pub review: Option<ReviewBody>,
}

/// What a submitted order was captured at, and what the server found that it costs. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OrderReview)]
pub struct ReviewBody {
    /// What it came to when it was captured, before tax.
    pub captured_minor: i64,
    /// The tax on it then; null if it was captured without.
    pub captured_tax_minor: Option<i64>,
    /// What it came to by what was published when it was submitted, before tax.
    pub priced_minor: i64,
    /// The tax on it by the same.
    pub priced_tax_minor: i64,
    /// Whether the two differ.
    pub differs: bool,
    /// Codes of why it needs, or needed, an approval: see `docs/pricing.md`.
    pub reasons: Vec<String>,
    /// The lowest role that may approve it.
    pub approver: Option<String>,
}

impl From<Review> for ReviewBody {
    fn from(review: Review) -> Self {
        Self {
            captured_minor: review.captured_minor,
            captured_tax_minor: review.captured_tax_minor,
            priced_minor: review.priced_minor,
            priced_tax_minor: review.priced_tax_minor,
            differs: review.differs,
            reasons: review.reasons,
            approver: review.approver,
        }
    }
}

impl Store {
    /// One record. Whether somebody may see it is asked before.
    #[instrument(name = "db.record.lookup", skip_all, fields(%id), err(level = "debug"))]
    pub async fn lookup_record(&self, id: RecordId) -> Stored<Option<RecordBody>> {
        let row = sqlx::query!(
            r#"
            select record.kind, record.account_id, record.creator_id, record.generation, record.version, record.snapshot,
                   record.created_at, record.changed_at, accounts.name as "account_name?", person.name as "creator_name?",
                   (select count(*) from record.conflicts where conflicts.record_id = record.id)
                   + (select count(*) from org.late_conflict open
                      where open.record_id = record.id and open.resolved_at is null) as "conflicts!",
                   (select count(*) from sync.held
                    where held.record_id = record.id and held.held and held.fate is null) as "held!"
            from sync.record
            left join record.accounts on accounts.id = record.account_id
            left join org.person on person.id = record.creator_id
            where record.id = $1
            "#,
            id.uuid()
        );
        let Some(row) = row.fetch_optional(self.pool()).await? else { return Ok(None) };
        let envelope = Envelope {
            id,
            kind: Kind::find(&row.kind).ok_or(StoreError::Unreadable { what: "kind" })?,
            account: row.account_id.into(),
            creator: row.creator_id.into(),
            generation: unsigned32(row.generation),
        };
        Ok(Some(RecordBody {
            id: id.uuid(),
            document: written(&envelope, &row.snapshot)?,
            decision: self.lookup_decision(id).await?,
            kind: row.kind,
            account_id: row.account_id,
            account_name: row.account_name,
            creator_id: row.creator_id,
            creator_name: row.creator_name,
            created_at: row.created_at,
            changed_at: row.changed_at,
            version: row.version,
            conflicts: row.conflicts,
            held: row.held,
        }))
    }

    /// What was decided on a record, if anything was.
    async fn lookup_decision(&self, id: RecordId) -> Stored<Option<DecisionBody>> {
        let query = sqlx::query!(
            r#"
            select record.decision as "decision!", orders.total_minor, orders.decided_at, person.name as "decided_by_name?"
            from sync.record
            join record.orders on orders.id = record.id
            left join org.person on person.id = orders.decided_by
            where record.id = $1 and record.decision is not null
            "#,
            id.uuid()
        );
        let Some(row) = query.fetch_optional(self.pool()).await? else { return Ok(None) };
        let decision: Decision = read("decision", &row.decision)?;
        Ok(Some(DecisionBody {
            verb: decision.verb,
            state: Some(decision.state),
            number: decision.number,
            total_minor: row.total_minor,
            currency: decision.currency,
            decided_by_id: Some(decision.by.uuid()),
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at,
            text: decision.text,
            review: decision.review.map(Into::into),
        }))
    }
}

/// What a stored document says, as a row of the central record would.
fn written(envelope: &Envelope, snapshot: &[u8]) -> Stored<Json> {
    let fields = document::hydrate(envelope.kind.spec(), &load(snapshot)?);
    let mut row = project(envelope, &fields);
    if let Json::Object(columns) = &mut row {
        columns.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
    }
    Ok(row)
}
