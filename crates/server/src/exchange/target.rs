//! What a column of a file may be for: a field of the kind, or a word that stands for something else of the record. Reads
//! lines into what is to be written; whether the record takes it is the kind's rules' matter.

use roadbook_model::Kind;
use roadbook_model::kind::{FieldSpec, FieldType};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Fault;
use super::cells::{degrees, scalar, units};
use super::channels::{self, Channel};
use super::guess;

/// Targets that are no fields, of accounts.
const OF_ACCOUNTS: [&str; 8] =
    ["id", "territory", "parent", "referred_by", "tags", "latitude", "longitude", "credit_limit"];
/// The same, of contacts.
const OF_CONTACTS: [&str; 3] = ["id", "account", "channels"];

/// One thing that a column may be for.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its word: a field's name, or one of the others.
    pub name: &'static str,
    field: Option<&'static FieldSpec>,
}

/// What a line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The record itself.
    pub id: Option<Uuid>,
    /// Its number in the other system.
    pub external_id: Option<String>,
    /// The account that a contact belongs to.
    pub account: Option<String>,
    /// The account that an account belongs to.
    pub parent: Option<String>,
    /// The account that referred it to us.
    pub referred_by: Option<String>,
    /// The code of a territory.
    pub territory: Option<String>,
    /// Tags to have.
    pub tags: Vec<String>,
    /// Further ways to reach a contact.
    pub channels: Vec<Channel>,
    /// Fields to write.
    pub fields: Map<String, Json>,
}

/// Everything that a column may be for, in the order in which an export has it.
pub fn all(kind: Kind) -> Vec<Target> {
    let own: &[&str] = if kind == Kind::CONTACT { &OF_CONTACTS } else { &OF_ACCOUNTS };
    let words = own.iter().map(|name| Target { name, field: None });
    let fields = kind.spec().fields.iter().filter(|field| is_cell(field));
    words.chain(fields.map(|field| Target { name: field.name, field: Some(field) })).collect()
}

/// The columns of an export: what is said in two ways is written in the one that people read.
pub fn exported(kind: Kind) -> Vec<&'static str> {
    let twice = |name: &str| matches!(name, "latitude_microdeg" | "longitude_microdeg");
    all(kind).iter().map(|target| target.name).filter(|name| !twice(name)).collect()
}

/// The target of this name.
pub fn find(kind: Kind, name: &str) -> Option<Target> {
    all(kind).into_iter().find(|target| target.name == name)
}

/// What a column is most likely for, by what it is called.
pub fn guess(kind: Kind, column: &str) -> Option<Target> {
    find(kind, guess::one(&names(kind), column)?)
}

/// The words of everything that a column may be for.
pub fn names(kind: Kind) -> Vec<&'static str> {
    all(kind).iter().map(|target| target.name).collect()
}

/// Whether a field is one cell. Ids of other records go by another word; collections have cells of their own.
fn is_cell(field: &FieldSpec) -> bool {
    !matches!(field.ty, FieldType::Id | FieldType::Items(_))
}

/// Reads a line. Blanks around a cell do not count; an empty cell says nothing, or, with `clear`, that the field is empty.
///
/// # Errors
/// `wrong_value` or `currency_missing` of a column.
pub fn parse(
    targets: &[Option<Target>],
    columns: &[String],
    cells: &[String],
    clear: bool,
) -> Result<Parsed, Fault> {
    let mut parsed = Parsed::default();
    let currency = targets
        .iter()
        .zip(cells)
        .find(|(target, _)| target.is_some_and(|target| target.name == "currency"))
        .map(|(_, cell)| cell.trim().to_uppercase());
    for ((target, column), cell) in targets.iter().zip(columns).zip(cells) {
        let Some(target) = target else { continue };
        let cell = cell.trim();
        match target.field {
            Some(field) if cell.is_empty() => {
                if clear && !field.required && field.name != "external_id" {
                    parsed.fields.insert(field.name.to_owned(), Json::Null);
                }
            }
            Some(field) => {
                let value = scalar(field, cell).map_err(|fault| fault.at(column))?;
                parsed.fields.insert(field.name.to_owned(), value);
            }
            None if cell.is_empty() => {}
            None => {
                word(&mut parsed, target.name, cell, currency.as_deref()).map_err(|fault| fault.at(column))?
            }
        }
    }
    let external = parsed.fields.get("external_id").and_then(Json::as_str).map(str::to_owned);
    parsed.external_id = external;
    Ok(parsed)
}

fn word(parsed: &mut Parsed, name: &str, cell: &str, currency: Option<&str>) -> Result<(), Fault> {
    let text = || Some(cell.to_owned());
    match name {
        "id" => {
            let id = Uuid::try_parse(cell.trim_start_matches("urn:uuid:"));
            let bad = |_| {
                Fault::new(
                    "wrong_value",
                    "An id is a UUID, as an export has it; leave it out for what is new.",
                )
            };
            parsed.id = Some(id.map_err(bad)?);
        }
        "account" => parsed.account = text(),
        "parent" => parsed.parent = text(),
        "referred_by" => parsed.referred_by = text(),
        "territory" => parsed.territory = text(),
        "tags" => {
            parsed.tags =
                cell.split(';').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        }
        "channels" => parsed.channels = channels::read(cell)?,
        "latitude" => put(parsed, "latitude_microdeg", degrees(cell)?),
        "longitude" => put(parsed, "longitude_microdeg", degrees(cell)?),
        "credit_limit" => {
            let missing = || {
                Fault::new("currency_missing", "An amount needs a currency in the same line, such as EUR.")
            };
            let currency = currency.filter(|currency| !currency.is_empty()).ok_or_else(missing)?;
            put(parsed, "credit_limit_minor", units(cell, currency)?);
        }
        _ => {}
    }
    Ok(())
}

fn put(parsed: &mut Parsed, name: &str, number: i64) {
    parsed.fields.insert(name.to_owned(), Json::from(number));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn guessed(kind: Kind, columns: &[&str]) -> Vec<Option<&'static str>> {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        guess::all(&names(kind), &columns)
    }

    #[test]
    fn columns_are_guessed_by_what_people_call_them_each_target_once() {
        let columns = ["Kundennummer", "Firma", "PLZ", "Ort", "E-Mail", "Land", "Umsatz", "Postal Code"];
        let expected = [
            Some("external_id"),
            Some("name"),
            Some("postal_code"),
            Some("city"),
            Some("email"),
            Some("country"),
            None,
            None,
        ];
        assert_eq!(guessed(Kind::ACCOUNT, &columns)[..7], expected[..7]);
        assert_eq!(
            guessed(Kind::ACCOUNT, &["zip", "postal_code"]),
            [None, Some("postal_code")],
            "the exact one wins"
        );
        assert_eq!(
            guessed(Kind::CONTACT, &["Customer ID", "First name", "name"]),
            [Some("account"), Some("given_name"), Some("name")]
        );
    }

    #[test]
    fn every_target_of_an_export_is_guessed_from_its_own_name() {
        for kind in [Kind::ACCOUNT, Kind::CONTACT] {
            for target in all(kind) {
                assert_eq!(guess(kind, target.name).map(|target| target.name), Some(target.name));
            }
        }
    }

    fn read(columns: &[&str], cells: &[&str], clear: bool) -> Result<Parsed, Fault> {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let targets: Vec<_> = columns.iter().map(|column| find(Kind::ACCOUNT, column)).collect();
        parse(&targets, &columns, &cells, clear)
    }

    #[test]
    fn cells_become_what_is_written() {
        let columns = [
            "name",
            "account_type",
            "latitude",
            "credit_limit",
            "currency",
            "credit_hold",
            "tags",
            "website",
        ];
        let cells = [" Ernst Handel ", "Customer", "47,0707", "1.234,50", "eur", "ja", "a; b;", ""];
        let parsed = read(&columns, &cells, true).unwrap();
        assert_eq!(
            Json::Object(parsed.fields),
            json!({ "name": "Ernst Handel", "account_type": "customer", "latitude_microdeg": 47_070_700,
                    "credit_limit_minor": 123_450, "currency": "EUR", "credit_hold": true, "website": null })
        );
        assert_eq!(parsed.tags, ["a", "b"]);
        let said = read(&["name", "website"], &["A", ""], false).unwrap();
        assert_eq!(Json::Object(said.fields), json!({ "name": "A" }));
    }

    #[test]
    fn a_wrong_cell_is_named_with_its_column() {
        for (column, cell) in [
            ("account_type", "client"),
            ("latitude", "north"),
            ("credit_hold", "maybe"),
            ("visit_every_days", "7.5"),
            ("id", "7"),
            ("currency", "euros!"),
            ("credit_limit", "5"),
        ] {
            let fault = read(&[column], &[cell], false).unwrap_err();
            assert_eq!(fault.column.as_deref(), Some(column), "{fault:?}");
        }
    }
}
