//! What a person scans to enrol: the server's address and the code, in one link.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What stands between the address and the code.
const MARK: &str = "/enrol#";
/// Longest code that is read.
const CODE_CHARS_MAX: usize = 64;

/// A link that enrols: `https://sync.example.com/enrol#code=K7QF-2M9D-XW4P`. The code stands in the fragment, which no
/// browser sends to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolLink {
    /// The server's address.
    pub origin: String,
    /// The single-use code.
    pub code: String,
}

/// Text that is no such link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is no link for enrolment; it should look like https://server/enrol#code=XXXX-XXXX-XXXX")]
pub struct BadLink;

impl fmt::Display for EnrolLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{MARK}code={}", self.origin.trim_end_matches('/'), self.code)
    }
}

impl FromStr for EnrolLink {
    type Err = BadLink;

    /// Parameters of a later version are passed over.
    fn from_str(text: &str) -> Result<Self, BadLink> {
        let (origin, fragment) = text.trim().split_once(MARK).ok_or(BadLink)?;
        let mut codes = fragment.split('&').filter_map(|pair| pair.strip_prefix("code="));
        let (Some(code), None) = (codes.next(), codes.next()) else { return Err(BadLink) };
        let fits = (1..=CODE_CHARS_MAX).contains(&code.len())
            && code.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
        if origin.is_empty() || !fits {
            return Err(BadLink);
        }
        Ok(Self { origin: origin.to_owned(), code: code.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::{BadLink, EnrolLink};

    #[test]
    fn a_link_is_read_as_it_was_written() {
        let link = EnrolLink { origin: "https://a.example:8443".into(), code: "K7QF-2M9D-XW4P".into() };
        assert_eq!(link.to_string(), "https://a.example:8443/enrol#code=K7QF-2M9D-XW4P");
        assert_eq!(link.to_string().parse(), Ok(link.clone()));
        assert_eq!(" https://a.example:8443/enrol#v=2&code=K7QF-2M9D-XW4P&x=%20 ".parse(), Ok(link));
    }

    #[test]
    fn what_is_no_link_is_refused() {
        for text in [
            "",
            "https://a.example/enrol",
            "https://a.example/enrol#",
            "https://a.example/enrol#code=",
            "https://a.example/enrol?code=AAAA",
            "/enrol#code=AAAA",
            "https://a.example/enrol#code=A A",
            "https://a.example/enrol#code=A&code=B",
        ] {
            assert_eq!(text.parse::<EnrolLink>(), Err(BadLink), "{text}");
        }
    }
}
