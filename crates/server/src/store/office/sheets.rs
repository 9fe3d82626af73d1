//! A quote or an order as it leaves the house, put together from the record and what the office says of itself.

use roadbook_model::pricing::Catalogue;
use roadbook_model::state::document_open;
use roadbook_model::value::int_of;
use roadbook_model::{Fields, Kind, RecordId, Value, money};
use tracing::instrument;
use uuid::Uuid;

use super::Done;
use crate::ambient::moment;
use crate::sheet::{OrderSheet, Party, Seller, SheetLine, SheetTax};
use crate::store::pricing::{Assessed, Loaded, assess, load_order};
use crate::store::{Store, Stored};

/// Who ordered, who took it, and who sells.
struct Beside {
    contact_name: Option<String>,
    rep_name: Option<String>,
    seller: Seller,
}

impl Store {
    /// An order or a quote as it leaves the house. Whether somebody may see it is asked before.
    ///
    /// # Errors
    /// `not_an_order` for a record of another kind.
    #[instrument(name = "db.order.sheet", skip_all, fields(%id), err(level = "debug"))]
    pub async fn order_sheet(&self, id: RecordId) -> Done<OrderSheet> {
        let mut connection = self.pool().acquire().await?;
        let loaded = load_order(&mut connection, id).await?;
        let assessed = assess(&mut connection, &loaded).await?;
        let beside = self.beside(&loaded).await?;
        let sheet = sheet(&loaded, beside, &assessed);
        // An order that says no day of its own was taken when its id was made.
        let made_at =
            id.uuid().get_timestamp().map(|at| at.to_unix().0).and_then(|at| i64::try_from(at).ok());
        let made_on = made_at.map(|at| moment(at.saturating_mul(1000)).date_naive().to_string());
        let order_date = sheet.order_date.or(made_on);
        Ok(OrderSheet { id: id.uuid(), version: loaded.version, order_date, ..sheet })
    }

    async fn beside(&self, order: &Loaded) -> Stored<Beside> {
        let id = |name: &str| word(&order.fields, name).and_then(|id| id.parse::<Uuid>().ok());
        let query = sqlx::query!(
            r#"
            select setting.seller_name, setting.seller_address, setting.seller_tax_id, setting.order_terms,
                   contacts.name as "contact_name?", person.name as "rep_name?"
            from org.setting
            left join record.contacts on contacts.id = $1 and contacts.account_id = $2
            left join org.person on person.id = $3
            "#,
            id("contact_id"),
            order.root.uuid(),
            id("rep_id").unwrap_or_else(|| order.envelope.creator.uuid())
        );
        let row = query.fetch_one(self.pool()).await?;
        Ok(Beside {
            contact_name: row.contact_name,
            rep_name: row.rep_name,
            seller: Seller {
                name: row.seller_name,
                address: row.seller_address,
                tax_id: row.seller_tax_id,
                order_terms: row.order_terms,
            },
        })
    }
}

fn sheet(loaded: &Loaded, beside: Beside, assessed: &Assessed) -> OrderSheet {
    let Loaded { fields, profile, decision, .. } = loaded;
    let net_minor = money::total_of(fields);
    let (taxes, tax_minor) = taxes(fields, net_minor, assessed);
    let decided = decision.as_ref().map(|decision| decision.state.as_str());
    let own = word(fields, "state").unwrap_or_else(|| "draft".to_owned());
    let text = |name: &str| word(fields, name);
    let is_quote = own == "quote" && document_open(Kind::ORDER, decided);
    let quote_number = is_quote.then(|| loaded.envelope.id.quote_number());
    OrderSheet {
        is_quote,
        state: decided.map_or(own, str::to_owned),
        number: decision.as_ref().and_then(|decision| decision.number.clone()).or(quote_number),
        order_date: text("order_date"),
        valid_until: text("valid_until"),
        delivery_date: text("delivery_date"),
        reference: text("reference"),
        currency: text("currency").unwrap_or_default(),
        seller: beside.seller,
        buyer: buyer(profile),
        delivery: delivery(fields, profile),
        contact_name: beside.contact_name,
        rep_name: beside.rep_name,
        lines: lines(fields),
        header_discount_bp: int_of(fields, "header_discount_bp").unwrap_or(0),
        goodwill_minor: int_of(fields, "goodwill_minor").unwrap_or(0),
        freight_minor: int_of(fields, "freight_minor").unwrap_or(0),
        net_minor,
        taxes,
        tax_minor,
        gross_minor: net_minor.saturating_add(tax_minor),
        payment_terms: text("payment_terms").or_else(|| word(profile, "payment_terms")),
        notes: text("notes"),
        ..OrderSheet::default()
    }
}

/// The tax by rate, where what is published now comes to the tax that the order was captured at; else in one sum.
fn taxes(fields: &Fields, net_minor: i64, assessed: &Assessed) -> (Vec<SheetTax>, i64) {
    let captured = int_of(fields, "priced_tax_minor");
    let priced = &assessed.priced;
    let is_same = priced.net_minor == net_minor && captured.is_none_or(|tax| tax == priced.tax_minor);
    if !is_same {
        let tax_minor = captured.unwrap_or(0);
        let whole = SheetTax { tax_minor, ..SheetTax::default() };
        return (if tax_minor > 0 { vec![whole] } else { Vec::new() }, tax_minor);
    }
    let name = |rule: &str| {
        let rates = assessed.shelf.taxes();
        rates.iter().find(|rate| rate.key == rule).map_or_else(|| rule.to_owned(), |rate| rate.name.clone())
    };
    let taxes = priced.taxes.iter().map(|tax| SheetTax {
        name: name(&tax.rule),
        rate_bp: Some(tax.rate_bp),
        base_minor: Some(tax.base_minor),
        tax_minor: tax.tax_minor,
    });
    (taxes.collect(), priced.tax_minor)
}

fn lines(fields: &Fields) -> Vec<SheetLine> {
    let priced = money::lines(fields);
    let mut lines: Vec<(i64, SheetLine)> = Value::entries(fields.get("lines"))
        .iter()
        .filter_map(|(id, item)| match item {
            Value::Map(item) => Some((id, item)),
            _ => None,
        })
        .map(|(id, item)| {
            let number = |name: &str| int_of(item, name).unwrap_or(0);
            let (quantity, unit_price_minor) = (number("quantity"), number("unit_price_minor"));
            let discount_bp = number("discount_bp");
            let net_minor = priced.get(id.as_str()).map_or(0, money::Line::total_minor);
            let plain_minor = money::line_total_minor(quantity, unit_price_minor, discount_bp);
            let line = SheetLine {
                id: id.clone(),
                sku: word(item, "sku").unwrap_or_default(),
                description: word(item, "description").unwrap_or_default(),
                quantity,
                unit: word(item, "unit").unwrap_or_default(),
                unit_price_minor,
                discount_bp,
                other_discount_minor: plain_minor.saturating_sub(net_minor),
                net_minor,
            };
            (int_of(item, "position").unwrap_or(i64::MAX), line)
        })
        .collect();
    lines.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn buyer(profile: &Fields) -> Party {
    Party {
        external_id: word(profile, "external_id"),
        name: word(profile, "name").unwrap_or_default(),
        street: word(profile, "street"),
        city: word(profile, "city"),
        region: word(profile, "region"),
        postal_code: word(profile, "postal_code"),
        country: word(profile, "country"),
        tax_id: word(profile, "tax_id"),
    }
}

/// Where it goes, if the order says so.
fn delivery(fields: &Fields, profile: &Fields) -> Option<Party> {
    let of = |name: &str| word(fields, &format!("ship_{name}"));
    let names = ["name", "street", "city", "region", "postal_code", "country"];
    names.iter().any(|name| of(name).is_some()).then(|| Party {
        name: of("name").or_else(|| word(profile, "name")).unwrap_or_default(),
        street: of("street"),
        city: of("city"),
        region: of("region"),
        postal_code: of("postal_code"),
        country: of("country"),
        ..Party::default()
    })
}

fn word(fields: &Fields, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(Value::Str(word) | Value::Text(word)) if !word.is_empty() => Some(word.clone()),
        _ => None,
    }
}
