//! A consent as cells: whose, for which channel and purpose, given or withdrawn, when, how it was said, what shows it. Whether
//! the contact is there is not asked here.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use roadbook_model::Kind;
use roadbook_model::kind::{FieldSpec, FieldType};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Fault;
use super::cells::scalar;

/// What a column may be for. An export calls them the same, but for the number and the address, which it has no need of.
pub const NAMES: [&str; 10] = [
    "contact_id",
    "account",
    "external_id",
    "email",
    "channel",
    "purpose",
    "decision",
    "at",
    "source",
    "proof",
];
/// How a moment may be written whose clock is not said: UTC's.
const MOMENTS: [&str; 4] = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// What a line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The contact itself.
    pub contact: Option<Uuid>,
    /// The account that it belongs to.
    pub account: Option<String>,
    /// The contact's number in the other system.
    pub external_id: Option<String>,
    /// The contact's e-mail address.
    pub email: Option<String>,
    /// The consent, as an item of the contact.
    pub item: Map<String, Json>,
    /// When the person said so, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Reads a line. `fields` says what each column is for.
///
/// # Errors
/// `wrong_value`, `required`, `proof_missing`, each of a column.
pub fn parse(fields: &[Option<String>], columns: &[String], cells: &[String]) -> Result<Said, Fault> {
    let cell = |name: &'static str| cell(fields, columns, cells, name);
    let word = |name| cell(name).map(|(_, cell)| cell.to_owned());
    let mut said = Said {
        account: word("account"),
        external_id: word("external_id"),
        email: word("email"),
        ..Said::default()
    };
    if let Some((column, id)) = cell("contact_id") {
        let wrong = |_| Fault::new("wrong_value", "An id is a UUID, as an export has it.").at(column);
        said.contact = Some(Uuid::try_parse(id).map_err(wrong)?);
    }
    for spec in item_fields() {
        let found = match (cell(spec.name), spec.name) {
            (Some((column, cell)), "at") => {
                said.at_ms = moment(cell).map_err(|fault| fault.at(column))?;
                Some(Json::from(said.at_ms))
            }
            (Some((column, cell)), _) => Some(scalar(spec, cell).map_err(|fault| fault.at(column))?),
            (None, "source") => Some(Json::from("other")),
            (None, name) if spec.required => {
                let text = format!("A consent says its {name}.");
                return Err(Fault::new("required", text).at(name));
            }
            (None, _) => None,
        };
        said.item.extend(found.map(|value| (spec.name.to_owned(), value)));
    }
    if said.item.get("decision").is_some_and(|word| word == "given") && !said.item.contains_key("proof") {
        let text = "A consent that was given needs its proof, such as where the form is kept.";
        return Err(Fault::new("proof_missing", text).at("proof"));
    }
    Ok(said)
}

/// The cell that is for something, and what its column is called; none if it is empty.
fn cell<'a>(
    fields: &[Option<String>],
    columns: &'a [String],
    cells: &'a [String],
    name: &'static str,
) -> Option<(&'a str, &'a str)> {
    let place = fields.iter().position(|field| field.as_deref() == Some(name))?;
    let cell = cells.get(place)?.trim();
    (!cell.is_empty()).then(|| (columns.get(place).map_or(name, String::as_str), cell))
}

/// The fields of a consent.
fn item_fields() -> &'static [FieldSpec] {
    match Kind::CONTACT.spec().field("consents").map(|field| &field.ty) {
        Some(FieldType::Items(fields)) => fields,
        _ => &[],
    }
}

/// A moment, or a day, which counts from its beginning; by UTC where nothing else is said.
fn moment(cell: &str) -> Result<i64, Fault> {
    let zoned = DateTime::parse_from_rfc3339(cell).map(|at| at.timestamp_millis()).ok();
    let local = || {
        let found = MOMENTS.iter().find_map(|form| NaiveDateTime::parse_from_str(cell, form).ok());
        found.map(|at| at.and_utc().timestamp_millis())
    };
    let day = || {
        let day = NaiveDate::parse_from_str(cell, "%Y-%m-%d").ok().filter(|_| cell.len() == 10)?;
        Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
    };
    let text = "It is a day such as 2026-11-28, or a moment such as 2026-11-28T09:30:00Z.";
    zoned.or_else(local).or_else(day).ok_or_else(|| Fault::new("wrong_value", text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Said, Fault> {
        let names: Vec<String> = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
        let fields: Vec<Option<String>> = names.iter().cloned().map(Some).collect();
        let cells: Vec<String> = pairs.iter().map(|(_, cell)| (*cell).to_owned()).collect();
        parse(&fields, &names, &cells)
    }

    #[test]
    fn a_line_becomes_a_consent() {
        let said = read(&[
            ("email", " Ann@Example.org "),
            ("account", "A-1"),
            ("channel", "E-mail".trim_end_matches("-mail")),
            ("purpose", "Marketing"),
        ]);
        assert_eq!(said.unwrap_err().code, "wrong_value", "E is no channel");
        let said = read(&[
            ("email", " Ann@Example.org "),
            ("account", "A-1"),
            ("channel", "Email"),
            ("purpose", "Marketing"),
            ("decision", "given"),
            ("at", "2026-11-28 09:30"),
            ("proof", "Form 7"),
        ])
        .unwrap();
        assert_eq!((said.email.as_deref(), said.at_ms), (Some("Ann@Example.org"), 1_795_858_200_000));
        assert_eq!(
            Json::Object(said.item),
            json!({ "channel": "email", "purpose": "marketing", "decision": "given", "at": 1_795_858_200_000_i64,
                    "source": "other", "proof": "Form 7" })
        );
    }

    #[test]
    fn what_a_consent_lacks_is_named_with_its_column() {
        let good = [
            ("channel", "post"),
            ("purpose", "service"),
            ("decision", "given"),
            ("at", "2026-01-31"),
            ("proof", "x"),
        ];
        for (name, cell, code) in [
            ("channel", "", "required"),
            ("purpose", "fun", "wrong_value"),
            ("at", "31.1.2026", "wrong_value"),
            ("at", "", "required"),
            ("proof", "", "proof_missing"),
        ] {
            let pairs = good.map(|(known, stands)| (known, if known == name { cell } else { stands }));
            let fault = read(&pairs).unwrap_err();
            assert_eq!((fault.code, fault.column.as_deref()), (code, Some(name)));
        }
        let withdrawn = good.map(|(name, cell)| match name {
            "decision" => (name, "Withdrawn"),
            "proof" => (name, ""),
            _ => (name, cell),
        });
        assert!(read(&withdrawn).is_ok(), "taken back is taken back");
    }
}
