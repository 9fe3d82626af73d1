//! Reference data and its search index.

use rusqlite::{Connection, OptionalExtension};
use serde_json::Value as Json;

use super::failure::Failure;

pub(super) fn put(connection: &Connection, set: &str, key: &str, json: Option<&str>) -> Result<(), Failure> {
    let found: Option<(i64, String)> = connection
        .prepare_cached("SELECT place, search FROM reference WHERE word = ? AND key = ?")?
        .query_row([set, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some(json) = json else {
        let Some((place, _)) = found else { return Ok(()) };
        connection.prepare_cached("DELETE FROM reference WHERE place = ?")?.execute([place])?;
        return unindex(connection, place);
    };
    let search = search_text(key, json);
    let place = connection
        .prepare_cached(
            "INSERT INTO reference (word, key, json, search) VALUES (?, ?, ?, ?) \
             ON CONFLICT (word, key) DO UPDATE SET json = excluded.json, search = excluded.search RETURNING place",
        )?
        .query_row([set, key, json, &search], |row| row.get(0))?;
    match found {
        Some((_, before)) if before == search => return Ok(()),
        Some(_) => unindex(connection, place)?,
        None => {}
    }
    let mut index = connection.prepare_cached("INSERT INTO reference_search (rowid, body) VALUES (?, ?)")?;
    index.execute((place, &search))?;
    Ok(())
}

fn unindex(connection: &Connection, place: i64) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM reference_search WHERE rowid = ?")?.execute([place])?;
    Ok(())
}

/// The key and every string of the object's first level.
fn search_text(key: &str, json: &str) -> String {
    let mut text = key.to_owned();
    if let Ok(Json::Object(members)) = serde_json::from_str(json) {
        for word in members.values().filter_map(Json::as_str) {
            text.push('\n');
            text.push_str(word);
        }
    }
    text
}
