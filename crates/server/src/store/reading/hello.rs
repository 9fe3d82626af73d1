//! What a hello is judged by, in one snapshot; and the one row that a hello changes.

use roadbook_model::DeviceId;
use roadbook_model::process::{self, template};
use roadbook_protocol::frame::{Facts, Hello, Practised};
use roadbook_protocol::{Nonce, Tag16};
use roadbook_sync::ledger::ServerDevice;
use roadbook_sync::reader::Scope;
use roadbook_sync::server::Loaded;
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::{Channels, channels, head_mark, mark_at};
use crate::ambient;
use crate::store::cells::{hash, signed, signed32, unsigned};
use crate::store::fetch::{
    device,
    leases::{leases_held, open_accounts},
};
use crate::store::{Store, StoreError, Stored};

impl Store {
    /// Looks up what a hello is judged by; `None` if its device is unknown.
    #[instrument(name = "db.device.lookup", skip_all, fields(device = %hello.device), err(level = "debug"))]
    pub async fn load_hello(&self, hello: &Hello) -> Stored<Option<(Loaded, Channels)>> {
        let mut tx = self.snapshot().await?;
        let Some(device) = device(&mut tx, hello.device).await? else { return Ok(None) };
        let leases = leases_held(&mut tx, device.id).await?;
        let accounts = open_accounts(&leases);
        let scope = Scope::new(&device, leases);
        let channels = channels(&mut tx, &scope, hello.cursor.position).await?;
        let loaded = Loaded {
            head: head_mark(&mut tx).await?,
            at_cursor: mark_at(&mut tx, hello.cursor.position).await?.map(|mark| mark.chain),
            at_receipt: mark_at(&mut tx, hello.receipt.position).await?.map(|mark| mark.chain),
            answered: match hello.answered {
                Some(answered) => item_at(&mut tx, &device, answered.number).await?,
                None => None,
            },
            last: last(&mut tx, &channels).await?,
            digest: scope_digest(&mut tx, &accounts).await?,
            offline_days: offline_days(&mut tx).await?,
            device,
        };
        Ok(Some((loaded, channels)))
    }

    /// Takes a proven hello in: its nonce is used up, the device was seen, what was practised on it is kept, and its live store,
    /// if it is that, is in use. False if another hello used the nonce.
    #[instrument(name = "db.device.admit", skip_all, fields(device = %device), err(level = "debug"))]
    pub async fn admit(
        &self,
        device: DeviceId,
        (nonce, next): (Nonce, Nonce),
        (waiting, oldest_s): (u32, u32),
        facts: Option<&Facts>,
        live: bool,
    ) -> Stored<bool> {
        let mut tx = self.pool.begin().await?;
        let now_ms = ambient::now_ms();
        let query = sqlx::query!(
            "
            update org.device set nonce = $3, last_seen_at = $4, unsent = $5, oldest_s = $6, client = coalesce($7, client),
                store_bytes = coalesce($8, store_bytes), facts_at = case when $7::text is null then facts_at else $4 end,
                generation_used = generation_used or $9
            where id = $1 and nonce = $2
            ",
            device.uuid(),
            &nonce.0[..],
            &next.0[..],
            ambient::moment(now_ms),
            signed32(waiting),
            signed32(oldest_s),
            facts.map(|facts| printable(&facts.client)),
            facts.map(|facts| signed(facts.store_bytes)),
            live
        );
        let is_first = query.execute(&mut *tx).await?.rows_affected() == 1;
        let practised = facts.and_then(|facts| facts.practised.as_deref()).unwrap_or_default();
        if is_first && !practised.is_empty() {
            keep_practice(&mut tx, device, practised, now_ms).await?;
        }
        tx.commit().await?;
        Ok(is_first)
    }

    /// A connected device was heard of, which need not have said a word. What waits on it has grown older meanwhile.
    #[instrument(name = "db.device.hear", skip_all, fields(%device), err(level = "debug"))]
    pub async fn hear(&self, device: DeviceId, now_ms: i64) -> Stored<()> {
        let query = sqlx::query!(
            "
            update org.device set last_seen_at = $2,
                oldest_s = case when unsent = 0 then oldest_s
                    else least(2147483647, oldest_s + extract(epoch from $2 - last_seen_at))::integer end
            where id = $1 and last_seen_at < $2
            ",
            device.uuid(),
            ambient::moment(now_ms)
        );
        query.execute(&self.pool).await?;
        Ok(())
    }
}

/// Keeps what was practised on a device, as far as it is about versions that were published (rule H9).
async fn keep_practice(
    connection: &mut PgConnection,
    device: DeviceId,
    practised: &[Practised],
    now_ms: i64,
) -> Stored<()> {
    let (mut keys, mut times, mut last) = (vec![], vec![], vec![]);
    for one in practised {
        let key = template::key_of(&one.process, i64::from(one.version));
        // What Postgres could not hold is the name of nothing.
        if key.contains('\0') {
            continue;
        }
        keys.push(key);
        times.push(i64::from(one.times));
        last.push(ambient::moment(one.last_ms.clamp(0, now_ms)));
    }
    let query = sqlx::query!(
        "
        insert into org.practice (device_id, process, version, times, last_at)
        select $1, json ->> 'process', (json ->> 'version')::bigint, max(said.times), max(said.last_at)
        from unnest($2::text[], $3::bigint[], $4::timestamptz[]) said(key, times, last_at)
        join sync.reference on set = $5 and reference.key = said.key
        where said.times > 0
        group by 2, 3
        on conflict (device_id, process, version) do update
        set times = greatest(practice.times, excluded.times), last_at = greatest(practice.last_at, excluded.last_at)
        ",
        device.uuid(),
        &keys,
        &times,
        &last,
        process::SET
    );
    query.execute(connection).await?;
    Ok(())
}

/// What a device says of itself, as far as a person can read it: Postgres takes no zero bytes, a console no control
/// characters.
fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}

/// Days without contact after which a device asks for a sign-in.
async fn offline_days(connection: &mut PgConnection) -> Stored<u16> {
    let days = sqlx::query_scalar!("select offline_days from org.setting").fetch_one(connection).await?;
    u16::try_from(days).map_err(|_| StoreError::Unreadable { what: "setting" })
}

/// The hash of the item that a device pushed under a number.
async fn item_at(connection: &mut PgConnection, device: &ServerDevice, number: u64) -> Stored<Option<Tag16>> {
    let query = sqlx::query_scalar!(
        "select item from sync.receipt where device_id = $1 and store_generation = $2 and number = $3",
        device.id.uuid(),
        signed32(device.store_generation),
        signed(number)
    );
    let item = query.fetch_optional(connection).await?;
    item.map(|item| Ok(hash(&item)?.tag())).transpose()
}

/// The highest position in these channels: one probe of an index each.
async fn last(connection: &mut PgConnection, channels: &[Uuid]) -> Stored<u64> {
    let query = sqlx::query_scalar!(
        r#"
        select max(entry.position)
        from unnest($1::uuid[]) as wanted(channel)
        cross join lateral (
            select position from log.entry where entry.channel = wanted.channel order by position desc limit 1
        ) entry
        "#,
        channels
    );
    Ok(query.fetch_one(connection).await?.map_or(0, unsigned))
}

/// Sum of the digests of accounts, modulo 2^64.
async fn scope_digest(connection: &mut PgConnection, accounts: &[Uuid]) -> Stored<u64> {
    // A sum of 64-bit numbers is exact as numeric; it is brought back into the signed range.
    let query = sqlx::query_scalar!(
        r#"
        select (mod(mod(coalesce(sum(digest), 0) + 9223372036854775808, 18446744073709551616)
                    + 18446744073709551616, 18446744073709551616) - 9223372036854775808)::bigint as "sum!"
        from sync.account where id = any($1)
        "#,
        accounts
    );
    Ok(query.fetch_one(connection).await?.cast_unsigned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sum_of_digests_wraps_as_in_sql() {
        let sql = |sum: i128| {
            let (half, whole) = (1_i128 << 63, 1_i128 << 64);
            i64::try_from(((sum + half) % whole + whole) % whole - half).unwrap().cast_unsigned()
        };
        let digests = [u64::MAX, 1 << 63, 12, (1 << 63) - 1];
        let wrapped = digests.iter().fold(0_u64, |sum, digest| sum.wrapping_add(*digest));
        assert_eq!(sql(digests.iter().map(|digest| i128::from(digest.cast_signed())).sum()), wrapped);
    }
}
