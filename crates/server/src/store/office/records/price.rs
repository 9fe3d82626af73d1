//! An order as it was captured beside what it costs by the reference data that stands now: nothing is changed by looking.

use roadbook_model::pricing::{
    Catalogue, Consent, Credit, Customer, Judgement, Order, Priced, Shelf, judge, price,
};
use roadbook_model::{AccountId, Fields, Kind, RecordId, Role, Value, document, money};
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ambient::{moment, now_ms};
use crate::store::fetch::load;
use crate::store::office::{Done, OfficeError, unknown};
use crate::store::{Store, StoreError, Stored};

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

/// An order with what its price depends on.
struct Captured {
    fields: Fields,
    order: Order,
    role: Role,
    credit: Credit,
}

impl Store {
    /// Prices an order anew. Whether somebody may see it is asked before.
    ///
    /// # Errors
    /// `not_an_order` for a record of another kind.
    #[instrument(name = "db.record.price", skip_all, fields(%id), err(level = "debug"))]
    pub async fn price_record(&self, id: RecordId) -> Done<RecordPrice> {
        let captured = self.captured(id).await?;
        let shelf = self.shelf(&captured.order).await?;
        let priced = price(&captured.order, &shelf);
        let credit = Some(&captured.credit);
        let judgement = judge(captured.role, &captured.order, &priced, shelf.discretion(), credit);
        Ok(answer(&captured, &priced, &judgement))
    }

    async fn captured(&self, id: RecordId) -> Done<Captured> {
        let query = sqlx::query!(
            r#"
            select record.kind, record.account_id, record.snapshot, account.snapshot as account, person.role,
                   array(select above.id from org.above(account_now.territory_id) above order by above.up) as "territories!",
                   coalesce((
                       select sum(orders.total_minor) from record.orders
                       where orders.account_id = record.account_id and orders.state = 'submitted'
                         and orders.id <> record.id and orders.currency = accounts.currency
                   ), 0)::bigint as "open!"
            from sync.record
            join sync.record account on account.id = record.account_id
            join sync.account_now on account_now.id = record.account_id
            join record.accounts on accounts.id = record.account_id
            join org.person on person.id = record.creator_id
            where record.id = $1
            "#,
            id.uuid()
        );
        let row = query.fetch_optional(self.pool()).await?.ok_or_else(|| unknown("record", id))?;
        if row.kind != Kind::ORDER.name() {
            let text = format!("a {} has no price; ask for an order's", row.kind);
            return Err(OfficeError::invalid("not_an_order", text));
        }
        let fields = document::hydrate(Kind::ORDER.spec(), &load(&row.snapshot)?);
        let account = document::hydrate(Kind::ACCOUNT.spec(), &load(&row.account)?);
        let today = moment(now_ms()).date_naive();
        let customer = customer(row.account_id.into(), &account, &fields, &row.territories);
        Ok(Captured {
            order: Order::of_document(&fields, customer, today),
            role: row.role.parse().map_err(|_| StoreError::Unreadable { what: "role" })?,
            credit: credit(&account, row.open),
            fields,
        })
    }

    /// The reference data that an order asks for.
    async fn shelf(&self, order: &Order) -> Stored<Shelf> {
        let mut shelf = Shelf::default();
        let whole = sqlx::query!(
            "select set, key, json from sync.reference where set = any($1)",
            &Shelf::WHOLE as &[&str]
        );
        for row in whole.fetch_all(self.pool()).await? {
            shelf.put(&row.set, &row.key, &row.json);
        }
        let (sets, keys): (Vec<&str>, Vec<String>) = shelf.missing(order).into_iter().unzip();
        let wanted = sqlx::query!(
            "
            select reference.set, reference.key, json
            from unnest($1::text[], $2::text[]) as wanted(set, key)
            join sync.reference on reference.set = wanted.set and reference.key = wanted.key
            ",
            &sets as &[&str],
            &keys
        );
        for row in wanted.fetch_all(self.pool()).await? {
            shelf.put(&row.set, &row.key, &row.json);
        }
        Ok(shelf)
    }
}

fn answer(captured: &Captured, priced: &Priced, judgement: &Judgement) -> RecordPrice {
    let freight = captured.order.freight_minor;
    let captured_minor = money::order_total_minor(money::lines(&captured.fields).into_values(), freight);
    RecordPrice {
        currency: captured.order.currency.clone(),
        captured_minor,
        captured_tax_minor: number(&captured.fields, "priced_tax_minor"),
        priced_minor: priced.net_minor,
        priced_tax_minor: priced.tax_minor,
        difference_minor: priced.net_minor.saturating_sub(captured_minor),
        needs_approval: judgement.consent == Consent::NeedsApproval,
        priced: serde_json::to_value(priced).unwrap_or_default(),
        judgement: serde_json::to_value(judgement).unwrap_or_default(),
    }
}

/// What the account is, delivered to where the order goes.
fn customer(account: AccountId, profile: &Fields, order: &Fields, territories: &[Uuid]) -> Customer {
    let territories = territories.iter().map(Uuid::to_string).collect();
    let mut customer = Customer::of_document(account.to_string(), profile, territories);
    if let Some(Value::Str(country)) = order.get("ship_country") {
        customer.country = Some(country.clone());
        customer.region = match order.get("ship_region") {
            Some(Value::Str(region)) => Some(region.clone()),
            _ => None,
        };
    }
    customer
}

fn credit(account: &Fields, submitted_minor: i64) -> Credit {
    let currency = match account.get("currency") {
        Some(Value::Str(code)) => code.clone(),
        _ => String::new(),
    };
    Credit {
        limit_minor: number(account, "credit_limit_minor"),
        hold: matches!(account.get("credit_hold"), Some(Value::Bool(true))),
        open_minor: number(account, "owed_minor").unwrap_or(0).saturating_add(submitted_minor),
        currency,
    }
}

fn number(fields: &Fields, name: &str) -> Option<i64> {
    match fields.get(name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}
