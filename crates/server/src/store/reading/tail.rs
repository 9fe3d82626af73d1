//! The tail of a device's channels: first which entries and how long, then those that fit a page.

use roadbook_sync::ledger::book::EVERYBODY;
use roadbook_sync::reader::{Scope, TailRow};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::Stored;
use crate::store::cells::{signed, tag, unsigned};

/// Most entries that one read looks at.
pub(super) const ROWS_MAX: usize = 2_000;

/// An entry's place and length.
pub(super) struct Place {
    pub(super) position: u64,
    len: usize,
}

/// Where to read on, channel by channel. Of what lies before a device's start only the reference data counts, which is
/// in everybody's channel.
pub(super) struct Tail<'a> {
    channels: &'a [Uuid],
    after: Vec<i64>,
}

impl<'a> Tail<'a> {
    pub(super) fn new(channels: &'a [Uuid], cursor: u64, scope: &Scope) -> Self {
        let everybody = Uuid::from_bytes(EVERYBODY);
        let after = |channel: &Uuid| if *channel == everybody { cursor } else { cursor.max(scope.start) };
        Self { channels, after: channels.iter().map(|channel| signed(after(channel))).collect() }
    }

    /// The next entries, in order, at most [`ROWS_MAX`].
    pub(super) async fn rows(&self, connection: &mut PgConnection) -> Stored<Vec<Place>> {
        let query = sqlx::query!(
            r#"
            select entry.position as "position!", entry.len as "len!"
            from unnest($1::uuid[], $2::bigint[]) as wanted(channel, after)
            cross join lateral (
                select position, octet_length(payload) as len from log.entry
                where entry.channel = wanted.channel and entry.position > wanted.after
                order by position limit $3
            ) entry
            order by entry.position limit $3
            "#,
            self.channels,
            &self.after,
            i64::try_from(ROWS_MAX).unwrap_or(i64::MAX)
        );
        let rows = query.fetch_all(connection).await?;
        Ok(rows
            .into_iter()
            .map(|row| Place { position: unsigned(row.position), len: usize::try_from(row.len).unwrap_or(0) })
            .collect())
    }

    /// The entries up to and with a position.
    pub(super) async fn load(&self, connection: &mut PgConnection, upto: u64) -> Stored<Vec<TailRow>> {
        let query = sqlx::query!(
            r#"
            select entry.position as "position!", entry.at as "at!", entry.salt as "salt!",
                   entry.payload as "payload!", record.fill_order as "fill_order?"
            from unnest($1::uuid[], $2::bigint[]) as wanted(channel, after)
            cross join lateral (
                select position, at, salt, payload, record_id from log.entry
                where entry.channel = wanted.channel and entry.position > wanted.after and entry.position <= $3
            ) entry
            left join sync.record on record.id = entry.record_id
            order by entry.position
            "#,
            self.channels,
            &self.after,
            signed(upto)
        );
        let rows = query.fetch_all(connection).await?;
        rows.into_iter()
            .map(|row| {
                Ok(TailRow {
                    position: unsigned(row.position),
                    at_ms: row.at.timestamp_millis(),
                    salt: tag(&row.salt)?,
                    payload: row.payload,
                    order: row.fill_order.and_then(|order| u8::try_from(order).ok()),
                })
            })
            .collect()
    }
}

/// The last entry that still fits a budget, if not all do. One always fits.
pub(super) fn within_budget(rows: &[Place], budget_bytes: usize) -> Option<u64> {
    let mut sum = 0;
    let over = rows.iter().position(|row| {
        sum += row.len;
        sum > budget_bytes
    })?;
    let last = over.max(1) - 1;
    (last + 1 < rows.len()).then(|| rows[last].position)
}
