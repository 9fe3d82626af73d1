//! vCard (RFC 6350): what it shares with a contact. Version 4 is written; 4 and 3, which phones still export, are read.

mod property;

use std::iter::{Enumerate, Peekable};
use std::slice::Split;

use super::channels::{self, Channel};
use super::{Fault, LINE_BYTES_MAX, Line, Lines};
use property::{Property, escaped, folded, quoted};

/// Lines of text in one card.
const CARD_LINES_MAX: usize = 2_000;
/// By whom a card says that it was written.
const PRODUCT: &str = "-//Roadbook//vCard 4//EN";

/// What a card gives, by target.
const COLUMNS: [&str; 14] = [
    "id",
    "external_id",
    "account",
    "name",
    "given_name",
    "family_name",
    "title",
    "role",
    "phone",
    "mobile",
    "email",
    "language",
    "notes",
    "channels",
];

/// The properties that are read; see [`Card::take`].
const READ: [&str; 16] = [
    "VERSION",
    "PRODID",
    "UID",
    "X-ROADBOOK-EXTERNAL-ID",
    "X-ROADBOOK-ACCOUNT",
    "ORG",
    "FN",
    "N",
    "TITLE",
    "ROLE",
    "LANG",
    "NOTE",
    "TEL",
    "EMAIL",
    "IMPP",
    "ADR",
];

/// The lines of a file, each with its place.
type Numbered<'a> = Enumerate<Split<'a, u8, fn(&u8) -> bool>>;

/// A file of cards being read.
pub struct Reader<'a> {
    lines: Peekable<Numbered<'a>>,
}

impl<'a> Reader<'a> {
    /// A reader of these bytes.
    pub fn open(bytes: &'a [u8]) -> Self {
        let at_line_end: fn(&u8) -> bool = |byte| *byte == b'\n';
        Self { lines: bytes.split(at_line_end).enumerate().peekable() }
    }

    /// The next line of text that says something, unfolded.
    fn unfolded(&mut self) -> Option<(u64, Result<String, Fault>)> {
        let (place, first) = self.lines.find(|(_, line)| !line.trim_ascii().is_empty())?;
        let mut whole = first.strip_suffix(b"\r").unwrap_or(first).to_vec();
        while let Some((_, next)) =
            self.lines.next_if(|(_, line)| line.starts_with(b" ") || line.starts_with(b"\t"))
        {
            // What is too long is read to its end, and kept no longer.
            if whole.len() <= LINE_BYTES_MAX {
                whole.extend(&next.strip_suffix(b"\r").unwrap_or(next)[1..]);
            }
        }
        let text = if whole.len() > LINE_BYTES_MAX {
            // Photos and sounds are long, and are not read: their name is enough.
            let name = name_of(&whole);
            match READ.contains(&name.as_str()) {
                true => Err(Fault::new("too_long", format!("The {name} of the card is too long."))),
                false => Ok(format!("{name}:")),
            }
        } else if whole.contains(&0) {
            Err(Fault::new("bad_character", "The card holds the character NUL; leave it out."))
        } else {
            let not_utf8 = |_| Fault::new("not_utf8", "The card is not written in UTF-8.");
            String::from_utf8(whole).map_err(not_utf8)
        };
        Some((place as u64 + 1, text))
    }
}

/// The name of the property that a line begins with, without its group.
fn name_of(line: &[u8]) -> String {
    let end = line.iter().position(|byte| matches!(byte, b':' | b';')).unwrap_or(0);
    let name = String::from_utf8_lossy(&line[..end]).to_ascii_uppercase();
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

fn is(line: &Result<String, Fault>, what: &str) -> bool {
    line.as_ref().is_ok_and(|line| line.trim().eq_ignore_ascii_case(what))
}

impl Lines for Reader<'_> {
    fn columns(&self) -> Vec<String> {
        COLUMNS.map(str::to_owned).to_vec()
    }

    fn next(&mut self) -> Result<Option<Line>, Fault> {
        let Some((number, begin)) = self.unfolded() else { return Ok(None) };
        let mut fault = begin.clone().err();
        if fault.is_none() && !is(&begin, "BEGIN:VCARD") {
            fault = Some(Fault::new("bad_vcard", "A card begins with BEGIN:VCARD."));
        }
        let mut card = Card::default();
        let mut ended = is(&begin, "END:VCARD");
        let mut lines = 0;
        while !ended {
            let Some((_, line)) = self.unfolded() else {
                fault.get_or_insert_with(|| Fault::new("bad_vcard", "The card has no END:VCARD."));
                break;
            };
            lines += 1;
            ended = is(&line, "END:VCARD");
            let took = match line {
                _ if ended => Ok(()),
                _ if lines > CARD_LINES_MAX => Err(Fault::new("too_long", "The card has too many lines.")),
                Ok(line) => card.take(&line),
                Err(fault) => Err(fault),
            };
            if let Err(found) = took {
                fault.get_or_insert(found);
            }
        }
        let fault = fault.or_else(|| card.fault());
        Ok(Some(Line { number, cells: card.cells(), fault }))
    }
}

/// A card as far as it is read.
#[derive(Default)]
struct Card {
    version: String,
    is_ours: bool,
    uid: String,
    external_id: String,
    account: String,
    organisation: String,
    name: String,
    given_name: String,
    family_name: String,
    title: String,
    role: String,
    language: String,
    notes: String,
    phone: String,
    mobile: String,
    email: String,
    channels: Vec<Channel>,
}

impl Card {
    fn take(&mut self, line: &str) -> Result<(), Fault> {
        let property = Property::read(line)?;
        let text = || property.text();
        match property.name.as_str() {
            "BEGIN" => return Err(Fault::new("bad_vcard", "A card begins before the one before it ended.")),
            "VERSION" => self.version = text(),
            "PRODID" => self.is_ours = property.value == PRODUCT,
            "UID" => self.uid = text(),
            "X-ROADBOOK-EXTERNAL-ID" => self.external_id = text(),
            "X-ROADBOOK-ACCOUNT" => self.account = text(),
            "ORG" => first(&mut self.organisation, property.parts().into_iter().next().unwrap_or_default()),
            "FN" => first(&mut self.name, text()),
            "N" => {
                let mut parts = property.parts().into_iter();
                self.family_name = parts.next().unwrap_or_default();
                self.given_name = parts.next().unwrap_or_default();
            }
            "TITLE" => first(&mut self.title, text()),
            "ROLE" => first(&mut self.role, text()),
            "LANG" => first(&mut self.language, text()),
            "NOTE" => first(&mut self.notes, text()),
            "TEL" => self.take_number(&property),
            "EMAIL" => self.take_address(&property),
            "IMPP" => self.add("messenger", text(), &property),
            "ADR" => {
                let parts: Vec<String> =
                    property.parts().into_iter().filter(|part| !part.is_empty()).collect();
                self.add("post", parts.join(", "), &property);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_number(&mut self, property: &Property) {
        let text = property.text();
        let number = text.strip_prefix("tel:").unwrap_or(&text).to_owned();
        let is = |word: &str| property.types.iter().any(|known| known == word);
        if property.label.is_some() || is("fax") || is("pager") {
            if !is("fax") && !is("pager") {
                self.add(if is("text") { "sms" } else { "phone" }, number, property);
            }
        } else if is("cell") && self.mobile.is_empty() {
            self.mobile = number;
        } else if !is("cell") && !is("text") && self.phone.is_empty() {
            self.phone = number;
        } else {
            self.add(if is("text") { "sms" } else { "phone" }, number, property);
        }
    }

    fn take_address(&mut self, property: &Property) {
        if self.email.is_empty() && property.label.is_none() {
            self.email = property.text();
        } else {
            self.add("email", property.text(), property);
        }
    }

    fn add(&mut self, sort: &str, address: String, property: &Property) {
        let label = property.label.clone().or_else(|| {
            property.types.iter().find(|word| ["work", "home"].contains(&word.as_str())).cloned()
        });
        let label = label.filter(|label| !label.is_empty());
        if !address.trim().is_empty() {
            self.channels.push(Channel {
                channel: sort.to_owned(),
                address: address.trim().to_owned(),
                label,
            });
        }
    }

    fn fault(&self) -> Option<Fault> {
        let text = "The card says no VERSION, or one other than 4.0 and 3.0.";
        (!["3.0", "4.0"].contains(&self.version.as_str())).then(|| Fault::new("vcard_version", text))
    }

    fn cells(self) -> Vec<String> {
        let uid = self.uid.strip_prefix("urn:uuid:").unwrap_or(&self.uid).to_owned();
        let (id, external_id) = match (self.is_ours, self.external_id.is_empty()) {
            (true, _) => (uid, self.external_id),
            (false, true) => (String::new(), uid),
            (false, false) => (String::new(), self.external_id),
        };
        let account = if self.account.is_empty() { self.organisation } else { self.account };
        vec![
            id,
            external_id,
            account,
            self.name,
            self.given_name,
            self.family_name,
            self.title,
            self.role,
            self.phone,
            self.mobile,
            self.email,
            self.language,
            self.notes,
            channels::write(&self.channels),
        ]
    }
}

/// Of several the first counts.
fn first(field: &mut String, value: String) {
    if field.is_empty() {
        *field = value;
    }
}

/// A contact as a card. `organisation` is what its account is called.
pub fn write(columns: &[&str], cells: &[String], organisation: &str) -> String {
    let cell = |name: &str| {
        columns
            .iter()
            .position(|column| *column == name)
            .and_then(|place| cells.get(place))
            .map_or("", String::as_str)
    };
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:4.0".to_owned(), format!("PRODID:{PRODUCT}")];
    lines.push(format!("UID:urn:uuid:{}", cell("id")));
    lines.push(format!("FN:{}", escaped(cell("name"))));
    lines.push(format!("N:{};{};;;", escaped(cell("family_name")), escaped(cell("given_name"))));
    let mut add = |property: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("{property}:{}", escaped(value)));
        }
    };
    add("ORG", organisation);
    add("X-ROADBOOK-ACCOUNT", cell("account"));
    add("X-ROADBOOK-EXTERNAL-ID", cell("external_id"));
    for (property, name) in [
        ("TITLE", "title"),
        ("ROLE", "role"),
        ("TEL;TYPE=\"voice,work\"", "phone"),
        ("TEL;TYPE=cell", "mobile"),
        ("EMAIL", "email"),
        ("LANG", "language"),
        ("NOTE", "notes"),
    ] {
        add(property, cell(name));
    }
    for channel in channels::read(cell("channels")).unwrap_or_default() {
        let property = match channel.channel.as_str() {
            "phone" => "TEL;TYPE=voice",
            "sms" => "TEL;TYPE=text",
            "email" => "EMAIL",
            "post" => "ADR",
            _ => "IMPP",
        };
        let label = quoted(channel.label.as_deref().unwrap_or_default());
        let address = escaped(&channel.address);
        let value = if property == "ADR" { format!(";;{address};;;;") } else { address };
        lines.push(format!("{property};X-ROADBOOK-LABEL={label}:{value}"));
    }
    lines.push("END:VCARD".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

#[cfg(test)]
mod tests;
