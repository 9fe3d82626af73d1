//! A value of reference data as cells. Columns are called like the set's fields, but for units: amounts are decimals of their
//! currency (`unit_price` for `unit_price_minor`), shares are in percent (`discount_percent` for `discount_bp`), and lists have
//! semicolons between their entries. Whether the set takes the value is the model's matter.

use roadbook_model::pricing::reference::{PRICES, PRODUCTS, price_key};
use roadbook_model::{plan, pricing};
use serde_json::{Map, Value as Json, json};

use super::Fault;
use super::cells::{percent, units, whole, wrong, yes};

/// What a field's cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Word,
    Number,
    Amount,
    Percent,
    Yes,
    Words,
    /// Quantities from which on a price counts: `10: 7.50; 50: 7`.
    Breaks,
    /// Products with their quantities: `A-1: 2; A-2: 1`.
    Bundle,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub struct Said<'a> {
    /// The key that it names.
    pub key: String,
    fields: Vec<(&'static str, &'a str, &'a str)>,
}

/// What is known beside a line, where its amounts have no currency of their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The value that stands under its key.
    pub before: Option<&'a Json>,
    /// The currency of what it belongs to.
    pub currency: Option<&'a str>,
}

/// Everything that a column may be for: the key, in its parts, and the set's fields.
pub fn names(set: &str) -> Vec<&'static str> {
    keys(set).iter().copied().chain(fields(set).iter().map(|field| column(field))).collect()
}

/// The words of a key's parts.
pub fn keys(set: &str) -> &'static [&'static str] {
    match set {
        PRODUCTS => &["sku"],
        PRICES => &["list", "sku"],
        plan::CADENCE => &["segment"],
        _ => &["key"],
    }
}

fn fields(set: &str) -> &'static [&'static str] {
    let priced = pricing::reference::fields(set);
    if priced.is_empty() { plan::reference::fields(set) } else { priced }
}

/// What the column of a field is called.
fn column(field: &'static str) -> &'static str {
    match field {
        "unit_price_minor" => "unit_price",
        "amount_minor" => "amount",
        "price_minor" => "price",
        "threshold_minor" => "threshold",
        "goodwill_minor_max" => "goodwill_max",
        "discount_bp" => "discount_percent",
        "rate_bp" => "rate_percent",
        "line_discount_bp_max" => "line_discount_percent_max",
        "header_discount_bp_max" => "header_discount_percent_max",
        "total_discount_bp_max" => "total_discount_percent_max",
        same => same,
    }
}

fn input(field: &str) -> Input {
    match field {
        "priority" | "buy" | "get" | "every_days" | "grace_days" | "units_in_stock" => Input::Number,
        "gross" | "exclusive" | "discontinued" => Input::Yes,
        "accounts" | "segments" | "territories" | "tiers" | "skus" | "categories" | "countries" => {
            Input::Words
        }
        "breaks" => Input::Breaks,
        "items" => Input::Bundle,
        // A goal's target is an amount where its measure is one.
        "target" => Input::Amount,
        field if field.contains("_minor") => Input::Amount,
        field if field.contains("_bp") => Input::Percent,
        _ => Input::Word,
    }
}

/// What the column of a set's field is called; none for what is no field of the set.
pub fn column_of(set: &str, field: &str) -> Option<&'static str> {
    fields(set).iter().find(|known| **known == field).map(|field| column(field))
}

/// Reads a line. `targets` says what each column is for.
///
/// # Errors
/// `required` if it names no key.
pub fn parse<'a>(set: &str, targets: &'a [Option<String>], cells: &'a [String]) -> Result<Said<'a>, Fault> {
    let cell = |name: &str| {
        let place = targets.iter().position(|target| target.as_deref() == Some(name))?;
        cells.get(place).map(|cell| cell.trim())
    };
    let part = |name: &&'static str| {
        let missing = || Fault::new("required", "The row does not say what it is about.").at(name);
        cell(name).filter(|part| !part.is_empty()).ok_or_else(missing)
    };
    let parts: Vec<&str> = keys(set).iter().map(part).collect::<Result<_, _>>()?;
    let key = match parts[..] {
        [list, sku] => price_key(list, sku),
        _ => parts.concat(),
    };
    let fields = fields(set).iter().filter_map(|field| Some((*field, column(field), cell(column(field))?)));
    Ok(Said { key, fields: fields.collect() })
}

impl Said<'_> {
    /// The value as it would stand: what stood, with what the line says laid over it. An empty cell says nothing, or, with
    /// `clear`, that the field is empty.
    ///
    /// # Errors
    /// `wrong_value` or `currency_missing`, of a column.
    pub fn value(&self, beside: Beside<'_>, clear: bool) -> Result<Json, Fault> {
        let mut value = match beside.before {
            Some(Json::Object(before)) => before.clone(),
            _ => Map::new(),
        };
        // Units depend on these, wherever they stand in the line.
        let is_first = |field: &str| matches!(field, "currency" | "measure");
        let (first, others): (Vec<_>, Vec<_>) = self.fields.iter().partition(|(field, _, _)| is_first(field));
        for &(field, column, cell) in first.into_iter().chain(others) {
            if cell.is_empty() {
                if clear {
                    value.remove(field);
                }
                continue;
            }
            let read = read(field, cell, &value, beside.currency).map_err(|fault| fault.at(column))?;
            match (&read, value.get(field)) {
                // Not to say so and to say no are the same.
                (Json::Bool(false), None) => {}
                _ => drop(value.insert(field.to_owned(), read)),
            }
        }
        Ok(Json::Object(value))
    }
}

fn read(field: &str, cell: &str, value: &Map<String, Json>, beside: Option<&str>) -> Result<Json, Fault> {
    let amount = |cell: &str| {
        let own = value.get("currency").and_then(Json::as_str);
        let text = "An amount needs a currency, in the same row or in what it belongs to.";
        units(cell, own.or(beside).ok_or_else(|| Fault::new("currency_missing", text))?)
    };
    match input(field) {
        Input::Word if field == "currency" => Ok(Json::from(cell.to_uppercase())),
        Input::Word => Ok(Json::from(cell)),
        Input::Number => whole(cell).map(Json::from),
        Input::Amount
            if field == "target" && value.get("measure").is_none_or(|word| word != "order_amount") =>
        {
            whole(cell).map(Json::from)
        }
        Input::Amount => amount(cell).map(Json::from),
        Input::Percent => percent(cell).map(Json::from),
        Input::Yes => yes(cell).map(Json::from),
        Input::Words => Ok(entries(cell).map(Json::from).collect::<Vec<_>>().into()),
        Input::Breaks => entries(cell)
            .map(|entry| {
                let (from, price) = halves(entry)?;
                Ok(json!({ "from": whole(from)?, "unit_price_minor": amount(price)? }))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Json::from),
        Input::Bundle => entries(cell)
            .map(|entry| {
                let (sku, quantity) = halves(entry)?;
                Ok(json!({ "sku": sku, "quantity": whole(quantity)? }))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Json::from),
    }
}

fn entries(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|entry| !entry.is_empty())
}

fn halves(entry: &str) -> Result<(&str, &str), Fault> {
    let (one, other) = entry.rsplit_once(':').ok_or_else(|| {
        wrong("Each entry is two things with a colon between them, and a semicolon to the next: 10: 7.50; 50: 7.")
    })?;
    Ok((one.trim(), other.trim()))
}

#[cfg(test)]
mod tests {
    use roadbook_model::pricing::reference::{PRICE_LISTS, PROMOTIONS, SETS, TAXES};

    use super::*;

    fn read(set: &str, pairs: &[(&str, &str)], beside: Beside<'_>) -> Result<(String, Json), Fault> {
        let targets: Vec<Option<String>> = pairs.iter().map(|(name, _)| Some((*name).to_owned())).collect();
        let cells: Vec<String> = pairs.iter().map(|(_, cell)| (*cell).to_owned()).collect();
        let said = parse(set, &targets, &cells)?;
        Ok((said.key.clone(), said.value(beside, false)?))
    }

    #[test]
    fn a_line_becomes_a_value_that_its_set_takes() {
        for (set, pairs, key, value) in [
            (
                PRODUCTS,
                &[
                    ("sku", "A-1"),
                    ("name", "Tea"),
                    ("unit_price", "12,99"),
                    ("currency", "eur"),
                    ("discontinued", "no"),
                ][..],
                "A-1",
                json!({ "name": "Tea", "unit_price_minor": 1_299, "currency": "EUR" }),
            ),
            (
                PRICE_LISTS,
                &[
                    ("key", "A"),
                    ("name", "Best"),
                    ("currency", "KWD"),
                    ("gross", "yes"),
                    ("segments", "A; b;"),
                ],
                "A",
                json!({ "name": "Best", "currency": "KWD", "gross": true, "segments": ["A", "b"] }),
            ),
            (
                TAXES,
                &[
                    ("key", "de"),
                    ("name", "VAT"),
                    ("class", "standard"),
                    ("countries", "DE"),
                    ("rate_percent", "19 %"),
                ],
                "de",
                json!({ "name": "VAT", "class": "standard", "countries": ["DE"], "rate_bp": 1_900 }),
            ),
            (
                PROMOTIONS,
                &[
                    ("key", "set"),
                    ("name", "Set"),
                    ("kind", "bundle"),
                    ("items", "A-1: 2; B:1"),
                    ("price", "20"),
                    ("currency", "EUR"),
                ],
                "set",
                json!({ "name": "Set", "kind": "bundle", "items": [{ "sku": "A-1", "quantity": 2 }, { "sku": "B", "quantity": 1 }],
                        "price_minor": 2_000, "currency": "EUR" }),
            ),
            (plan::CADENCE, &[("segment", "A"), ("every_days", "14")], "A", json!({ "every_days": 14 })),
        ] {
            let read = read(set, pairs, Beside::default()).unwrap();
            assert_eq!(read, (key.to_owned(), value.clone()), "{set}");
            let faults =
                pricing::reference::check(set, key, &value).into_iter().chain(plan::check(set, key, &value));
            assert_eq!(faults.map(|fault| fault.code).collect::<Vec<_>>(), [""; 0], "{set}");
        }
    }

    #[test]
    fn what_a_line_does_not_say_stays_and_units_follow_what_it_belongs_to() {
        let before =
            json!({ "name": "Tea", "unit_price_minor": 1_299, "currency": "JPY", "supplier": "Own" });
        let beside = Beside { before: Some(&before), currency: None };
        let (_, value) =
            read(PRODUCTS, &[("sku", "A-1"), ("name", ""), ("unit_price", "1500")], beside).unwrap();
        assert_eq!(
            value,
            json!({ "name": "Tea", "unit_price_minor": 1_500, "currency": "JPY", "supplier": "Own" })
        );
        let beside = Beside { before: None, currency: Some("EUR") };
        let pairs = [("list", "A"), ("sku", "A-1"), ("unit_price", "7.5"), ("breaks", "10: 7; 50: 6.50")];
        let (key, value) = read(PRICES, &pairs, beside).unwrap();
        assert_eq!(key, "A/A-1");
        let breaks =
            json!([{ "from": 10, "unit_price_minor": 700 }, { "from": 50, "unit_price_minor": 650 }]);
        assert_eq!(value, json!({ "unit_price_minor": 750, "breaks": breaks }));
    }

    #[test]
    fn a_wrong_cell_is_named_with_its_column() {
        for (set, pairs, code, column) in [
            (PRODUCTS, &[("sku", " "), ("name", "x")][..], "required", "sku"),
            (PRODUCTS, &[("sku", "A"), ("unit_price", "7")], "currency_missing", "unit_price"),
            (
                PRODUCTS,
                &[("sku", "A"), ("currency", "EUR"), ("unit_price", "1.200")],
                "wrong_value",
                "unit_price",
            ),
            (PRODUCTS, &[("sku", "A"), ("units_in_stock", "7.5")], "wrong_value", "units_in_stock"),
            (PRODUCTS, &[("sku", "A"), ("discontinued", "maybe")], "wrong_value", "discontinued"),
            (PRICES, &[("list", "A"), ("unit_price", "7")], "required", "sku"),
            (TAXES, &[("key", "x"), ("rate_percent", "a lot")], "wrong_value", "rate_percent"),
            (PROMOTIONS, &[("key", "x"), ("items", "A-1")], "wrong_value", "items"),
        ] {
            let fault = read(set, pairs, Beside::default()).unwrap_err();
            assert_eq!((fault.code, fault.column.as_deref()), (code, Some(column)), "{pairs:?}");
        }
    }

    #[test]
    fn no_field_with_a_unit_is_a_word() {
        for set in SETS.into_iter().chain(plan::reference::SETS) {
            for field in fields(set) {
                let has_unit = field.contains("_minor") || field.contains("_bp");
                assert_eq!(has_unit, column(field) != *field, "{set}.{field}");
            }
        }
    }
}
