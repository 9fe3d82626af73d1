//! Which of a file's forms a browser takes: brotli, gzip, or the file as it is (RFC 9110, section 12.5.3).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// A form in which a file was built, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

impl Encoding {
    /// As `Content-Encoding` and `Accept-Encoding` call it; a file as it is needs no word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Plain => "identity",
        }
    }

    /// What the file in this form is called besides.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }
}

/// The forms that a request takes, best first. A file as it is always does: there is nothing else to answer with.
pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> {
    let said: Vec<&str> =
        headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let said = said.join(",");
    let takes = move |encoding: &Encoding| *encoding == Encoding::Plain || takes(&said, encoding.word());
    [Encoding::Brotli, Encoding::Gzip, Encoding::Plain].into_iter().filter(takes)
}

/// Whether a list of codings has this one, by name or by `*`, with a weight above 0. A name counts before `*`.
fn takes(said: &str, word: &str) -> bool {
    let weights = said.split(',').filter_map(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next()?;
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
        Some((name, weight.unwrap_or(0.0f32)))
    });
    let weights: Vec<_> = weights.collect();
    let named = weights.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    named.or_else(|| weights.iter().find(|(name, _)| *name == "*")).is_some_and(|(_, weight)| *weight > 0.0)
}
