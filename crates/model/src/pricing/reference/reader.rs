//! Reads the members of one JSON object and collects everything wrong with it, each under its field's path.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value as Json};

use crate::rule::{Violation, YEARS};

/// Longest key, in characters. A slash parts the list from the SKU in the key of a price.
pub(crate) const KEY_CHARS_MAX: usize = 100;
/// Most entries in one list.
pub(crate) const LIST_MAX: usize = 1_000;

/// One object being read.
pub(crate) struct Reader<'a> {
    members: Option<&'a Map<String, Json>>,
    at: Vec<String>,
    faults: Vec<Violation>,
}

/// For comparison: no case, no spaces around.
pub(crate) fn fold(word: &str) -> String {
    word.trim().to_lowercase()
}

impl<'a> Reader<'a> {
    /// Begins to read the value of a key. A member that none of `fields` names is a fault: a misspelt `valid_until` would
    /// leave a promotion without end.
    pub(crate) fn new(key: &str, value: &'a Json, fields: &[&str]) -> Self {
        let mut reader = Self::open(key, value);
        let members = value.as_object().into_iter().flatten();
        for (name, _) in members.filter(|(name, _)| !fields.contains(&name.as_str())) {
            let text = format!("There is no such field; there are {}.", fields.join(", "));
            reader.fault("unknown_field", &clip(name), text);
        }
        reader
    }

    /// The same, but members that no field names are let be.
    pub(crate) fn open(key: &str, value: &'a Json) -> Self {
        let mut reader = Self { members: value.as_object(), at: vec![clip(key)], faults: Vec::new() };
        if reader.members.is_none() {
            reader.faults.push(Violation::new("not_an_object", &reader.at, "A value is a JSON object."));
        }
        let bad = key.trim() != key || key.is_empty() || key.chars().any(char::is_control);
        if bad || key.chars().count() > KEY_CHARS_MAX {
            let text = format!(
                "A key has 1 to {KEY_CHARS_MAX} characters, no spaces around, no control characters."
            );
            reader.faults.push(Violation::new("bad_key", &reader.at, text));
        }
        reader
    }

    pub(crate) fn fault(&mut self, code: &'static str, field: &str, text: impl Into<String>) {
        let mut path = self.at.clone();
        path.extend(field.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
        self.faults.push(Violation::new(code, &path, text));
    }

    /// What was read, unless something was wrong.
    pub(crate) fn finish<T>(self, read: impl FnOnce() -> T) -> Result<T, Vec<Violation>> {
        if self.faults.is_empty() { Ok(read()) } else { Err(self.faults) }
    }

    fn member(&self, name: &str) -> Option<&'a Json> {
        self.members?.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn word(&mut self, name: &str, chars_max: usize) -> Option<String> {
        let value = self.member(name)?;
        let Some(word) = value.as_str() else {
            self.fault("wrong_type", name, "This is text.");
            return None;
        };
        self.checked(word, name, chars_max)
    }

    fn checked(&mut self, word: &str, field: &str, chars_max: usize) -> Option<String> {
        let (code, text) = if word.trim().is_empty() {
            ("required", "This is not empty.".to_owned())
        } else if word.chars().count() > chars_max {
            ("too_long", format!("This has at most {chars_max} characters."))
        } else if word.chars().any(char::is_control) {
            ("bad_character", "This holds no control characters.".to_owned())
        } else {
            return Some(word.to_owned());
        };
        self.fault(code, field, text);
        None
    }

    /// A word that must be there; an empty one stands for it while its fault is on record.
    pub(crate) fn required_word(&mut self, name: &str, chars_max: usize) -> String {
        self.demand(name);
        self.word(name, chars_max).unwrap_or_default()
    }

    fn demand(&mut self, name: &str) {
        if self.members.is_some() && self.member(name).is_none() {
            self.fault("required", name, "This is required.");
        }
    }

    pub(crate) fn int(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.member(name)?;
        let Some(number) = value.as_i64() else {
            self.fault("wrong_type", name, "This is a whole number.");
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        self.fault("out_of_range", name, format!("This lies from {} to {}.", range.start(), range.end()));
        None
    }

    pub(crate) fn required_int(&mut self, name: &str, range: RangeInclusive<i64>) -> i64 {
        self.demand(name);
        self.int(name, range.clone()).unwrap_or(*range.start())
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.member(name) {
            None => false,
            Some(Json::Bool(flag)) => *flag,
            Some(_) => {
                self.fault("wrong_type", name, "This is true or false.");
                false
            }
        }
    }

    pub(crate) fn date(&mut self, name: &str) -> Option<NaiveDate> {
        let text = self.word(name, 10)?;
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
        let date = date.filter(|date| text.len() == 10 && YEARS.contains(&date.year()));
        if date.is_none() {
            self.fault("bad_date", name, "This is a day as YYYY-MM-DD.");
        }
        date
    }

    pub(crate) fn currency(&mut self, name: &str) -> String {
        let code = self.required_word(name, 3);
        if !code.is_empty() && (code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase())) {
            self.fault("bad_currency", name, "This is an ISO 4217 code: three upper-case letters.");
        }
        code
    }

    pub(crate) fn words(&mut self, name: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (n, value) in self.list(name).iter().enumerate() {
            let field = format!("{name}.{n}");
            match value.as_str() {
                Some(word) => words.extend(self.checked(word, &field, KEY_CHARS_MAX)),
                None => self.fault("wrong_type", &field, "This is text."),
            }
        }
        words
    }

    pub(crate) fn list(&mut self, name: &str) -> &'a [Json] {
        match self.member(name) {
            None => &[],
            Some(Json::Array(items)) if items.len() <= LIST_MAX => items,
            Some(Json::Array(_)) => {
                self.fault("too_many", name, format!("A list has at most {LIST_MAX} entries."));
                &[]
            }
            Some(_) => {
                self.fault("wrong_type", name, "This is a list.");
                &[]
            }
        }
    }

    /// Reads each object of a list; what is wrong with it is on record under its place.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        fields: &[&str],
        mut read: impl FnMut(&mut Reader<'a>) -> T,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for (n, value) in self.list(name).iter().enumerate() {
            let mut inner = Reader::new("item", value, fields);
            inner.rebase(&self.at, name, n);
            found.push(read(&mut inner));
            self.faults.append(&mut inner.faults);
        }
        found
    }

    fn rebase(&mut self, at: &[String], name: &str, n: usize) {
        let mut base = at.to_vec();
        base.extend([name.to_owned(), n.to_string()]);
        for fault in &mut self.faults {
            fault.path.splice(0..1, base.iter().cloned());
        }
        self.at = base;
    }
}

fn clip(word: &str) -> String {
    word.chars().take(KEY_CHARS_MAX).collect()
}
