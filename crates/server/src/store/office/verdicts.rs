//! What the office says itself: decisions on orders, reference data.

use std::collections::BTreeSet;

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, PersonId};
use roadbook_protocol::Receipt;
use roadbook_protocol::entry::Reference;
use roadbook_protocol::item::Request;
use tracing::instrument;

use super::{Done, OfficeError};
use crate::store::Store;
use crate::store::append::Append;
use crate::store::fetch::Documents;

impl Store {
    /// Asks for a decision in a person's name. Asking again under the same id gives the same answer.
    #[instrument(name = "db.decision.add", skip_all, fields(record = %request.record, verb = request.verb), err)]
    pub async fn decide(&self, role: Role, by: PersonId, request: &Request) -> Done<Receipt> {
        let mut append = self.append().await?;
        append.fetch_requests(&BTreeSet::from([request.id])).await?;
        append.fetch_records(&[request.record], Documents::new()).await?;
        fetch_accounts_at_hand(&mut append).await?;
        let receipt = append.book.request(role, by, request).map_err(OfficeError::Refused)?;
        append.commit().await?;
        Ok(receipt)
    }

    /// Publishes reference data; returns its position.
    #[instrument(name = "db.reference.publish", skip_all, fields(set = reference.set), err)]
    pub async fn publish(&self, reference: Reference) -> Done<u64> {
        check_reference(&reference)?;
        let mut append = self.append().await?;
        let position = append.book.publish(reference);
        append.commit().await?;
        Ok(position)
    }
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
    }
    Ok(())
}

/// The accounts of the records fetched so far.
pub(super) async fn fetch_accounts_at_hand(append: &mut Append<'_>) -> Done<()> {
    let accounts: BTreeSet<AccountId> =
        append.book.records.values().map(|record| record.envelope.account).collect();
    append.fetch_accounts(&accounts.into_iter().collect::<Vec<_>>()).await?;
    Ok(())
}
