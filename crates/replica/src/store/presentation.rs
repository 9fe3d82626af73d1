//! How a record is shown in one row of a list: title, subtitle, time and place among its kind, by the kind's
//! [`Listing`](roadbook_model::kind::Listing).

use chrono::{NaiveDate, NaiveTime};
use roadbook_model::kind::ListOrder;
use roadbook_model::{Fields, Kind, KindSpec, Value};
use roadbook_sync::device::View;
use serde_json::{Map, Value as Json};

/// Most characters of a title or subtitle.
const LINE_CHARS_MAX: usize = 120;

/// The state of an account that was merged into another.
const MERGED: &str = "merged";

/// What stands in a list's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// First line.
    pub title: String,
    /// Second line; may be empty.
    pub subtitle: String,
    /// The decided state, else the document's own.
    pub state: Option<String>,
    /// Whether it is an account that was merged into another.
    pub merged: bool,
    /// When it happened or is due, in milliseconds since 1970.
    pub at_ms: i64,
    /// Place in lists of its kind, lowest first.
    pub sort: String,
    /// What the kind derives, as a JSON object.
    pub derived: String,
    /// The text of the kind's search fields, one to a line.
    pub search: String,
}

/// A record's row.
pub fn shown(view: &View<'_>) -> Shown {
    let spec = view.envelope.kind.spec();
    let fields = view.fields;
    let listing = &spec.listing;
    let title = title(spec, fields).unwrap_or_else(|| capitalised(spec.name));
    let subtitle: Vec<String> = listing.subtitle.iter().filter_map(|name| line(fields, name)).collect();
    let at_ms = listing.at.iter().find_map(|name| moment(fields.get(*name)?)).unwrap_or(view.changed_ms);
    let sort = match listing.order {
        ListOrder::Title => title.to_lowercase(),
        ListOrder::Earliest => ascending(at_ms),
        ListOrder::Latest => ascending(!at_ms),
    };
    let own_state = || line(fields, "state").or_else(|| line(fields, "status"));
    let state = view.state.map(str::to_owned).or_else(own_state);
    // Rule M5: an account's own record that is shown under another account.
    let merged = view.envelope.kind == Kind::ACCOUNT && view.account != view.envelope.account;
    Shown {
        sort,
        subtitle: shortened(&subtitle.join(" · ")),
        state: if merged { Some(MERGED.to_owned()) } else { state },
        merged,
        at_ms,
        derived: derived(spec, fields),
        search: search_text(spec, fields),
        title,
    }
}

/// The first of the kind's search fields that holds anything.
pub fn title(spec: &KindSpec, fields: &Fields) -> Option<String> {
    spec.search.iter().find_map(|name| line(fields, name))
}

/// A field as one line, if it holds anything.
fn line(fields: &Fields, name: &str) -> Option<String> {
    let (Value::Str(text) | Value::Text(text)) = fields.get(name)? else { return None };
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(shortened(first))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text).trim_end()),
        None => text.to_owned(),
    }
}

fn moment(value: &Value) -> Option<i64> {
    match value {
        Value::Timestamp(ms) => Some(*ms),
        Value::Str(date) => {
            let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
        }
        _ => None,
    }
}

/// Text that sorts as the number does.
fn ascending(number: i64) -> String {
    // The sign bit flipped: negative numbers come before the others.
    format!("{:016x}", number.cast_unsigned() ^ (1 << 63))
}

fn derived(spec: &KindSpec, fields: &Fields) -> String {
    let mut members = Map::new();
    if let Some(derive) = spec.derive {
        derive(fields, &mut members);
    }
    Json::Object(members).to_string()
}

fn search_text(spec: &KindSpec, fields: &Fields) -> String {
    let texts: Vec<&str> = spec
        .search
        .iter()
        .filter_map(|name| match fields.get(*name)? {
            Value::Str(text) | Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    texts.join("\n")
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
