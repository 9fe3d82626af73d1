//! Bodies that fit a description: what is required, as simple as it may be, with the fixture's ids where one is named.

use serde_json::{Map, Value as Json, json};

use super::fixture::{Fixture, Whose};

/// A body for an operation; null if it takes none.
pub fn body(document: &Json, operation: &Json, fixture: &Fixture, whose: Whose) -> Json {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_null() { Json::Null } else { value(document, schema, "", fixture, whose) }
}

fn value(document: &Json, schema: &Json, name: &str, fixture: &Fixture, whose: Whose) -> Json {
    if let Some(target) = schema["$ref"].as_str() {
        return value(document, &document["components"]["schemas"][after_last(target)], name, fixture, whose);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) =
            schema[choice].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"))
        {
            return value(document, first, name, fixture, whose);
        }
    }
    if let Some(all) = schema["allOf"].as_array() {
        let mut merged = Map::new();
        for one in all {
            if let Json::Object(fields) = value(document, one, name, fixture, whose) {
                merged.extend(fields);
            }
        }
        return Json::Object(merged);
    }
    if let Some(example) =
        schema.get("example").or_else(|| schema["enum"].get(0)).or_else(|| schema.get("const"))
    {
        return example.clone();
    }
    match kind(schema) {
        "string" => text(schema, name, fixture, whose),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(false),
        "array" => json!([value(document, &schema["items"], name, fixture, whose)]),
        _ => object(document, schema, fixture, whose),
    }
}

fn object(document: &Json, schema: &Json, fixture: &Fixture, whose: Whose) -> Json {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let field = |name: &Json| {
        let name = name.as_str()?;
        Some((name.to_owned(), value(document, &schema["properties"][name], name, fixture, whose)))
    };
    Json::Object(required.iter().filter_map(field).collect())
}

fn text(schema: &Json, name: &str, fixture: &Fixture, whose: Whose) -> Json {
    if let Some(id) = fixture.id(name, whose) {
        return json!(id);
    }
    if let Some(words) = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix("^(")) {
        return json!(words.split(['|', ')']).next().unwrap_or_default());
    }
    match schema["format"].as_str() {
        Some("uuid") => json!(super::fixture::NOBODYS),
        Some("date-time") => json!("2030-01-01T00:00:00Z"),
        Some("date") => json!("2030-01-01"),
        _ => json!("x".repeat(schema["minLength"].as_u64().unwrap_or(1).max(1) as usize)),
    }
}

fn kind(schema: &Json) -> &str {
    let one = schema["type"].as_str();
    let of_many = || schema["type"].as_array()?.iter().filter_map(Json::as_str).find(|kind| *kind != "null");
    one.or_else(of_many).unwrap_or("object")
}

fn after_last(target: &str) -> &str {
    target.rsplit('/').next().unwrap_or_default()
}
