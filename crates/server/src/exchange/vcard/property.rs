//! One content line of a vCard: its name, the parameters that matter here, its value; escapes and folds both ways.

use crate::exchange::Fault;

/// Octets of a line before it is folded.
const FOLD_BYTES: usize = 75;

/// A content line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name in capitals, without its group.
    pub name: String,
    /// What sort it is, in lower case.
    pub types: Vec<String>,
    /// The label that Roadbook wrote.
    pub label: Option<String>,
    /// The value, as it stands.
    pub value: String,
}

impl Property {
    /// Reads an unfolded line.
    ///
    /// # Errors
    /// `bad_vcard`.
    pub fn read(line: &str) -> Result<Self, Fault> {
        let bad = || Fault::new("bad_vcard", "A line of the card is no property with a value.");
        let (head, value) = split_outside_quotes(line, ':').ok_or_else(bad)?;
        let mut parts = Vec::new();
        let mut rest = head;
        while let Some((part, after)) = split_outside_quotes(rest, ';') {
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        let mut parts = parts.into_iter();
        let name = parts.next().unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(bad());
        }
        let mut property =
            Self { name: name.to_ascii_uppercase(), types: Vec::new(), label: None, value: value.to_owned() };
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or(("TYPE", parameter));
            let value = value.trim_matches('"');
            match name.to_ascii_uppercase().as_str() {
                "TYPE" => property.types.extend(value.split(',').map(str::to_ascii_lowercase)),
                "X-ROADBOOK-LABEL" => property.label = Some(value.to_owned()),
                "ENCODING" if !value.eq_ignore_ascii_case("8bit") => {
                    // Photos and keys; nothing of them is read.
                    property.value.clear();
                }
                _ => {}
            }
        }
        Ok(property)
    }

    /// The value as a text.
    pub fn text(&self) -> String {
        unescaped(&self.value, None).concat()
    }

    /// The parts of a structured value.
    pub fn parts(&self) -> Vec<String> {
        unescaped(&self.value, Some(';'))
    }
}

fn split_outside_quotes(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    let place = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        !quoted && *c == separator
    });
    place.map(|(place, _)| (&text[..place], &text[place + separator.len_utf8()..]))
}

/// A value without its escapes, taken apart at a separator that is not escaped.
fn unescaped(value: &str, separator: Option<char>) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if Some(c) == separator {
            parts.push(String::new());
            continue;
        }
        let c = match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => '\n',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        };
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// A text as a value: nothing in it begins a line, a part or another property.
pub fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut whole = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ',' | ';' => whole.extend(['\\', c]),
            '\n' => whole.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => whole.push(c),
        }
    }
    whole
}

/// A text as the value of a parameter, which knows no escapes.
pub fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() && *c != '"').collect();
    format!("\"{plain}\"")
}

/// A line as it is written: no more than 75 octets, goes on behind a blank.
pub fn folded(line: &str) -> String {
    let mut whole = String::with_capacity(line.len() + 2);
    let mut room = FOLD_BYTES;
    for c in line.chars() {
        if c.len_utf8() > room {
            whole.push_str("\r\n ");
            room = FOLD_BYTES - 1;
        }
        room -= c.len_utf8();
        whole.push(c);
    }
    whole.push_str("\r\n");
    whole
}
