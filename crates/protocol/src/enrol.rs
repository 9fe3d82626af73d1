//! Enrolment: the one exchange before sync, as JSON over `POST /v1/enrol`. Bytes stand in it as lower-case hex.

mod link;

use roadbook_model::{DeviceId, PersonId, Role};
use serde::{Deserialize, Serialize};

pub use self::link::{BadLink, EnrolLink};
use crate::bytes::{Mark, Nonce, Tag16};

/// The endpoint's path.
pub const PATH: &str = "/v1/enrol";

/// What a device asks with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The single-use code that an admin gave out.
    pub code: String,
    /// What the device is to be called in the office.
    pub name: String,
    /// Its public key: P-256, SEC1 compressed, 33 bytes.
    #[serde(with = "hex")]
    pub public_key: Vec<u8>,
}

/// What a device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The device's id from now on.
    pub device: DeviceId,
    /// The person it is enrolled for.
    pub person: PersonId,
    /// That person's role.
    pub role: Role,
    /// That person's name.
    pub person_name: String,
    /// The server's page-signing key: P-256, SEC1 compressed, 33 bytes.
    #[serde(with = "hex")]
    pub server_key: Vec<u8>,
    /// The organisation's key for record digests.
    #[serde(with = "hex")]
    pub digest_key: Tag16,
    /// The server's epoch.
    #[serde(with = "hex")]
    pub epoch: Tag16,
    /// Where the device starts to read the log.
    pub cursor: Cursor,
    /// To be signed in the first hello.
    #[serde(with = "hex")]
    pub nonce: Nonce,
    /// The store's generation.
    pub store_generation: u32,
}

/// A [`Mark`] as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The position.
    pub position: u64,
    /// The first sixteen bytes of the chain hash there.
    #[serde(with = "hex")]
    pub chain: Tag16,
}

impl From<Mark> for Cursor {
    fn from(mark: Mark) -> Self {
        Self { position: mark.position, chain: mark.chain }
    }
}

impl From<Cursor> for Mark {
    fn from(cursor: Cursor) -> Self {
        Self { position: cursor.position, chain: cursor.chain }
    }
}

/// Bytes as lower-case hex, for `#[serde(with)]`.
pub mod hex {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::bytes::{Nonce, Signature, Tag16};

    /// What is written so.
    pub trait Bytes: Sized {
        /// The bytes.
        fn bytes(&self) -> &[u8];
        /// Back from bytes, if there are as many as it takes.
        fn of(bytes: Vec<u8>) -> Option<Self>;
    }

    impl Bytes for Vec<u8> {
        fn bytes(&self) -> &[u8] {
            self
        }

        fn of(bytes: Vec<u8>) -> Option<Self> {
            Some(bytes)
        }
    }

    impl Bytes for Tag16 {
        fn bytes(&self) -> &[u8] {
            &self.0
        }

        fn of(bytes: Vec<u8>) -> Option<Self> {
            bytes.try_into().ok().map(Self)
        }
    }

    impl Bytes for Signature {
        fn bytes(&self) -> &[u8] {
            &self.0
        }

        fn of(bytes: Vec<u8>) -> Option<Self> {
            bytes.try_into().ok().map(Self)
        }
    }

    impl Bytes for Nonce {
        fn bytes(&self) -> &[u8] {
            &self.0
        }

        fn of(bytes: Vec<u8>) -> Option<Self> {
            bytes.try_into().ok().map(Self)
        }
    }

    /// Writes bytes.
    pub fn serialize<T: Bytes, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = value.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&text)
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// When the text is not hex, or of another number of bytes.
    pub fn deserialize<'de, T: Bytes, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).and_then(T::of).ok_or_else(|| D::Error::custom("hex digits of the right number expected"))
    }

    fn read(text: &str) -> Option<Vec<u8>> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let bytes: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        bytes.filter(|_| rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, EnrolRequest};
    use crate::bytes::Tag16;

    #[test]
    fn bytes_travel_as_lower_case_hex() {
        let request =
            EnrolRequest { code: "A".to_owned(), name: "b".to_owned(), public_key: vec![2, 0xab, 0xff] };
        let text = r#"{"code":"A","name":"b","public_key":"02abff"}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<EnrolRequest>(text).unwrap(), request);
    }

    #[test]
    fn bytes_of_a_wrong_number_are_refused() {
        let cursor = Cursor { position: 7, chain: Tag16([0xfe; 16]) };
        let text = format!(r#"{{"position":7,"chain":"{}"}}"#, "fe".repeat(16));
        assert_eq!(serde_json::from_str::<Cursor>(&text).unwrap(), cursor);
        for wrong in ["", "f", "fe", &"fe".repeat(17), &"fé".repeat(16), &"+e".repeat(16)] {
            let text = format!(r#"{{"position":7,"chain":"{wrong}"}}"#);
            assert!(serde_json::from_str::<Cursor>(&text).is_err(), "{wrong}");
        }
    }
}
