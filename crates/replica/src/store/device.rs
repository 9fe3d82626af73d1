//! The one row about the device.

use roadbook_protocol::frame::{Answered, Facts, Practised};
use roadbook_protocol::{Mark, decode, encode};
use roadbook_sync::device::{DeviceRow, Leaving};
use rusqlite::{Connection, Row, named_params};

use super::failure::Failure;
use super::values::{Sixteen, added, maybe_sixteen, number, sixteen, whole};

/// The row, once the device is enrolled.
pub(crate) fn lookup(connection: &Connection) -> Result<Option<DeviceRow>, Failure> {
    let mut statement = connection.prepare_cached("SELECT * FROM device")?;
    let mut rows = statement.query([])?;
    rows.next()?.map(read).transpose()
}

pub(super) fn put(connection: &Connection, row: &DeviceRow) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO device VALUES (1, :device, :person, :role, :server_key, :digest_key, \
         :store_generation, :epoch, :nonce, :cursor_position, :cursor_chain, :receipt_position, :receipt_chain, \
         :answered_number, :answered_item, :last_number, :digest, :contact_ms, \
         :leaving, :told_client, :told_store_bytes, :offline_days, :practised, :told_practised)",
    )?;
    statement.execute(named_params! {
        ":device": Sixteen::from(row.device),
        ":person": Sixteen::from(row.person),
        ":role": row.role.as_str(),
        ":server_key": row.server_key,
        ":digest_key": Sixteen::from(row.digest_key),
        ":store_generation": row.store_generation,
        ":epoch": Sixteen::from(row.epoch),
        ":nonce": Sixteen::from(row.nonce),
        ":cursor_position": whole(row.cursor.position)?,
        ":cursor_chain": Sixteen::from(row.cursor.chain),
        ":receipt_position": whole(row.receipt.position)?,
        ":receipt_chain": Sixteen::from(row.receipt.chain),
        ":answered_number": row.answered.map(|answered| whole(answered.number)).transpose()?,
        ":answered_item": row.answered.map(|answered| Sixteen::from(answered.item)),
        ":last_number": whole(row.last_number)?,
        ":digest": row.digest.cast_signed(),
        ":contact_ms": row.contact_ms,
        ":leaving": leaving_word(row.leaving),
        ":told_client": row.told.as_ref().map(|told| told.client.as_str()),
        ":told_store_bytes": row.told.as_ref().map(|told| told.store_bytes.cast_signed()),
        ":offline_days": row.offline_days,
        ":practised": encode(&row.practised),
        ":told_practised": row.told.as_ref().and_then(|told| told.practised.as_ref()).map(encode),
    })?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<DeviceRow, Failure> {
    let role: String = row.get("role")?;
    let answered = match (row.get::<_, Option<i64>>("answered_number")?, maybe_sixteen(row, "answered_item")?)
    {
        (Some(_), Some(item)) => Some(Answered { number: number(row, "answered_number")?, item }),
        _ => None,
    };
    Ok(DeviceRow {
        device: sixteen(row, "device")?,
        person: sixteen(row, "person")?,
        role: role.parse().map_err(|_| Failure::Row { what: "role" })?,
        server_key: row.get("server_key")?,
        digest_key: sixteen(row, "digest_key")?,
        store_generation: row.get("store_generation")?,
        epoch: sixteen(row, "epoch")?,
        nonce: sixteen(row, "nonce")?,
        cursor: Mark { position: number(row, "cursor_position")?, chain: sixteen(row, "cursor_chain")? },
        receipt: Mark { position: number(row, "receipt_position")?, chain: sixteen(row, "receipt_chain")? },
        answered,
        last_number: number(row, "last_number")?,
        digest: row.get::<_, i64>("digest")?.cast_unsigned(),
        contact_ms: row.get("contact_ms")?,
        leaving: leaving(&row.get::<_, String>("leaving")?)?,
        told: told(row)?,
        practised: practised(row, "practised")?.unwrap_or_default(),
        offline_days: row.get("offline_days")?,
    })
}

fn told(row: &Row<'_>) -> Result<Option<Facts>, Failure> {
    let client: Option<String> = row.get("told_client")?;
    let store_bytes: Option<i64> = row.get("told_store_bytes")?;
    let Some((client, bytes)) = client.zip(store_bytes) else { return Ok(None) };
    let practised = practised(row, "told_practised")?;
    Ok(Some(Facts { client, store_bytes: bytes.cast_unsigned(), practised }))
}

fn practised(row: &Row<'_>, column: &'static str) -> Result<Option<Vec<Practised>>, Failure> {
    let bytes: Option<Vec<u8>> = added(row, column)?;
    let read = bytes.map(|bytes| decode(column, &bytes)).transpose();
    read.map_err(|_| Failure::Row { what: column })
}

const fn leaving_word(leaving: Leaving) -> &'static str {
    match leaving {
        Leaving::No => "no",
        Leaving::Ordered => "ordered",
        Leaving::Wiped => "wiped",
    }
}

fn leaving(word: &str) -> Result<Leaving, Failure> {
    match word {
        "no" => Ok(Leaving::No),
        "ordered" => Ok(Leaving::Ordered),
        "wiped" => Ok(Leaving::Wiped),
        _ => Err(Failure::Row { what: "leaving" }),
    }
}

/// Removes everything but the device's row. What was deleted is overwritten, not only forgotten.
pub(super) fn wipe(connection: &Connection) -> Result<(), Failure> {
    connection.execute_batch(
        "PRAGMA secure_delete = ON;
         DELETE FROM view_search; DELETE FROM view; DELETE FROM record; DELETE FROM item; DELETE FROM lease;
         DELETE FROM fill; DELETE FROM reference_search; DELETE FROM reference; DELETE FROM notice;
         DELETE FROM handover;",
    )?;
    Ok(())
}
