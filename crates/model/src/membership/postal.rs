//! Postal codes as rules speak of them: one code, a prefix, a range.

use std::fmt;

/// A pattern of postal codes. Case and spaces do not matter, hyphens only where they make a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostalPattern {
    /// One code: `10115`, `SW1A 1AA`. It also covers what a separator adds to it: `98101` covers `98101-1234`, and `SW1A` covers
    /// `SW1A 1AA`.
    Code(String),
    /// Every code that begins so: `SW1*`.
    Prefix(String),
    /// From one code to another of the same length, both included: `1000-1999`.
    Range(String, String),
}

/// A postal code of an account, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PostalCode {
    whole: String,
    /// What stands before the first separator.
    head: String,
}

impl PostalCode {
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let head = text.split([' ', '-']).next().unwrap_or(text);
        let (whole, head) = (plain(text), plain(head));
        (!whole.is_empty()).then_some(Self { whole, head })
    }
}

impl PostalPattern {
    /// The pattern that a text describes, if it does.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(prefix) = text.strip_suffix('*') {
            let prefix = plain(prefix);
            return is_code(&prefix).then_some(Self::Prefix(prefix));
        }
        // "1000-1999" is a range; "98101-1234" and "00-950", whose halves differ in length, are codes with a hyphen.
        if let Some((from, to)) = text.split_once('-') {
            let (from, to) = (plain(from), plain(to));
            if is_code(&from) && from.len() == to.len() && is_code(&to) {
                return (from <= to).then_some(Self::Range(from, to));
            }
        }
        let code = plain(text);
        is_code(&code).then_some(Self::Code(code))
    }

    /// How many leading characters the pattern fixes for this code, one more for a code that is named whole; `None` when
    /// it does not match.
    pub(super) fn fixes(&self, code: &PostalCode) -> Option<usize> {
        let either = |matches: &dyn Fn(&str) -> bool| matches(&code.whole) || matches(&code.head);
        match self {
            Self::Code(wanted) => either(&|code| code == wanted).then_some(wanted.len() + 1),
            Self::Prefix(prefix) => code.whole.starts_with(prefix.as_str()).then_some(prefix.len()),
            Self::Range(from, to) => {
                let within =
                    |code: &str| code.len() == from.len() && (from.as_str()..=to.as_str()).contains(&code);
                let shared = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b).count();
                either(&within).then_some(shared)
            }
        }
    }
}

impl fmt::Display for PostalPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => f.write_str(code),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Range(from, to) => write!(f, "{from}-{to}"),
        }
    }
}

/// Upper case, without spaces and hyphens.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

fn is_code(plain: &str) -> bool {
    !plain.is_empty() && plain.len() <= 20 && plain.chars().all(|c| c.is_ascii_alphanumeric())
}
