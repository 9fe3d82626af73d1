//! One vector, and one file of them.

use super::json::Json;

/// Bytes, what they say, and what is computed from them.
pub struct Vector {
    pub name: &'static str,
    pub about: &'static str,
    pub bytes: Vec<u8>,
    pub decoded: Json,
    pub derived: Vec<(&'static str, Json)>,
}

impl Vector {
    pub fn json(&self) -> Json {
        let mut fields = vec![
            ("name", Json::text(self.name)),
            ("about", Json::text(self.about)),
            ("hex", Json::hex(&self.bytes)),
            ("decoded", self.decoded.clone()),
        ];
        if !self.derived.is_empty() {
            fields.push(("derived", Json::Object(self.derived.clone())));
        }
        Json::Object(fields)
    }
}

/// A file's text.
pub fn file(about: &str, vectors: Vec<Json>) -> String {
    Json::Object(vec![("about", Json::text(about)), ("vectors", Json::List(vectors))]).pretty()
}
