//! What a brief is made from: an account's records as both a device's replica and the server have them, and how the
//! sections look at them.

use std::collections::{BTreeMap, BTreeSet};

use super::day::Day;
use super::fact::{Amount, Fact, Who};
use super::source::Source;
use crate::envelope::Envelope;
use crate::id::{AccountId, PersonId};
use crate::kind::Kind;
use crate::money::{Line, lines, total_of};
use crate::pricing::{Credit, Standing};
use crate::state::HANDED_IN;
use crate::value::{Fields, Path, Value, int_of, moment_of};

/// Most characters of a note that a brief repeats.
const EXCERPT_CHARS_MAX: usize = 240;

/// Everything that a brief is made from.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The account.
    pub account: AccountId,
    /// Its records, in any order: its own, and those that belong to it.
    pub parts: Vec<Part>,
    /// The names of people, as far as they are known.
    pub people: BTreeMap<PersonId, String>,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// What has not arrived yet of those who had the account before; `None` on a device, which cannot know.
    pub outstanding: Option<Vec<Outstanding>>,
}

/// One record.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its envelope.
    pub envelope: Envelope,
    /// Its content.
    pub fields: Fields,
    /// The decision that stands on it.
    pub decision: Option<Decided>,
    /// The fields that several people wrote at once, differently.
    pub conflicts: Vec<Path>,
}

/// What the centre decided about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The state that followed.
    pub state: String,
    /// The order's number.
    pub number: Option<String>,
    /// Its total in minor units, as decided.
    pub total_minor: Option<i64>,
    /// Its currency, as decided.
    pub currency: Option<String>,
    /// When that took effect, in milliseconds since 1970, if the decision says so: of what was accepted it does.
    pub effective_ms: Option<i64>,
}

/// What has not arrived yet, with the one thing it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// [`Fact::Draining`], [`Fact::Held`] or [`Fact::Late`].
    pub fact: Fact,
    /// Where it was read.
    pub source: Source,
}

impl Dossier {
    /// The people whom these records name, or who created them: whose names a brief may need.
    pub fn people_in(parts: &[Part]) -> BTreeSet<PersonId> {
        let mut people = BTreeSet::new();
        for part in parts {
            people.insert(part.envelope.creator);
            let named = ["rep_id", "assignee_id", "owner_id"]
                .iter()
                .filter_map(|name| part.word(name)?.parse::<PersonId>().ok());
            people.extend(named);
        }
        people
    }
}

/// A dossier, sorted for the sections. All lists are in an order that does not depend on how the parts came.
pub(super) struct View<'a> {
    pub(super) dossier: &'a Dossier,
    pub(super) today: Day,
    /// The account's own record.
    pub(super) profile: Option<&'a Part>,
    /// Visits that were made, the last first.
    pub(super) made: Vec<&'a Part>,
    /// Orders that were handed in and neither cancelled nor rejected, the last first.
    pub(super) placed: Vec<&'a Part>,
}

impl<'a> View<'a> {
    pub(super) fn of(dossier: &'a Dossier) -> Self {
        let mut view = Self {
            dossier,
            today: Day::of_ms(dossier.now_ms).unwrap_or_else(Day::epoch),
            profile: None,
            made: Vec::new(),
            placed: Vec::new(),
        };
        view.profile = view.of_kind(Kind::ACCOUNT).find(|part| part.envelope.id == dossier.account.record());
        view.made = view.of_kind(Kind::VISIT).filter(|part| part.word("state") != Some("planned")).collect();
        view.made.sort_by_key(|part| std::cmp::Reverse((part.visit_ms(), part.envelope.id)));
        view.placed = view.of_kind(Kind::ORDER).filter(|part| is_placed(part)).collect();
        view.placed.sort_by_key(|part| std::cmp::Reverse((part.order_day(), part.envelope.id)));
        view
    }

    /// The records of a kind, by id.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Part> + use<'a> {
        let mut parts: Vec<&Part> =
            self.dossier.parts.iter().filter(|part| part.envelope.kind == kind).collect();
        parts.sort_by_key(|part| part.envelope.id);
        parts.into_iter()
    }

    /// A person of the organisation, by name where it is known.
    pub(super) fn who(&self, id: PersonId) -> Who {
        Who { id, name: self.dossier.people.get(&id).cloned() }
    }

    /// The person that a field names, else the record's creator.
    pub(super) fn who_of(&self, part: &Part, field: &str) -> Who {
        let named = part.word(field).and_then(|id| id.parse().ok());
        self.who(named.unwrap_or(part.envelope.creator))
    }

    /// The name of the contact that a record names, if it is one of the account's.
    pub(super) fn contact_of(&self, part: &Part) -> Option<(&'a Part, String)> {
        let id = part.word("contact_id")?.parse().ok()?;
        let contact = self.of_kind(Kind::CONTACT).find(|contact| contact.envelope.id == id)?;
        Some((contact, contact.line("name")?))
    }
}

/// Whether an order counts among what the account ordered.
fn is_placed(part: &Part) -> bool {
    part.order_state() == "accepted" || HANDED_IN.contains(&part.order_state())
}

impl Part {
    /// A scalar string, if the field holds one that says anything.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        match self.fields.get(name) {
            Some(Value::Str(text) | Value::Text(text)) if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    /// A string as one line without control characters.
    pub(super) fn line(&self, name: &str) -> Option<String> {
        self.word(name).map(one_line)
    }

    /// The beginning of a text, as one line.
    pub(super) fn excerpt(&self, name: &str) -> Option<String> {
        self.word(name).map(|text| shortened(&one_line(text)))
    }

    /// A whole number.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        int_of(&self.fields, name)
    }

    /// A moment.
    pub(super) fn moment(&self, name: &str) -> Option<i64> {
        moment_of(&self.fields, name)
    }

    /// A day, from a date or a moment.
    pub(super) fn day(&self, name: &str) -> Option<Day> {
        match self.fields.get(name)? {
            Value::Str(text) => Day::parse(text),
            Value::Timestamp(ms) => Day::of_ms(*ms),
            _ => None,
        }
    }

    /// The record as a source, with those of these fields that it holds.
    pub(super) fn source(&self, names: &[&str]) -> Source {
        let held = names.iter().filter(|name| !matches!(self.fields.get(**name), None | Some(Value::Null)));
        self.source_at(held.map(|name| vec![(*name).to_owned()]).collect())
    }

    /// The record as a source, with these fields.
    pub(super) fn source_at(&self, fields: Vec<Path>) -> Source {
        Source::Record { id: self.envelope.id, kind: self.envelope.kind.name(), fields }
    }

    /// Whether a case is not resolved.
    pub(super) fn is_open_case(&self) -> bool {
        !matches!(self.word("state"), Some("resolved" | "closed"))
    }

    /// Whether an opportunity is neither won nor lost.
    pub(super) fn is_open_opportunity(&self) -> bool {
        !matches!(self.word("stage"), Some("won" | "lost"))
    }

    /// When a visit was made.
    pub(super) fn visit_ms(&self) -> Option<i64> {
        ["checked_in_at", "checked_out_at", "planned_start"].iter().find_map(|name| self.moment(name))
    }

    /// The day on which a visit was made.
    pub(super) fn visit_day(&self) -> Option<Day> {
        self.visit_ms().and_then(Day::of_ms)
    }

    /// The day on which an order was taken.
    pub(super) fn order_day(&self) -> Option<Day> {
        self.day("order_date")
    }

    /// How an order stands: as decided, and until then as its document says.
    pub(super) fn order_state(&self) -> &str {
        match &self.decision {
            Some(decision) => &decision.state,
            None => self.word("state").unwrap_or("draft"),
        }
    }

    /// An order's number.
    pub(super) fn number(&self) -> Option<String> {
        self.decision.as_ref().and_then(|decision| decision.number.clone())
    }

    /// What an order comes to: as decided, and until then the sum of its rounded lines and its freight.
    pub(super) fn total(&self) -> Amount {
        let decided = self.decision.as_ref();
        let minor =
            decided.and_then(|decision| decision.total_minor).unwrap_or_else(|| total_of(&self.fields));
        let currency = decided.and_then(|decision| decision.currency.clone());
        let currency = currency.or_else(|| self.word("currency").map(str::to_owned)).unwrap_or_default();
        Amount { minor, currency }
    }

    /// What an order adds to what its account owes.
    pub(super) fn owed_minor(&self, profile: &Fields) -> i64 {
        let decision = self.decision.as_ref();
        let standing = Standing {
            state: self.order_state(),
            decided_minor: decision.and_then(|decision| decision.total_minor),
            accepted_ms: decision.and_then(|decision| decision.effective_ms),
        };
        Credit::of_order(&self.fields, standing, profile)
    }

    /// An order's lines by key, each with its priced part.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &Fields, Line)> {
        let items = Value::entries(self.fields.get("lines"));
        lines(&self.fields).into_iter().filter_map(|(key, line)| match items.get(key) {
            Some(Value::Map(item)) => Some((key, item, line)),
            _ => None,
        })
    }
}

/// A text as one line: blanks of any kind and control characters become one blank.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(EXCERPT_CHARS_MAX) else { return text.to_owned() };
    let head = text.get(..end).unwrap_or(text);
    // Back to the last whole word, unless there is hardly one.
    let whole = head.rfind(' ').filter(|at| *at > end / 2).and_then(|at| head.get(..at)).unwrap_or(head);
    format!("{}…", whole.trim_end())
}
