//! Between the engine's types and SQLite's: ids as BLOBs, protocol types as CBOR, numbers within SQLite's range.

use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::{Nonce, Tag16};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::failure::Failure;

/// One of the sixteen-byte types, on its way into or out of a BLOB column.
#[derive(Clone, Copy)]
pub(crate) struct Sixteen(pub [u8; 16]);

impl ToSql for Sixteen {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

impl FromSql for Sixteen {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        <[u8; 16]>::try_from(bytes)
            .map(Self)
            .map_err(|_| FromSqlError::InvalidBlobSize { expected_size: 16, blob_size: bytes.len() })
    }
}

macro_rules! sixteen {
    ($($id:ty),+) => {$(
        impl From<$id> for Sixteen {
            fn from(id: $id) -> Self {
                Self(*id.as_bytes())
            }
        }

        impl From<Sixteen> for $id {
            fn from(bytes: Sixteen) -> Self {
                Self::from_bytes(bytes.0)
            }
        }
    )+};
}

sixteen!(AccountId, DeviceId, LeaseId, PersonId, RecordId, TerritoryId);

impl From<Tag16> for Sixteen {
    fn from(tag: Tag16) -> Self {
        Self(tag.0)
    }
}

impl From<Sixteen> for Tag16 {
    fn from(bytes: Sixteen) -> Self {
        Self(bytes.0)
    }
}

impl From<Nonce> for Sixteen {
    fn from(nonce: Nonce) -> Self {
        Self(nonce.0)
    }
}

impl From<Sixteen> for Nonce {
    fn from(bytes: Sixteen) -> Self {
        Self(bytes.0)
    }
}

/// A sixteen-byte column of a row.
pub(crate) fn sixteen<T: From<Sixteen>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    row.get::<_, Sixteen>(column).map(T::from)
}

/// A sixteen-byte column that may be null.
pub(crate) fn maybe_sixteen<T: From<Sixteen>>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<Sixteen>>(column)?.map(T::from))
}

/// A position or number as SQLite keeps it. No log gets as far as 2^63; a peer that says so is wrong.
pub(crate) fn whole(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Row { what: "number" })
}

/// The same, back.
pub(crate) fn number(row: &Row<'_>, column: &str) -> Result<u64, Failure> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| Failure::Row { what: "number" })
}

/// A CBOR column.
pub(crate) fn cbor<T>(what: &'static str, bytes: &[u8]) -> Result<T, Failure>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    roadbook_protocol::decode(what, bytes).map_err(|_| Failure::Row { what })
}

/// A CBOR column that may be null.
pub(crate) fn maybe_cbor<T>(what: &'static str, bytes: Option<Vec<u8>>) -> Result<Option<T>, Failure>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    bytes.map(|bytes| cbor(what, &bytes)).transpose()
}

/// A column that a later version of the schema added: a store that was set aside stays as it was, and may lack it.
pub(crate) fn added<T: FromSql>(row: &Row<'_>, column: &str) -> Result<Option<T>, Failure> {
    match row.get(column) {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        other => Ok(other?),
    }
}
