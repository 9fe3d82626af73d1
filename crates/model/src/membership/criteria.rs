//! What a rule demands of an account, read from JSON that an admin wrote.
//!
//! ```json
//! { "countries": ["DE", "Germany"], "postal_codes": ["10115", "12*", "13000-13999"], "segments": ["A"] }
//! ```
//! Everything named must hold; within one list any entry is enough. Words are compared without regard to case.

use serde_json::Value as Json;

use super::Facts;
use super::area::Area;
use super::postal::{PostalCode, PostalPattern};
use crate::rule::Violation;

/// Most entries in one list.
pub const LIST_MAX: usize = 1_000;
/// Longest word in a list, in characters.
pub const WORD_CHARS_MAX: usize = 100;

/// How much each criterion counts; more than all below it together.
const AREA: u32 = 24;
const POSTAL: u32 = 12;
const REGION: u32 = 6;
const COUNTRY: u32 = 3;
const SEGMENT: u32 = 1;
const TAG: u32 = 1;

/// The criteria of one rule. Empty lists demand nothing; at least one does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    countries: Vec<String>,
    regions: Vec<String>,
    postal_codes: Vec<PostalPattern>,
    segments: Vec<String>,
    tags: Vec<String>,
    area: Option<Area>,
}

/// How well a rule fits an account: its weight, then the characters that its postal code fixes.
pub(super) type Fit = (u32, usize);

impl Criteria {
    /// Reads criteria. Members: `countries`, `regions`, `postal_codes` (with `countries`), `segments`, `tags`, `area`.
    ///
    /// # Errors
    /// The first thing wrong, with its path: `not_an_object`, `unknown_field`, `wrong_type`, `too_many`, `too_long`,
    /// `bad_character`, `required`, `bad_postal_code`, `no_country`, `no_criterion`, or what [`Area::parse`] says.
    pub fn parse(json: &Json) -> Result<Self, Violation> {
        let object = json.as_object().ok_or_else(|| {
            Violation::new("not_an_object", &[], "The criteria of a rule are a JSON object.")
        })?;
        let mut criteria = Self::default();
        for (name, value) in object {
            let at = [name.clone()];
            match name.as_str() {
                "countries" => criteria.countries = words(value, &at)?,
                "regions" => criteria.regions = words(value, &at)?,
                "segments" => criteria.segments = words(value, &at)?,
                "tags" => criteria.tags = words(value, &at)?,
                "postal_codes" => criteria.postal_codes = patterns(value, &at)?,
                "area" if value.is_null() => {}
                "area" => criteria.area = Some(Area::parse(value, &at)?),
                _ => return Err(unknown(name)),
            }
        }
        criteria.check()
    }

    fn check(self) -> Result<Self, Violation> {
        if self == Self::default() {
            let text = "A rule without a criterion would take every account; name at least one.";
            return Err(Violation::new("no_criterion", &[], text));
        }
        if !self.postal_codes.is_empty() && self.countries.is_empty() {
            let text = "Postal codes mean something within a country only; add countries.";
            return Err(Violation::new("no_country", &["countries".to_owned()], text));
        }
        Ok(self)
    }

    /// How well the criteria fit, if all of them hold.
    pub(super) fn matches(&self, facts: &Facts) -> Option<Fit> {
        let mut weight = 0;
        for (list, word, counts) in [
            (&self.countries, &facts.country, COUNTRY),
            (&self.regions, &facts.region, REGION),
            (&self.segments, &facts.segment, SEGMENT),
        ] {
            if !list.is_empty() {
                let word = word.as_deref().map(fold)?;
                list.contains(&word).then_some(())?;
                weight += counts;
            }
        }
        if !self.tags.is_empty() {
            facts.tags.iter().any(|tag| self.tags.contains(&fold(tag))).then_some(())?;
            weight += TAG;
        }
        let mut fixed = 0;
        if !self.postal_codes.is_empty() {
            let code = PostalCode::new(facts.postal_code.as_deref()?)?;
            fixed = self.postal_codes.iter().filter_map(|pattern| pattern.fixes(&code)).max()?;
            weight += POSTAL;
        }
        if let Some(area) = &self.area {
            area.contains(facts.position?).then_some(())?;
            weight += AREA;
        }
        Some((weight, fixed))
    }
}

fn unknown(name: &str) -> Violation {
    let name: String = name.chars().take(40).collect();
    let text = format!(
        "A rule has no criterion called {name}; there are countries, regions, postal_codes, segments, tags and area."
    );
    Violation::new("unknown_field", &[name], text)
}

fn patterns(json: &Json, at: &[String]) -> Result<Vec<PostalPattern>, Violation> {
    let read = |(n, word): (usize, &String)| {
        PostalPattern::parse(word).ok_or_else(|| {
            let text = format!(
                "{word:?} is no postal code; write one code (10115), a prefix (SW1*) or a range of codes of equal \
                 length, the lower first (1000-1999)."
            );
            Violation::new("bad_postal_code", &crate::rule::below(at, &n.to_string()), text)
        })
    };
    strings(json, at)?.iter().enumerate().map(read).collect()
}

/// Words, folded for comparison.
fn words(json: &Json, at: &[String]) -> Result<Vec<String>, Violation> {
    Ok(strings(json, at)?.iter().map(|word| fold(word)).collect())
}

fn strings(json: &Json, at: &[String]) -> Result<Vec<String>, Violation> {
    if json.is_null() {
        return Ok(Vec::new());
    }
    let wrong = |at: &[String]| Violation::new("wrong_type", at, "This is a list of words.");
    let items = json.as_array().ok_or_else(|| wrong(at))?;
    if items.len() > LIST_MAX {
        let text = format!("A list has at most {LIST_MAX} entries; make another rule for the rest.");
        return Err(Violation::new("too_many", at, text));
    }
    let read = |(n, item): (usize, &Json)| {
        let at = crate::rule::below(at, &n.to_string());
        let word = item.as_str().ok_or_else(|| wrong(&at))?;
        check_word(word, &at).map(|()| word.to_owned())
    };
    items.iter().enumerate().map(read).collect()
}

fn check_word(word: &str, at: &[String]) -> Result<(), Violation> {
    if word.trim().is_empty() {
        return Err(Violation::new("required", at, "An entry of a list is not empty."));
    }
    if word.chars().count() > WORD_CHARS_MAX {
        let text = format!("An entry has at most {WORD_CHARS_MAX} characters.");
        return Err(Violation::new("too_long", at, text));
    }
    if word.chars().any(char::is_control) {
        return Err(Violation::new("bad_character", at, "An entry holds no control characters."));
    }
    Ok(())
}

/// For comparison: no case, no spaces around.
fn fold(word: &str) -> String {
    word.trim().to_lowercase()
}
