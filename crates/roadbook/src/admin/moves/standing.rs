//! Moves that were made: where they stand, calling them off, undoing them.

use anyhow::Result;
use roadbook_model::ReassignmentId;
use serde_json::{Value as Json, json};

use crate::admin::terms::{TermsArgs, counted};
use crate::api::{Api, given, text, when};
use crate::output::{Output, headed, number_of};

/// All of them, newest first.
pub(super) fn list(api: &mut Api, limit: usize, output: Output) -> Result<()> {
    let moves = api.list_some("/v1/reassignments", &[], limit)?;
    output.show(&moves, || {
        if moves.is_empty() {
            return "nothing has moved yet".to_owned();
        }
        let head = ["id", "state", "kind", "accounts", "draining", "effect"];
        let row = |it: &Json| {
            [
                text(it, "id").to_owned(),
                text(it, "state").to_owned(),
                text(it, "kind").to_owned(),
                it["accounts"].to_string(),
                it["draining_devices"].to_string(),
                when(&it["effect_at"]),
            ]
        };
        headed(head, moves.iter().map(row))
    })
}

/// One of them, with the devices that still hand over.
pub(super) fn status(api: &mut Api, id: ReassignmentId, output: Output) -> Result<()> {
    let mut it = api.get(&format!("/v1/reassignments/{id}"))?;
    let progress = api.get(&format!("/v1/reassignments/{id}/devices"))?;
    it["devices"] = progress["devices"].clone();
    output.show(&it, || {
        let mut words = sentence(&it);
        for device in it["devices"].as_array().into_iter().flatten() {
            words.push_str(&format!(
                "{} ({}): {} to close, {} closed; last seen {}, then {} unsent\n",
                text(device, "person_name"),
                text(device, "name"),
                device["open"],
                device["closed"],
                when(&device["last_seen_at"]),
                device["unsent"]
            ));
        }
        words
    })
}

/// Its accounts.
pub(super) fn accounts(api: &mut Api, id: ReassignmentId, limit: usize, output: Output) -> Result<()> {
    let mut rows = api.list_some(&format!("/v1/reassignments/{id}/accounts"), &[], limit)?;
    let nodes = api.territories()?;
    let code = |id: &Json| nodes.iter().find(|node| node["id"] == *id).map(|node| node["code"].clone());
    for row in &mut rows {
        row["from"] = code(&row["from_territory_id"]).unwrap_or_default();
        row["to"] = code(&row["to_territory_id"]).unwrap_or_default();
    }
    output.show(&rows, || {
        if rows.is_empty() {
            return "no account goes elsewhere by it".to_owned();
        }
        let head = ["account", "from", "to", "name"];
        let row =
            |row: &Json| ["account_id", "from", "to", "account_name"].map(|name| text(row, name).to_owned());
        headed(head, rows.iter().map(row))
    })
}

/// Calls one off.
pub(super) fn cancel(api: &mut Api, id: ReassignmentId, output: Output) -> Result<()> {
    let it = api.post(&format!("/v1/reassignments/{id}/cancel"), &json!({}))?;
    output.show(&it, || sentence(&it))
}

/// Undoes one.
pub(super) fn reverse(api: &mut Api, id: ReassignmentId, terms: &TermsArgs, output: Output) -> Result<()> {
    let it = api.post(&format!("/v1/reassignments/{id}/reverse"), &given(terms.body()))?;
    output.show(&it, || format!("{}{}\n", sentence(&it), counted(&it["done"])))
}

fn sentence(it: &Json) -> String {
    let mut words = format!(
        "{} ({}) is {}: {}, takes effect {}",
        text(it, "id"),
        text(it, "kind"),
        text(it, "state"),
        number_of(&it["accounts"], "account"),
        when(&it["effect_at"])
    );
    if !it["ends_at"].is_null() {
        words.push_str(&format!(", comes back {}", when(&it["ends_at"])));
    }
    if let Some(why) = it["why"].as_str() {
        words.push_str(&format!(" (could not: {why})"));
    }
    words.push('\n');
    words
}
