//! What the office says itself: decisions on orders, reference data.

use std::collections::BTreeSet;

use roadbook_model::AccountId;
use roadbook_model::pricing::reference::check;
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Decision, Reference};
use roadbook_protocol::item::Request;
use serde_json::json;
use tracing::instrument;

use super::audit::{self, Act, By};
use super::{Done, OfficeError};
use crate::store::append::Append;
use crate::store::cells::{read, signed};
use crate::store::fetch::Documents;
use crate::store::{Store, StoreError};

impl Store {
    /// Asks for a decision in a person's name, who may have said why. Asking again under the same id gives the same answer.
    /// `seen` is the record's version as the person saw it, if that matters. The answer is the decision that stands then:
    /// after a `submit`, what the pricing had to say.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when the record has another version; what the ledger says.
    #[instrument(name = "db.decision.add", skip_all, fields(record = %request.record, verb = request.verb), err(level = "debug"))]
    pub async fn decide(
        &self,
        by: &By,
        request: &Request,
        seen: Option<u64>,
        text: Option<&str>,
    ) -> Done<(u64, Decision)> {
        let mut append = self.append().await?;
        append.fetch_requests(&BTreeSet::from([request.id])).await?;
        append.fetch_records(&[request.record], Documents::new()).await?;
        fetch_accounts_at_hand(&mut append).await?;
        let is_new = !append.book.requests.contains_key(&request.id);
        let version = append.book.records.get(&request.record).map(|record| record.version);
        if is_new && let Some(current) = version.filter(|current| seen.is_some_and(|seen| seen != *current)) {
            return Err(OfficeError::Stale { current: signed(current) });
        }
        let receipt = append.book.request(by.role, by.person, request, text).map_err(OfficeError::Refused)?;
        let decided = match standing(&mut append, request, is_new).await? {
            Some(decided) => decided,
            None => (receipt.position, decided_at(&mut append, receipt.position).await?),
        };
        let (position, decision) = &decided;
        let detail =
            json!({ "verb": request.verb, "state": decision.state, "position": position, "text": text });
        let act = Act { action: "order.decide", subject: Some(("record", request.record.uuid())), detail };
        if is_new {
            audit::record(append.connection(), Some(by), act).await?;
        }
        append.commit().await?;
        Ok(decided)
    }

    /// Publishes reference data; returns its position.
    #[instrument(name = "db.reference.publish", skip_all, fields(set = reference.set), err(level = "debug"))]
    pub async fn publish(&self, reference: Reference) -> Done<u64> {
        check_reference(&reference)?;
        let mut append = self.append().await?;
        let position = append.book.publish(reference);
        append.commit().await?;
        Ok(position)
    }
}

/// The decision that stands on the record of a new request, once its price was looked at.
async fn standing(append: &mut Append<'_>, request: &Request, is_new: bool) -> Done<Option<(u64, Decision)>> {
    if !is_new {
        return Ok(None);
    }
    append.review().await?;
    let record = append.book.records.get(&request.record);
    Ok(record.and_then(|record| Some((record.version, record.decision.clone()?))))
}

/// Whether every value is a JSON object that both CBOR and `jsonb` can hold.
pub(super) fn check_reference(reference: &Reference) -> Done<()> {
    for item in &reference.items {
        let object =
            item.json.as_deref().map(serde_json::from_str::<serde_json::Map<String, serde_json::Value>>);
        if matches!(object, Some(Err(_))) || item.json.as_deref().is_some_and(|json| json.contains("\\u0000"))
        {
            let text = format!("{} {:?} is not a JSON object that can be stored", reference.set, item.key);
            return Err(OfficeError::Impossible(text));
        }
        let value = item.json.as_deref().and_then(|json| serde_json::from_str(json).ok());
        if let Some(fault) =
            value.and_then(|value| check(&reference.set, &item.key, &value).into_iter().next())
        {
            let text = format!("{} at {}: {}", fault.code, fault.path.join("."), fault.text);
            return Err(OfficeError::invalid("reference_invalid", text));
        }
    }
    Ok(())
}

/// The decision at a position: of this append, or of an earlier one for a request that was answered before.
async fn decided_at(append: &mut Append<'_>, position: u64) -> Done<Decision> {
    let entries = &append.book.out.entries;
    let entry = match entries.iter().find(|new| new.position == position) {
        Some(new) => new.entry.clone(),
        None => {
            let query =
                sqlx::query_scalar!("select payload from log.entry where position = $1", signed(position));
            read("entry", &query.fetch_one(append.connection()).await?)?
        }
    };
    match entry {
        Entry::Decision(decision) => Ok(decision),
        _ => Err(StoreError::Unreadable { what: "decision" }.into()),
    }
}

/// The accounts of the records fetched so far.
pub(super) async fn fetch_accounts_at_hand(append: &mut Append<'_>) -> Done<()> {
    let accounts: BTreeSet<AccountId> =
        append.book.records.values().map(|record| record.envelope.account).collect();
    append.fetch_accounts(&accounts.into_iter().collect::<Vec<_>>()).await?;
    Ok(())
}
