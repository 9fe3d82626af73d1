//! Pricing on the server: what an order costs by the reference data that stands now, and whose word it needs. Looking
//! changes nothing; that a submitted order is held against it is [`Append::review`]'s.

use roadbook_model::pricing::{
    Catalogue, Credit, Customer, Judgement, Line, Order, Priced, PricedLine, Shelf, judge, price,
};
use roadbook_model::state::{HANDED_IN, quote_expired};
use roadbook_model::{AccountId, Envelope, Fields, Kind, Role, TerritoryId, Value, document, money};
use roadbook_protocol::code;
use roadbook_protocol::entry::{Review, ReviewLine};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::Stored;
use super::append::Append;
use super::fetch::load;
use crate::ambient::{moment, now_ms};

/// An order that is to be priced.
pub(super) struct Asked<'a> {
    /// Its envelope.
    pub envelope: Envelope,
    /// Its content.
    pub fields: &'a Fields,
    /// Where its account lies.
    pub territory: Option<TerritoryId>,
    /// What its account says, if that is at hand; else it is read.
    pub profile: Option<Fields>,
}

/// An order with what it costs.
pub(super) struct Assessed {
    /// As it was priced.
    pub order: Order,
    /// What it costs.
    pub priced: Priced,
    /// What its creator granted, and whose word that needs.
    pub judgement: Judgement,
    /// What it was priced by.
    pub shelf: Shelf,
}

/// Prices an order for its own day, for the account as it is now.
pub(super) async fn assess(connection: &mut PgConnection, asked: Asked<'_>) -> Stored<Assessed> {
    let Asked { envelope, fields, territory, profile } = asked;
    let row = sqlx::query!(
        r#"
        select person.role as "role?", account.snapshot as "profile?",
               array(select above.id from org.above($3) above order by above.up) as "territories!"
        from (values (1)) one
        left join org.person on person.id = $1
        left join sync.record account on account.id = $2
        "#,
        envelope.creator.uuid(),
        envelope.account.uuid(),
        territory.map(TerritoryId::uuid)
    )
    .fetch_one(&mut *connection)
    .await?;
    let profile = match (profile, row.profile) {
        (Some(profile), _) => profile,
        (None, Some(snapshot)) => document::hydrate(Kind::ACCOUNT.spec(), &load(&snapshot)?),
        (None, None) => Fields::new(),
    };
    let customer = customer(envelope.account, &profile, fields, &row.territories);
    let order = Order::of_document(fields, customer, moment(now_ms()).date_naive());
    let shelf = shelf(connection, &order).await?;
    let priced = price(&order, &shelf);
    let credit = credit(connection, &envelope, &profile).await?;
    // A person who is gone may grant what a rep may.
    let role = row.role.and_then(|role| role.parse().ok()).unwrap_or(Role::Rep);
    let judgement = judge(role, &order, &priced, shelf.discretion(), Some(&credit));
    Ok(Assessed { order, priced, judgement, shelf })
}

/// The reference data that an order asks for.
async fn shelf(connection: &mut PgConnection, order: &Order) -> Stored<Shelf> {
    let mut shelf = Shelf::default();
    let whole = sqlx::query!(
        "select set, key, json from sync.reference where set = any($1)",
        &Shelf::WHOLE as &[&str]
    );
    for row in whole.fetch_all(&mut *connection).await? {
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
    for row in wanted.fetch_all(&mut *connection).await? {
        shelf.put(&row.set, &row.key, &row.json);
    }
    Ok(shelf)
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

/// What the account may owe, and does: what the system behind said last, and the orders that wait.
async fn credit(connection: &mut PgConnection, order: &Envelope, account: &Fields) -> Stored<Credit> {
    let currency = match account.get("currency") {
        Some(Value::Str(code)) => code.clone(),
        _ => String::new(),
    };
    let waiting = sqlx::query_scalar!(
        r#"
        select coalesce(sum(total_minor), 0)::bigint as "it!" from record.orders
        where account_id = $1 and id <> $2 and currency = $3 and state = any($4)
        "#,
        order.account.uuid(),
        order.id.uuid(),
        currency,
        &HANDED_IN as &[&str]
    );
    let waiting = waiting.fetch_one(connection).await?;
    Ok(Credit {
        limit_minor: number(account, "credit_limit_minor"),
        hold: matches!(account.get("credit_hold"), Some(Value::Bool(true))),
        open_minor: number(account, "owed_minor").unwrap_or(0).saturating_add(waiting),
        currency,
    })
}

pub(super) fn number(fields: &Fields, name: &str) -> Option<i64> {
    match fields.get(name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// What an order was captured at, before tax.
pub(super) fn captured_minor(fields: &Fields) -> i64 {
    let freight = number(fields, "freight_minor").unwrap_or(0);
    money::order_total_minor(money::lines(fields).into_values(), freight)
}

impl Append<'_> {
    /// Holds what was submitted in this append against what it costs (rule Q6). Done with the append: a price that nobody
    /// looked at must not be accepted.
    #[instrument(name = "db.order.review", skip_all, err(level = "debug"))]
    pub(super) async fn review(&mut self) -> Stored<()> {
        for id in self.book.submitted() {
            let Some(record) = self.book.records.get(&id) else { continue };
            let envelope = record.envelope;
            let fields = document::hydrate(envelope.kind.spec(), &record.doc);
            let profile = self.book.records.get(&envelope.account.record());
            let profile = profile.map(|account| document::hydrate(Kind::ACCOUNT.spec(), &account.doc));
            let territory = self.book.accounts.get(&envelope.account).map(|row| row.territory);
            let asked = Asked { envelope, fields: &fields, territory, profile };
            let assessed = assess(&mut self.tx, asked).await?;
            let review = review_of(&fields, assessed, is_published(&mut self.tx).await?);
            self.book.review(id, review);
        }
        Ok(())
    }
}

/// Whether the office publishes prices at all. Where it does not, that a line has none says nothing.
async fn is_published(connection: &mut PgConnection) -> Stored<bool> {
    let query = sqlx::query_scalar!(
        r#"select exists (select from sync.reference where set in ('products', 'prices')) as "it!""#
    );
    Ok(query.fetch_one(connection).await?)
}

fn review_of(fields: &Fields, assessed: Assessed, is_published: bool) -> Review {
    let Assessed { order, priced, judgement, .. } = assessed;
    let captured_minor = captured_minor(fields);
    let captured_tax_minor = number(fields, "priced_tax_minor");
    let own = |key: &str| order.lines.iter().find(|line| line.key == key).and_then(own_price);
    let unit = |line: &PricedLine| own(&line.key).or(line.list_unit_minor);
    // A line that nothing prices cannot be held against anything.
    let is_priced = !priced.lines.is_empty() && priced.lines.iter().all(|line| unit(line).is_some());
    let is_other = priced.net_minor != captured_minor
        || captured_tax_minor.is_some_and(|tax_minor| tax_minor != priced.tax_minor);
    let differs = is_priced && is_other;
    let lines = priced.lines.iter().filter_map(|line| {
        Some(ReviewLine { item: line.key.clone(), unit_price_minor: unit(line)?, net_minor: line.net_minor })
    });
    let reasons = judgement.reasons.iter().map(|reason| reason.code);
    let mut reasons: Vec<String> =
        reasons.filter(|code| is_published || *code != "no_list_price").map(str::to_owned).collect();
    reasons.dedup();
    let mut approver = judgement.approver.filter(|_| !reasons.is_empty());
    // Rule Q9: it may have been captured in time.
    if quote_expired(fields, now_ms()) {
        reasons.push(code::QUOTE_EXPIRED.to_owned());
        approver = approver.max(Some(Role::Manager));
    }
    Review {
        captured_minor,
        captured_tax_minor,
        priced_minor: priced.net_minor,
        priced_tax_minor: priced.tax_minor,
        differs,
        reasons,
        approver: approver.map(|role| role.to_string()),
        lines: if differs { lines.collect() } else { Vec::new() },
    }
}

fn own_price(line: &Line) -> Option<i64> {
    line.own_price_minor
}
