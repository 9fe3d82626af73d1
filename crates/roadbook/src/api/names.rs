//! What people call by name, number, code or e-mail address, found over the API. Each gives an id.

use anyhow::Result;
use roadbook_model::RecordId;
use serde_json::{Value as Json, json};

use super::{Api, text};
use crate::problem::Problem;

/// A number or name for comparing: case and blanks make no difference.
fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Api {
    /// A person by e-mail address, or by full name if only one has it.
    ///
    /// # Errors
    /// `unknown_person`, `ambiguous_name`.
    pub fn person(&mut self, word: &str) -> Result<Json> {
        let mut found = self.list("/v1/people", &[("q", word)])?;
        let same = |person: &Json, field| text(person, field).to_lowercase() == word.to_lowercase();
        if let Some(at) = found.iter().position(|person| same(person, "email")) {
            return Ok(found.swap_remove(at));
        }
        found.retain(|person| same(person, "name"));
        let several = format!("several people are called {word:?}; give the e-mail address");
        let none = format!("nobody here is {word}; `roadbook admin person list` shows all");
        one(found, ("unknown_person", none), several)
    }

    /// An account by id, number in the system behind, or name.
    ///
    /// # Errors
    /// `unknown_account`, `ambiguous_name`.
    pub fn account(&mut self, word: &str) -> Result<String> {
        if let Ok(id) = word.parse::<RecordId>() {
            return Ok(id.to_string());
        }
        let mut found = self.list("/v1/accounts", &[("q", word)])?;
        found.retain(|account| {
            folded(text(account, "external_id")) == folded(word)
                || folded(text(account, "name")) == folded(word)
        });
        let several = format!("several accounts are called {word:?}; give the id");
        let none = format!("there is no account {word:?} in the record");
        let found = one(found, ("unknown_account", none), several)?;
        Ok(text(&found, "id").to_owned())
    }

    /// A territory by code, those out of use included.
    ///
    /// # Errors
    /// `unknown_territory`.
    pub fn territory(&mut self, code: &str) -> Result<String> {
        let mut found = self.territories()?;
        found.retain(|territory| text(territory, "code") == code);
        let none = format!("no territory has the code {code:?}");
        let found = one(found, ("unknown_territory", none), String::new())?;
        Ok(text(&found, "id").to_owned())
    }

    /// The whole tree, those out of use included.
    ///
    /// # Errors
    /// What the server says.
    pub fn territories(&mut self) -> Result<Vec<Json>> {
        self.list("/v1/territories", &[("archived", "true")])
    }

    /// Where accounts are to go: a territory by code, or the one that a rep holds, whom the server finds it for.
    ///
    /// # Errors
    /// `unknown_territory`, `unknown_person`.
    pub fn destination(&mut self, word: &str) -> Result<Json> {
        // No code has the character of an address.
        Ok(match word.contains('@') {
            true => json!({ "territory_of": self.person(word)?["id"] }),
            false => json!({ "territory": self.territory(word)? }),
        })
    }

    /// A department by code, or by name.
    ///
    /// # Errors
    /// `unknown_department`.
    pub fn department(&mut self, word: &str) -> Result<String> {
        let mut found = self.list("/v1/departments", &[])?;
        if found.iter().any(|department| text(department, "code") == word) {
            found.retain(|department| text(department, "code") == word);
        } else {
            found.retain(|department| folded(text(department, "name")) == folded(word));
        }
        let none = format!("there is no department {word:?}; `roadbook admin department list` shows all");
        let found = one(found, ("unknown_department", none), String::new())?;
        Ok(text(&found, "id").to_owned())
    }

    /// An order by id or number.
    ///
    /// # Errors
    /// `unknown_record`, `ambiguous_name`.
    pub fn order(&mut self, word: &str) -> Result<String> {
        if let Ok(id) = word.parse::<RecordId>() {
            return Ok(id.to_string());
        }
        let found = self.list("/v1/orders", &[("number", word)])?;
        let several = format!("several orders have the number {word:?}; give the id");
        let none = format!("there is no order {word:?} in the record");
        let found = one(found, ("unknown_record", none), several)?;
        Ok(text(&found, "id").to_owned())
    }
}

/// The only one there is.
fn one(mut found: Vec<Json>, none: (&'static str, String), several: String) -> Result<Json> {
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Problem::new(none.0, none.1).into()),
        _ => Err(Problem::new("ambiguous_name", several).into()),
    }
}
