//! Content as the command line gives it: `name=value`, typed by the kind's own fields.

use anyhow::Result;
use roadbook_model::kind::{FieldSpec, FieldType, KindSpec};
use roadbook_model::projection::from_json;
use roadbook_model::{Edit, Fields, Kind, RecordId, Value};
use roadbook_replica::Device;
use serde_json::{Map, Value as Json, json};

use crate::problem::Problem;

/// A field and its new value, or an item of a collection and one of its fields: `lines/<id>/quantity=5`.
#[derive(Clone, Debug)]
pub struct Setting {
    path: Vec<String>,
    value: String,
}

/// Reads `name=value`.
///
/// # Errors
/// In words, for clap.
pub fn setting(text: &str) -> Result<Setting, String> {
    let (path, value) = text.split_once('=').ok_or("write it as name=value, such as phone='030 1234'")?;
    let path: Vec<String> = path.split('/').map(str::to_owned).collect();
    match path.len() {
        1 | 3 => Ok(Setting { path, value: value.to_owned() }),
        _ => Err("a name is a field, or collection/item/field".to_owned()),
    }
}

/// Reads a path to an item: `lines/<id>`.
///
/// # Errors
/// In words, for clap.
pub fn item_path(text: &str) -> Result<Vec<String>, String> {
    let path: Vec<String> = text.split('/').map(str::to_owned).collect();
    if path.len() == 2 { Ok(path) } else { Err("an item is collection/id".to_owned()) }
}

/// A JSON object being made of flags; what was not given is left out.
#[derive(Debug, Default)]
pub struct Draft(Map<String, Json>);

impl Draft {
    /// Puts a field, if there is something to put.
    #[must_use]
    pub fn put(mut self, name: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Puts a field that has nothing yet, if there is something to put.
    #[must_use]
    pub fn or_put(mut self, name: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.0.entry(name).or_insert_with(|| value.into());
        }
        self
    }

    /// Adds what `--set` says.
    ///
    /// # Errors
    /// When a field is unknown or its value is not one.
    pub fn set(mut self, kind: Kind, settings: &[Setting]) -> Result<Self> {
        for setting in settings {
            let [name] = setting.path.as_slice() else {
                return Err(Problem::new(
                    "unknown_field",
                    "a new record's items are given by their own flags",
                )
                .into());
            };
            self.0.insert(name.clone(), typed(kind.spec().field(name), &setting.value));
        }
        Ok(self)
    }

    /// The content of a record of this kind.
    ///
    /// # Errors
    /// As [`from_json`].
    pub fn fields(self, kind: Kind) -> Result<Fields> {
        Ok(from_json(kind.spec(), &Json::Object(self.0))?)
    }
}

/// The edits that `--set` asks for.
///
/// # Errors
/// As [`from_json`].
pub fn edits(kind: Kind, settings: &[Setting]) -> Result<Vec<Edit>> {
    settings.iter().map(|setting| edit(kind.spec(), setting)).collect()
}

fn edit(spec: &KindSpec, setting: &Setting) -> Result<Edit> {
    let top = setting.path.first().map(String::as_str).unwrap_or_default();
    let field = spec.field(top);
    let json = match setting.path.as_slice() {
        [_, key, name] => {
            let inner =
                field.and_then(FieldSpec::items).and_then(|items| items.iter().find(|one| one.name == name));
            let item = Map::from_iter([(name.clone(), typed(inner, &setting.value))]);
            json!({ top: { key: item } })
        }
        _ => json!({ top: typed(field, &setting.value) }),
    };
    let mut fields = from_json(spec, &json)?;
    let mut path = Vec::new();
    // One field, or one item with one field: the only value at the end of the path, whatever spelling its key had.
    loop {
        let Some((name, value)) = fields.pop_first() else {
            return Err(Problem::new("unknown_field", format!("there is no field {top}")).into());
        };
        path.push(name);
        match value {
            Value::Map(inner) if path.len() < setting.path.len() => fields = inner,
            value => return Ok(Edit::Put { path, value }),
        }
    }
}

/// The text as the JSON that its field takes; empty clears. A wrong one is left for the rules to name.
fn typed(field: Option<&FieldSpec>, text: &str) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    let read = match field.map(|field| &field.ty) {
        Some(FieldType::Int { .. }) => text.parse::<i64>().ok().map(Json::from),
        Some(FieldType::Bool) => text.parse::<bool>().ok().map(Json::from),
        Some(FieldType::Items(_)) => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| Json::from(text))
}

/// Edits that add text below what stands in the record's texts now.
///
/// # Errors
/// When the record is not here or a field is no text.
pub fn additions(device: &Device, kind: Kind, record: RecordId, settings: &[Setting]) -> Result<Vec<Edit>> {
    let stands = device.store().record(record)?.map(|record| record.fields).unwrap_or_default();
    let one = |setting: &Setting| {
        let name = setting.path.join("/");
        if !kind.spec().field(&name).is_some_and(FieldSpec::is_text) {
            return Err(Problem::new("not_a_text", format!("{name} is no text of a {kind} to add to")).into());
        }
        let at = stands.get(&name).and_then(Json::as_str).unwrap_or_default();
        let insert = if at.is_empty() { setting.value.clone() } else { format!("\n{}", setting.value) };
        Ok(Edit::Splice { path: setting.path.clone(), at: at.chars().count(), delete: 0, insert })
    };
    settings.iter().map(one).collect()
}

/// The edits that a JSON object of fields asks for: each field is put, items field by field.
///
/// # Errors
/// As [`from_json`].
pub fn edits_of_json(kind: Kind, json: &Json) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    for (name, value) in from_json(kind.spec(), json)? {
        match value {
            Value::Map(items) => edits.extend(
                items.into_iter().map(|(key, item)| Edit::Put { path: vec![name.clone(), key], value: item }),
            ),
            value => edits.push(Edit::Put { path: vec![name], value }),
        }
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits_of(kind: Kind, texts: &[&str]) -> Result<Vec<Edit>> {
        let settings: Vec<Setting> = texts.iter().map(|text| setting(text).unwrap()).collect();
        edits(kind, &settings)
    }

    fn put(path: &[&str], value: Value) -> Edit {
        Edit::Put { path: path.iter().map(|name| (*name).to_owned()).collect(), value }
    }

    #[test]
    fn a_setting_is_typed_by_its_field() {
        let edits =
            edits_of(Kind::ACCOUNT, &["phone=030=1", "visit_every_days=14", "description=Hi", "website="]);
        let expected = [
            put(&["phone"], Value::Str("030=1".into())),
            put(&["visit_every_days"], Value::Int(14)),
            put(&["description"], Value::Text("Hi".into())),
            put(&["website"], Value::Null),
        ];
        assert_eq!(edits.unwrap(), expected);
    }

    #[test]
    fn a_setting_reaches_into_an_item_whatever_the_spelling_of_its_key() {
        let key = "16e14798-6483-884d-b736-cc8e2ed644a7";
        let edits = edits_of(Kind::ORDER, &[&format!("lines/{}/quantity=5", key.to_uppercase())]);
        assert_eq!(edits.unwrap(), [put(&["lines", key, "quantity"], Value::Int(5))]);
    }

    #[test]
    fn a_wrong_name_or_value_is_named() {
        for (text, code) in [
            ("fone=1", "unknown_field"),
            ("visit_every_days=often", "wrong_type"),
            ("tags/x/y=1", "unknown_field"),
        ] {
            let error = edits_of(Kind::ACCOUNT, &[text]).unwrap_err();
            assert_eq!(crate::problem::code(&error), code, "{text}");
        }
        for bad in ["phone", "a/b=1", "a/b/c/d=1"] {
            assert!(setting(bad).is_err(), "{bad}");
        }
    }
}
