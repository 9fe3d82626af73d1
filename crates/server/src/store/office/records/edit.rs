//! What the office writes itself: edits and new records, by the server's own actor in the name of who writes, through the
//! same gate as everything else.

use roadbook_model::projection::from_json;
use roadbook_model::rule::Violation;
use roadbook_model::{AccountId, Edit, Envelope, Kind, KindSpec, RecordId, Value};
use roadbook_protocol::{Reason, code};
use serde_json::{Map, Value as Json, json};
use tracing::instrument;

use crate::store::Store;
use crate::store::cells::signed;
use crate::store::fetch::Documents;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::{Done, OfficeError, unknown};

/// What to write: fields by name, as JSON.
pub type Written = Map<String, Json>;

impl Store {
    /// Writes fields of a record that has the version which was seen. What is not named stays. Where the record says all
    /// of it already, nothing is written.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when the record has another version; `record_closed`, `not_permitted`; what the rules say of
    /// the values.
    #[instrument(name = "db.record.edit", skip_all, fields(%record), err(level = "debug"))]
    pub async fn edit_record(&self, by: &By, record: RecordId, written: Written, seen: i64) -> Done<()> {
        let mut append = self.append().await?;
        append.fetch_records(&[record], Documents::new()).await?;
        let stored = append.book.records.get(&record).ok_or_else(|| unknown("record", record))?;
        let (envelope, version) = (stored.envelope, signed(stored.version));
        if version != seen {
            return Err(OfficeError::Stale { current: version });
        }
        let names: Vec<String> = written.keys().cloned().collect();
        let to_price = (envelope.kind == Kind::ORDER).then(|| ToPrice::of(&written)).flatten();
        let edits = edits(envelope.kind.spec(), written)?;
        append.fetch_accounts(&[envelope.account]).await?;
        if envelope.kind == Kind::ACCOUNT
            && let Some((code, text)) = append.kin_edited(envelope.account, &edits).await?
        {
            return Err(OfficeError::invalid(code, text));
        }
        let position = match append.book.edit(by.role, by.person, record, &edits) {
            Ok(position) => position,
            Err(reason) if reason.code == "nothing_changed" => return Ok(()),
            Err(reason) => return Err(refused(reason)),
        };
        if let Some(to_price) = to_price {
            append.price_written(by.person, record, &to_price.unpriced).await?;
        }
        let detail = json!({ "fields": names, "position": position });
        let act = Act { action: "record.edit", subject: Some(("record", record.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(())
    }

    /// Adds a record to an account. One with the id that is there already is the same one, asked for again.
    ///
    /// # Errors
    /// `not_permitted`; what the rules say of the values.
    #[instrument(name = "db.record.add", skip_all, fields(%account, %kind), err(level = "debug"))]
    pub async fn add_record(
        &self,
        by: &By,
        id: RecordId,
        account: AccountId,
        kind: Kind,
        written: Written,
    ) -> Done<()> {
        let to_price = (kind == Kind::ORDER).then(|| ToPrice::of(&written)).flatten();
        let fields = from_json(kind.spec(), &Json::Object(written)).map_err(unfit)?;
        let mut append = self.append().await?;
        append.fetch_records(&[id], Documents::new()).await?;
        if append.book.records.contains_key(&id) {
            return Ok(());
        }
        append.fetch_accounts(&[account]).await?;
        let envelope = Envelope { id, kind, account, creator: by.person, generation: 0 };
        let position = append.book.create(by.role, envelope, &fields).map_err(refused)?;
        if let Some(to_price) = to_price {
            append.price_written(by.person, id, &to_price.unpriced).await?;
        }
        let detail = json!({ "kind": kind.name(), "account": account.to_string(), "position": position });
        let act = Act { action: "record.add", subject: Some(("record", id.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(())
    }
}

/// What of an order is written of which its price is made, so that it is priced anew.
struct ToPrice {
    /// Lines for which no price was written.
    unpriced: Vec<String>,
}

impl ToPrice {
    const PRICED_BY: [&str; 8] = [
        "lines",
        "header_discount_bp",
        "goodwill_minor",
        "freight_minor",
        "currency",
        "order_date",
        "ship_country",
        "ship_region",
    ];

    /// None where nothing of it is written, or where who writes says what it was priced at.
    fn of(written: &Written) -> Option<Self> {
        let items: Vec<(Option<&str>, &Json)> = match written.get("lines") {
            Some(Json::Object(items)) => items.iter().map(|(key, item)| (Some(key.as_str()), item)).collect(),
            Some(Json::Array(items)) => items.iter().map(|item| (item["id"].as_str(), item)).collect(),
            _ => Vec::new(),
        };
        let is_priced = written.contains_key("priced_tax_minor")
            || items.iter().any(|(_, item)| item.get("priced_as").is_some());
        let counts = Self::PRICED_BY.iter().any(|name| written.contains_key(*name));
        if is_priced || !counts {
            return None;
        }
        let is_bare = |item: &Json| item["unit_price_minor"] == 0 && item["own_price"] == false;
        let unpriced = items.into_iter().filter(|(_, item)| is_bare(item)).filter_map(|(key, _)| key);
        Some(Self { unpriced: unpriced.map(str::to_owned).collect() })
    }
}

/// The edits that write these fields: a field as a whole, an item of a collection by those of its fields that are named;
/// null in place of an item removes it.
pub(in crate::store::office) fn edits(spec: &KindSpec, mut written: Written) -> Done<Vec<Edit>> {
    let mut edits = Vec::new();
    for (name, value) in &mut written {
        let is_collection = spec.field(name).is_some_and(|field| field.items().is_some());
        if let (true, Json::Object(items)) = (is_collection, value) {
            let removed = items.iter().filter(|(_, item)| item.is_null());
            edits.extend(removed.map(|(key, _)| Edit::Delete { path: vec![name.clone(), key.clone()] }));
            items.retain(|_, item| !item.is_null());
        }
    }
    for (name, value) in from_json(spec, &Json::Object(written)).map_err(unfit)? {
        match value {
            Value::Map(items) => edits.extend(
                items.into_iter().map(|(key, value)| Edit::Put { path: vec![name.clone(), key], value }),
            ),
            value => edits.push(Edit::Put { path: vec![name], value }),
        }
    }
    Ok(edits)
}

pub(super) fn unfit(violation: Violation) -> OfficeError {
    OfficeError::invalid(violation.code, violation.text)
}

/// Why it cannot be written: how things stand, or the values themselves.
pub(super) fn refused(reason: Reason) -> OfficeError {
    match reason.code.as_str() {
        code::NOT_PERMITTED | code::RECORD_CLOSED | code::UNKNOWN_RECORD => OfficeError::Refused(reason),
        _ => OfficeError::Unfit(reason),
    }
}
