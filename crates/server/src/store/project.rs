//! A record as a row of the central record: the model's projection, and what only the server knows besides.

use roadbook_model::projection::{project, rfc3339};
use roadbook_model::{AccountId, Kind, TerritoryId, document};
use roadbook_sync::ledger::Record;
use serde_json::{Map, Value as Json};

use crate::store::cells::signed;

/// Where a record's account lies, and what it was merged into.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The territory.
    pub territory: Option<TerritoryId>,
    /// The account that it was merged into, if it was.
    pub root: Option<AccountId>,
}

/// The row, for `record.put`. `decided_ms` is the server time of the decision that stands.
pub(super) fn central_row(record: &Record, place: Place, decided_ms: Option<i64>) -> Json {
    let envelope = &record.envelope;
    let fields = document::hydrate(envelope.kind.spec(), &record.doc);
    let Json::Object(mut row) = project(envelope, &fields) else { return Json::Null };
    row.insert("created_at".into(), moment(record.at_ms.0));
    row.insert("changed_at".into(), moment(record.at_ms.1));
    row.insert("log_position".into(), Json::from(signed(record.version)));
    if envelope.kind == Kind::ACCOUNT {
        let territory = place.territory.map_or(Json::Null, |id| Json::from(id.to_string()));
        row.insert("territory_id".into(), territory);
        row.insert("merged_into".into(), place.root.map_or(Json::Null, |id| Json::from(id.to_string())));
    } else if let Some(root) = place.root {
        row.insert("account_id".into(), Json::from(root.to_string()));
    }
    if envelope.kind == Kind::ORDER {
        add_decision(&mut row, record, decided_ms);
    }
    Json::Object(row)
}

/// What the centre decided stands above what the document says.
fn add_decision(row: &mut Map<String, Json>, record: &Record, decided_ms: Option<i64>) {
    let Some(decision) = &record.decision else { return };
    row.insert("state".into(), Json::from(decision.state.as_str()));
    row.insert("number".into(), Json::from(decision.number.clone()));
    row.insert("decided_by".into(), Json::from(decision.by.to_string()));
    row.insert("decided_at".into(), decided_ms.map_or(Json::Null, moment));
    row.insert("effective_at".into(), decision.effective_ms.map_or(Json::Null, moment));
    row.insert("decision_text".into(), Json::from(decision.text.clone()));
    if let Some(review) = &decision.review {
        row.insert("repriced_minor".into(), Json::from(review.priced_minor));
        row.insert("repriced_tax_minor".into(), Json::from(review.priced_tax_minor));
        row.insert("approval_reasons".into(), Json::from(review.reasons.clone()));
        row.insert("approver".into(), Json::from(review.approver.clone()));
    }
    if let Some(total_minor) = decision.total_minor {
        row.insert("total_minor".into(), Json::from(total_minor));
    }
}

fn moment(unix_ms: i64) -> Json {
    rfc3339(unix_ms).map_or(Json::Null, Json::from)
}
