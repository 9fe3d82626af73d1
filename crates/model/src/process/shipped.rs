//! The processes that come with Roadbook, as the office publishes them.

use serde_json::Value as Json;

use super::template::{Template, key_of};

/// Their texts, each the first version of a process.
const TEXTS: [&str; 3] = [
    include_str!("../../processes/complaint.json"),
    include_str!("../../processes/stock_out.json"),
    include_str!("../../processes/refused_order.json"),
];

/// Each with its key and its value.
pub fn shipped() -> impl Iterator<Item = (String, Json, Template)> {
    TEXTS.iter().filter_map(|text| {
        let value: Json = serde_json::from_str(text).ok()?;
        let process = value.get("process")?.as_str()?;
        let key = key_of(process, value.get("version")?.as_i64()?);
        let template = Template::read(&key, &value).ok()?;
        Some((key, value, template))
    })
}
