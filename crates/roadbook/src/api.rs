//! A client of the server's HTTP API, for the verbs of whoever runs an organisation: one request, one answer as JSON, and
//! what the server refuses is a failure with the server's own code.
//!
//! [`reach`] says which server it is and in whose name, [`names`] finds what people call by name.

pub mod names;
pub mod reach;

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Local};
use roadbook_model::RequestId;
use roadbook_replica::transport::{Address, Answer, Ask, Http, Patience, TransportError, Trust};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::edge;
use crate::problem::Problem;

/// Items asked for at a time: as many as the server gives.
const PAGE: &str = "500";

/// A server, and in whose name it is asked.
#[derive(Debug)]
pub struct Api {
    http: Http,
    token: Option<String>,
    /// Said in place of `server_unreachable`, where more is known.
    unreachable: Option<&'static str>,
}

impl Api {
    /// A client of this server; nothing is sent yet. Without a token it can only sign in.
    ///
    /// # Errors
    /// When this machine knows no authority to believe.
    pub fn new(address: &Address, trust: &Trust, token: Option<String>) -> Result<Self> {
        let http = Http::new(address, trust, Patience::default())?;
        Ok(Self { http, token, unreachable: None })
    }

    /// The same, for the server of a data folder: if nobody answers, it does not run.
    pub fn on_this_machine(mut self) -> Self {
        self.unreachable = Some("no server runs on this data folder; start it with `roadbook serve`");
        self
    }

    /// Reads something.
    ///
    /// # Errors
    /// What the server refuses; what is wrong with the road to it.
    pub fn get(&mut self, path: &str) -> Result<Json> {
        read(&self.send("GET", path, None, None)?)
    }

    /// The entity tag of something that is to be edited, as it stands now.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn etag(&mut self, path: &str) -> Result<String> {
        Ok(self.send("GET", path, None, None)?.etag.unwrap_or_default())
    }

    /// Every item of a list, page after page.
    ///
    /// # Errors
    /// As [`Self::get`]; `unreadable_answer` for a list that goes round in circles.
    pub fn list(&mut self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Json>> {
        let mut items = Vec::new();
        self.pages(path, query, |mut page| {
            items.append(page["items"].as_array_mut().unwrap_or(&mut Vec::new()));
            true
        })?;
        Ok(items)
    }

    /// The first so many items of a list.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn list_some(&mut self, path: &str, query: &[(&str, &str)], most: usize) -> Result<Vec<Json>> {
        let mut items = Vec::new();
        self.pages(path, query, |mut page| {
            items.append(page["items"].as_array_mut().unwrap_or(&mut Vec::new()));
            items.len() < most
        })?;
        items.truncate(most);
        Ok(items)
    }

    /// Page after page of a list, as long as somebody wants to see them.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn pages(
        &mut self,
        path: &str,
        query: &[(&str, &str)],
        mut see: impl FnMut(Json) -> bool,
    ) -> Result<()> {
        let mut seen = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let more = after.as_deref().map(|after| ("after", after));
            let whole: Vec<_> = query.iter().copied().chain([("limit", PAGE)]).chain(more).collect();
            let page = self.get(&with_query(path, &whole))?;
            let next = page["next"].as_str().map(str::to_owned);
            if !see(page) {
                return Ok(());
            }
            let Some(next) = next else { return Ok(()) };
            // The server may be anybody: it does not keep us reading one page for ever.
            if !seen.insert(next.clone()) {
                return Err(Problem::new("unreadable_answer", "the server's list has no end").into());
            }
            after = Some(next);
        }
    }

    /// Does something, once: should the answer be lost and the request be sent again, it is not done again.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(&mut self, path: &str, body: &Json) -> Result<Json> {
        read(&self.send("POST", path, None, Some(body))?)
    }

    /// Edits something as it was read.
    ///
    /// # Errors
    /// As [`Self::get`]; `stale` when somebody else edited it meanwhile.
    pub fn edit(&mut self, method: &str, path: &str, etag: &str, body: Option<&Json>) -> Result<Json> {
        read(&self.send(method, path, Some(etag), body)?)
    }

    /// Puts something in its place, whatever was there.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn put(&mut self, path: &str, body: &Json) -> Result<Json> {
        read(&self.send("PUT", path, None, Some(body))?)
    }

    /// Saves a file that the server makes; says how many bytes it has.
    ///
    /// # Errors
    /// As [`Self::get`]; when the file breaks off.
    pub fn save(&mut self, path: &str, kind: &str, into: &mut dyn Write) -> Result<u64> {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.as_deref().map(|bearer| ("authorization", bearer)).into_iter().collect();
        self.http.save(path, &headers, kind, into).map_err(|error| self.failure(error))
    }

    /// Ends something that has no version; gives what the server says of it, if anything.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn delete(&mut self, path: &str) -> Result<Json> {
        read(&self.send("DELETE", path, None, None)?)
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        if_match: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Answer> {
        let body = body.map(serde_json::to_vec).transpose()?;
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let key = RequestId::new(edge::now_ms().max(0).unsigned_abs(), edge::random()).to_string();
        let mut headers = Vec::new();
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        headers.extend(if_match.map(|etag| ("if-match", etag)));
        if method == "POST" && bearer.is_some() {
            headers.push(("idempotency-key", &key));
        }
        let ask = Ask { method, path, headers: &headers, body: body.as_deref() };
        self.http.ask(&ask).map_err(|error| self.failure(error))
    }

    /// A failure as people at a desk are told it: the road's own words are for reps with work on their device.
    fn failure(&self, error: TransportError) -> anyhow::Error {
        match error {
            TransportError::Unreachable { origin, why } => match self.unreachable {
                Some(text) => Problem::new("not_running", text).into(),
                None => {
                    let text =
                        format!("the server at {origin} cannot be reached ({why}); nothing was changed");
                    Problem::new("server_unreachable", text).into()
                }
            },
            TransportError::NotRoadbook { origin, why } => {
                let text =
                    format!("what answers at {origin} is not a Roadbook server ({why}); check --server");
                Problem::new("not_a_roadbook_server", text).into()
            }
            other => other.into(),
        }
    }
}

/// The body of an answer.
fn read<T: DeserializeOwned + Default>(answer: &Answer) -> Result<T> {
    if answer.body.is_empty() {
        return Ok(T::default());
    }
    let unreadable = |_| Problem::new("unreadable_answer", "the server's answer cannot be read");
    Ok(serde_json::from_slice(&answer.body).map_err(unreadable)?)
}

/// A path with a query, percent-encoded.
pub fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut whole = path.to_owned();
    for (place, (name, value)) in query.iter().enumerate() {
        whole.push(if place == 0 { '?' } else { '&' });
        whole.push_str(&format!("{name}={}", encoded(value)));
    }
    whole
}

/// A text for use in a path or a query: whatever RFC 3986 does not leave as it is, by its bytes.
pub fn encoded(text: &str) -> String {
    let mut whole = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => whole.push(byte.into()),
            other => whole.push_str(&format!("%{other:02X}")),
        }
    }
    whole
}

/// A text of an answer, empty where there is none.
pub fn text<'j>(value: &'j Json, name: &str) -> &'j str {
    value[name].as_str().unwrap_or_default()
}

/// A moment of an answer, as people read it where they are; what is none says `never`.
pub fn when(value: &Json) -> String {
    let read = value.as_str().and_then(|text| text.parse::<DateTime<Local>>().ok());
    read.map_or("never".to_owned(), |at| at.format("%Y-%m-%d %H:%M %:z").to_string())
}

/// The body without what was not given.
pub fn given(body: Json) -> Json {
    match body {
        Json::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => json!(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_an_address_is_encoded() {
        assert_eq!(with_query("/v1/people", &[]), "/v1/people");
        let query = [("q", "Ü & Söhne+1"), ("after", "a/b=")];
        assert_eq!(
            with_query("/v1/people", &query),
            "/v1/people?q=%C3%9C%20%26%20S%C3%B6hne%2B1&after=a%2Fb%3D"
        );
        assert_eq!(encoded("lines.~3_-"), "lines.~3_-");
    }

    #[test]
    fn what_was_not_given_is_not_sent() {
        assert_eq!(given(json!({ "a": null, "b": false })), json!({ "b": false }));
    }
}
