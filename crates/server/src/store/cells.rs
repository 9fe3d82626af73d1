//! Between Rust's words and SQL's cells: positions, numbers, ids, states.

use minicbor::{Decode, Encode};
use roadbook_model::permission::Role;
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::{Hash, Tag16, codec};
use roadbook_sync::ledger::DeviceState;

use super::{StoreError, Stored};

/// A position or number for SQL.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A position or number from SQL.
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A generation or branch for SQL.
pub fn signed32(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A generation or branch from SQL.
pub fn unsigned32(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// A full hash from SQL.
pub fn hash(bytes: &[u8]) -> Stored<Hash> {
    bytes.try_into().map(Hash).map_err(|_| StoreError::Unreadable { what: "hash" })
}

/// Sixteen bytes from SQL.
pub fn tag(bytes: &[u8]) -> Stored<Tag16> {
    bytes.try_into().map(Tag16).map_err(|_| StoreError::Unreadable { what: "tag" })
}

/// A value kept as CBOR.
pub fn read<'b, T: Decode<'b, ()>>(what: &'static str, bytes: &'b [u8]) -> Stored<T> {
    codec::decode(what, bytes).map_err(|_| StoreError::Unreadable { what })
}

/// A value to keep as CBOR.
pub fn write<T: Encode<()>>(value: &T) -> Vec<u8> {
    codec::encode(value)
}

/// A role from SQL.
pub fn role(word: &str) -> Stored<Role> {
    word.parse().map_err(|_| StoreError::Unreadable { what: "role" })
}

/// A device's state for SQL.
pub fn state_word(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Active => "active",
        DeviceState::Leaving => "leaving",
        DeviceState::Blocked => "blocked",
        DeviceState::Wiped => "wiped",
    }
}

/// A device's state from SQL.
pub fn state(word: &str) -> Stored<DeviceState> {
    match word {
        "active" => Ok(DeviceState::Active),
        "leaving" => Ok(DeviceState::Leaving),
        "blocked" => Ok(DeviceState::Blocked),
        "wiped" => Ok(DeviceState::Wiped),
        _ => Err(StoreError::Unreadable { what: "device state" }),
    }
}

/// A late policy for SQL.
pub fn policy_word(policy: LatePolicy) -> &'static str {
    match policy {
        LatePolicy::Accept => "accept",
        LatePolicy::Review => "review",
        LatePolicy::Refuse => "refuse",
    }
}

/// A late policy from SQL.
pub fn policy(word: &str) -> Stored<LatePolicy> {
    match word {
        "accept" => Ok(LatePolicy::Accept),
        "review" => Ok(LatePolicy::Review),
        "refuse" => Ok(LatePolicy::Refuse),
        _ => Err(StoreError::Unreadable { what: "late policy" }),
    }
}
