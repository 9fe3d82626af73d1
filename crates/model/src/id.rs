//! Typed ids. Every id is a UUIDv7 made where the thing is made (mostly on a device), stored before it is sent.

use std::fmt;
use std::str::FromStr;

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A UUIDv7 from a wall clock in milliseconds since 1970 and ten random bytes.
            pub fn new(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }

            /// The id with these sixteen bytes, whatever their UUID version.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The sixteen bytes of the id, as on the wire.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id as a plain UUID, for SQL.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.as_bytes())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                <[u8; 16]>::try_from(d.bytes()?)
                    .map(Self::from_bytes)
                    .map_err(|_| minicbor::decode::Error::message("an id has 16 bytes"))
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

typed_ids! {
    /// One record: one Automerge document of one kind.
    RecordId,
    /// The account that a record belongs to. An account's own record has the same sixteen bytes.
    AccountId,
    /// A person who works with Roadbook.
    PersonId,
    /// A node of the territory tree.
    TerritoryId,
    /// One installation of a client, enrolled for one person.
    DeviceId,
    /// One device's right on one account or, to create accounts in it, on one territory.
    LeaseId,
    /// One request for a decision.
    RequestId,
    /// One rule by which accounts are placed in a territory. A rule is never changed: another takes its place.
    RuleId,
    /// One person's hold on one territory, from when to when.
    HolderId,
    /// One change of hands: accounts that go to other territories, or territories that others come to hold.
    ReassignmentId,
    /// One sign-in of a person, until it ends.
    SessionId,
    /// A department of the organisation.
    DepartmentId,
}

impl AccountId {
    /// The record that holds the account's own profile.
    pub const fn record(self) -> RecordId {
        RecordId(self.0)
    }
}

impl RecordId {
    /// The account whose profile this record is; meaningful only for records of kind `account`.
    pub const fn account(self) -> AccountId {
        AccountId(self.0)
    }

    /// The number of a quote, which nobody gives one: the day in UTC on which its id was made, and the last eight digits of the
    /// id. The same wherever it is asked for, without a connection too.
    pub fn quote_number(self) -> String {
        let is_dated = self.0.get_version() == Some(uuid::Version::SortRand);
        let made =
            self.0.get_timestamp().filter(|_| is_dated).and_then(|at| i64::try_from(at.to_unix().0).ok());
        let made = made.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let day = made.map(|made| made.format("%y%m%d").to_string()).unwrap_or_default();
        let [.., a, b, c, d] = *self.0.as_bytes();
        format!("Q{day}-{:08X}", u32::from_be_bytes([a, b, c, d]))
    }

    /// The id of the record that follows from this one under a name, the same wherever it is made: a UUIDv8 of the first 16
    /// bytes of SHA-256 over the ASCII text `roadbook/record/follows/1` and a zero byte, this id's bytes and the name in UTF-8.
    pub fn following(self, name: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(FOLLOWING_TAG)
            .chain_update(self.as_bytes())
            .chain_update(name)
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

const FOLLOWING_TAG: &[u8; 26] = b"roadbook/record/follows/1\0";

/// The key of a new item in a collection: a UUIDv8 of five random bytes. A key is unique within its record only, so that
/// forty bits are enough (two people who each add 250 lines to one order offline meet with a chance of 1 in 17 million),
/// and what is not random costs nothing on the wire.
pub fn item_key(random: [u8; 5]) -> String {
    let mut bytes = [0; 16];
    bytes[11..].copy_from_slice(&random);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
