//! JSON whose objects keep their order, so that vectors read in the order of the wire. It only writes.

use std::fmt::Write;

/// Lines stay within this many columns where a value fits.
const COLUMNS: usize = 120;

#[derive(Clone, Debug)]
pub enum Json {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn hex(bytes: &[u8]) -> Self {
        Self::Text(hex(bytes))
    }

    /// One value to a line where it fits, else its parts on lines of their own.
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.lay_out(&mut out, 0, 0);
        out.push('\n');
        out
    }

    fn lay_out(&self, out: &mut String, indent: usize, used: usize) {
        let line = self.line();
        let parts: Vec<(Option<&str>, &Self)> = match self {
            Self::List(items) if used + line.len() > COLUMNS => {
                items.iter().map(|item| (None, item)).collect()
            }
            Self::Object(fields) if used + line.len() > COLUMNS => {
                fields.iter().map(|(name, value)| (Some(*name), value)).collect()
            }
            _ => return out.push_str(&line),
        };
        let (open, close) = if matches!(self, Self::List(_)) { ('[', ']') } else { ('{', '}') };
        out.push(open);
        for (n, (name, value)) in parts.iter().enumerate() {
            out.push_str(if n == 0 { "\n" } else { ",\n" });
            let label = name.map(|name| format!("\"{name}\": ")).unwrap_or_default();
            let _ = write!(out, "{:indent$}{label}", "", indent = indent + 2);
            value.lay_out(out, indent + 2, indent + 2 + label.len());
        }
        let _ = write!(out, "\n{:indent$}{close}", "");
    }

    fn line(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => quoted(text),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::line).collect::<Vec<_>>().join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|(name, value)| format!("\"{name}\": {}", value.line())).collect();
                if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
            }
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
