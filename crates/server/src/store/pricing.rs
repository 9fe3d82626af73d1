//! Pricing on the server: what an order costs by the reference data that stands now. Looking changes nothing; that a
//! submitted order is held against it is [`super::append::Append::review`]'s.

mod review;

use std::collections::BTreeSet;

use roadbook_model::pricing::{Catalogue, Credit, Customer, Judgement, Order, Priced, Shelf, judge, price};
use roadbook_model::state::{ACCEPTED, HANDED_IN};
use roadbook_model::value::{int_of, moment_of, str_of};
use roadbook_model::{
    AccountId, Envelope, Fields, Kind, PersonId, RecordId, Role, TerritoryId, Value, document,
};
use roadbook_protocol::entry::Decision;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Stored;
use super::cells::{read, unsigned32};
use super::fetch::load;
use super::office::{Done, OfficeError, unknown};
use crate::ambient::{moment, now_ms};

/// An order with what its price depends on.
pub(super) struct Loaded {
    /// Its envelope.
    pub envelope: Envelope,
    /// Its content.
    pub fields: Fields,
    /// Its account; if that was merged into another, the other.
    pub root: AccountId,
    /// What that account says.
    pub profile: Fields,
    /// Where it lies.
    pub territory: Option<TerritoryId>,
    /// The log position of its last change.
    pub version: i64,
    /// What was decided on it last.
    pub decision: Option<Decision>,
}

/// An order with what it costs.
pub(super) struct Assessed {
    /// As it was priced.
    pub order: Order,
    /// What it costs.
    pub priced: Priced,
    /// Lines that nothing prices: they stand at the price that was written, as on the device.
    pub unpriced: BTreeSet<String>,
    /// What it was priced by.
    pub shelf: Shelf,
}

impl Assessed {
    /// Whose word it needs that somebody of a role grants this.
    pub(super) fn judge(&self, role: Role, credit: &Credit) -> Judgement {
        judge(role, &self.order, &self.priced, self.shelf.discretion(), Some(credit))
    }
}

/// An order as it stands in the record. Whether somebody may see it is asked before.
///
/// # Errors
/// `not_an_order` for a record of another kind.
pub(super) async fn load_order(connection: &mut PgConnection, id: RecordId) -> Done<Loaded> {
    let query = sqlx::query!(
        r#"
        select record.kind, record.account_id, record.creator_id, record.generation, record.version, record.snapshot,
               record.decision, coalesce(account.root_id, record.account_id) as "root_id!",
               profile.snapshot as "profile?", root.territory_id as "territory_id?"
        from sync.record
        left join sync.account on account.id = record.account_id
        left join sync.account_now root on root.id = coalesce(account.root_id, record.account_id)
        left join sync.record profile on profile.id = coalesce(account.root_id, record.account_id)
        where record.id = $1
        "#,
        id.uuid()
    );
    let row = query.fetch_optional(&mut *connection).await?.ok_or_else(|| unknown("order", id))?;
    if row.kind != Kind::ORDER.name() {
        return Err(OfficeError::invalid("not_an_order", format!("a {} is no order", row.kind)));
    }
    let decision = row.decision.as_deref().map(|bytes| read("decision", bytes)).transpose()?;
    Ok(Loaded {
        envelope: Envelope {
            id,
            kind: Kind::ORDER,
            account: row.account_id.into(),
            creator: row.creator_id.into(),
            generation: unsigned32(row.generation),
        },
        fields: document::hydrate(Kind::ORDER.spec(), &load(&row.snapshot)?),
        root: row.root_id.into(),
        profile: profile(row.profile.as_deref())?,
        territory: row.territory_id.map(Into::into),
        version: row.version,
        decision,
    })
}

/// What an account's document says; nothing if it is not there.
pub(super) fn profile(snapshot: Option<&[u8]>) -> Stored<Fields> {
    match snapshot {
        Some(snapshot) => Ok(document::hydrate(Kind::ACCOUNT.spec(), &load(snapshot)?)),
        None => Ok(Fields::new()),
    }
}

/// Prices an order as if it were handed in now, for the account as it is now: for its own day, if that is near enough.
pub(super) async fn assess(connection: &mut PgConnection, loaded: &Loaded) -> Stored<Assessed> {
    let territories = sqlx::query_scalar!(
        r#"select above.id as "id!" from org.above($1) above order by above.up"#,
        loaded.territory.map(TerritoryId::uuid)
    );
    let territories = territories.fetch_all(&mut *connection).await?.iter().map(Uuid::to_string).collect();
    let customer = Customer::of_document(loaded.root.to_string(), &loaded.profile, territories);
    let customer = customer.delivered(&loaded.fields);
    let today = moment(now_ms()).date_naive();
    let is_quote = str_of(&loaded.fields, "state") == Some("quote");
    let mut order = Order::of_document(&loaded.fields, customer, today).handed_in(today, is_quote);
    let shelf = shelf(connection, &order).await?;
    let mut priced = price(&order, &shelf);
    let unpriced = let_stand(&mut order, &priced, &loaded.fields);
    if !unpriced.is_empty() {
        priced = price(&order, &shelf);
    }
    Ok(Assessed { order, priced, unpriced, shelf })
}

/// Lets lines that nothing prices stand at the price that was written; says which these are.
fn let_stand(order: &mut Order, priced: &Priced, fields: &Fields) -> BTreeSet<String> {
    let items = Value::entries(fields.get("lines"));
    let unlisted = priced.lines.iter().filter(|line| line.list_unit_minor.is_none());
    let unlisted: BTreeSet<&str> = unlisted.map(|line| line.key.as_str()).collect();
    let mut unpriced = BTreeSet::new();
    for line in &mut order.lines {
        if line.own_price_minor.is_some() || !unlisted.contains(line.key.as_str()) {
            continue;
        }
        let Some(Value::Map(item)) = items.get(&line.key) else { continue };
        line.own_price_minor = int_of(item, "unit_price_minor");
        unpriced.insert(line.key.clone());
    }
    unpriced
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

/// The lowest role among people: what one of them may not grant, was not granted by all. A person who is gone may grant what a
/// rep may.
pub(super) async fn lowest_role(connection: &mut PgConnection, people: &[PersonId]) -> Stored<Role> {
    let people: BTreeSet<Uuid> = people.iter().map(|person| person.uuid()).collect();
    let ids: Vec<Uuid> = people.iter().copied().collect();
    let query = sqlx::query_scalar!("select role from org.person where id = any($1)", &ids);
    let words = query.fetch_all(connection).await?;
    let roles = words.iter().map(|word| word.parse().unwrap_or(Role::Rep));
    let lowest = roles.min().unwrap_or(Role::Rep);
    Ok(if words.len() < people.len() { Role::Rep } else { lowest })
}

/// What the account of an order may owe, and does: what the system behind said last, and the orders that were handed in and are not
/// through or were accepted since, with their tax. Without these ones, and with so much for others that the record does not show yet.
pub(super) async fn credit(
    connection: &mut PgConnection,
    loaded: &Loaded,
    without: &[RecordId],
    more_minor: i64,
) -> Stored<Credit> {
    let without: Vec<Uuid> = without.iter().map(|id| id.uuid()).collect();
    let open = sqlx::query_scalar!(
        r#"
        select coalesce(sum(total_minor + coalesce(priced_tax_minor, 0)), 0)::bigint as "it!" from record.orders
        where account_id = $1 and id <> all($2) and currency = $3
          and (state = any($4) or (state = $5 and effective_at > $6))
        "#,
        loaded.root.uuid(),
        &without,
        str_of(&loaded.profile, "currency").unwrap_or_default(),
        &HANDED_IN as &[&str],
        ACCEPTED,
        moment_of(&loaded.profile, "owed_at").map(moment)
    );
    let open_minor = open.fetch_one(connection).await?;
    Ok(Credit::of(&loaded.profile, open_minor.saturating_add(more_minor)))
}
