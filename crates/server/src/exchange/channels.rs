//! Further ways to reach a contact, as one cell: `email: ann@example.org (work); phone: +49 30 1234`.

use super::Fault;

/// The sorts of channel, as the kind has them.
pub const SORTS: [&str; 5] = ["phone", "sms", "email", "post", "messenger"];

/// One way to reach a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its sort, one of [`SORTS`].
    pub channel: String,
    /// Number or address.
    pub address: String,
    /// What it is to the person.
    pub label: Option<String>,
}

/// Reads a cell.
///
/// # Errors
/// `wrong_value` for what names no sort or no address.
pub fn read(cell: &str) -> Result<Vec<Channel>, Fault> {
    split(cell).iter().map(|part| part.trim()).filter(|part| !part.is_empty()).map(one).collect()
}

/// Parts between semicolons; one behind a backslash belongs to its part.
fn split(cell: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in cell.chars() {
        match (c, escaped) {
            ('\\', false) => escaped = true,
            (';', false) => parts.push(String::new()),
            (c, _) => {
                escaped = false;
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    parts
}

fn one(part: &str) -> Result<Channel, Fault> {
    let wrong = || {
        let text = format!(
            "Each is a sort, a colon and an address, such as \"email: a@b.example\"; sorts are {}.",
            SORTS.join(", ")
        );
        Fault::new("wrong_value", text)
    };
    let (sort, rest) = part.split_once(':').ok_or_else(wrong)?;
    let sort = sort.trim().to_lowercase();
    let rest = rest.trim();
    let labelled = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let (address, label) =
        labelled.map_or((rest, None), |(address, label)| (address.trim(), Some(label.to_owned())));
    if !SORTS.contains(&sort.as_str()) || address.is_empty() {
        return Err(wrong());
    }
    Ok(Channel { channel: sort, address: address.to_owned(), label })
}

/// Channels as one cell.
pub fn write(channels: &[Channel]) -> String {
    let plain = |text: &str| text.replace('\\', "\\\\").replace(';', "\\;");
    let part = |channel: &Channel| {
        let label = channel.label.as_ref().map_or(String::new(), |label| format!(" ({})", plain(label)));
        format!("{}: {}{label}", channel.channel, plain(&channel.address))
    };
    channels.iter().map(part).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let channel = |sort: &str, address: &str, label: Option<&str>| Channel {
            channel: sort.to_owned(),
            address: address.to_owned(),
            label: label.map(str::to_owned),
        };
        let channels = vec![
            channel("email", "ann@example.org", Some("work")),
            channel("post", "Main St 1; back door \\ left", None),
            channel("messenger", "https://m.example/ann", Some("a;b")),
        ];
        assert_eq!(read(&write(&channels)), Ok(channels));
        assert_eq!(read(" ; "), Ok(Vec::new()));
        for bad in ["ann@example.org", "fax: 12", "email:", ": x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
