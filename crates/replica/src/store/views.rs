//! What lists and search show of a record, and its search index.

use roadbook_model::RecordId;
use roadbook_sync::device::View;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::alike;
use super::failure::Failure;
use super::presentation::{Shown, shown};
use super::values::Sixteen;

pub(super) fn put(connection: &Connection, view: &View<'_>) -> Result<(), Failure> {
    let record = Sixteen::from(view.envelope.id);
    let before: Option<String> = connection
        .prepare_cached("SELECT search FROM view WHERE record = ?")?
        .query_row([record], |row| row.get(0))
        .optional()?;
    let shown = shown(view);
    let place = write(connection, view, &shown)?;
    alike::put(connection, view)?;
    match before {
        // Most edits leave the text to search alone, and the index is the dearest part of a capture.
        Some(before) if before == shown.search => return Ok(()),
        Some(_) => unindex(connection, place)?,
        None => {}
    }
    let mut index = connection.prepare_cached("INSERT INTO view_search (rowid, body) VALUES (?, ?)")?;
    index.execute((place, &shown.search))?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, record: RecordId) -> Result<(), Failure> {
    let place: Option<i64> = connection
        .prepare_cached("DELETE FROM view WHERE record = ? RETURNING place")?
        .query_row([Sixteen::from(record)], |row| row.get(0))
        .optional()?;
    alike::delete(connection, record)?;
    place.map_or(Ok(()), |place| unindex(connection, place))
}

fn write(connection: &Connection, view: &View<'_>, shown: &Shown) -> Result<i64, Failure> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO view (record, kind, account, title, subtitle, state, at_ms, changed_ms, sort, fields, derived, search, \
         merged) VALUES (:record, :kind, :account, :title, :subtitle, :state, :at_ms, :changed_ms, :sort, :fields, :derived, \
         :search, :merged) \
         ON CONFLICT (record) DO UPDATE SET kind = excluded.kind, account = excluded.account, \
         title = excluded.title, subtitle = excluded.subtitle, state = excluded.state, at_ms = excluded.at_ms, \
         changed_ms = excluded.changed_ms, sort = excluded.sort, fields = excluded.fields, \
         derived = excluded.derived, search = excluded.search, merged = excluded.merged RETURNING place",
    )?;
    let place = statement.query_row(
        named_params! {
            ":record": Sixteen::from(view.envelope.id),
            ":kind": view.envelope.kind.name(),
            ":account": Sixteen::from(view.account),
            ":title": shown.title,
            ":subtitle": shown.subtitle,
            ":state": shown.state,
            ":at_ms": shown.at_ms,
            ":changed_ms": view.changed_ms,
            ":sort": shown.sort,
            ":fields": roadbook_model::projection::to_json(view.fields).to_string(),
            ":derived": shown.derived,
            ":search": shown.search,
            ":merged": shown.merged,
        },
        |row| row.get(0),
    )?;
    Ok(place)
}

fn unindex(connection: &Connection, place: i64) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM view_search WHERE rowid = ?")?.execute([place])?;
    Ok(())
}
