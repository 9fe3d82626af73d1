//! The rescue file as it lies on a disk: `clients/web/src/replica/src/shell/rescue-format.ts` writes it and says its form.

use std::num::NonZeroU32;

use anyhow::Result;
use ring::{aead, pbkdf2};
use roadbook_model::DeviceId;
use serde::Deserialize;
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use crate::problem::Problem;

const MAGIC: &[u8] = b"roadbook rescue1";
/// Magic, rounds, salt, nonce.
const HEAD_BYTES: usize = 48;
/// More work than any file asks for that was not made to keep somebody busy.
const ROUNDS_MAX: u32 = 6_000_000;

/// What a file holds.
#[derive(Debug, Deserialize)]
pub(super) struct Content {
    /// The device that wrote it.
    pub(super) device: DeviceId,
    /// Its person's name.
    pub(super) person_name: String,
    /// When, by the device's clock.
    pub(super) made_ms: i64,
    /// Signed pushes, each as the server takes it.
    pub(super) pushes: Vec<Json>,
    /// The same for people.
    pub(super) items: Vec<Written>,
}

/// An item, for people.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    /// Its push number.
    pub(super) number: u64,
    /// In which life of the store.
    pub(super) store_generation: u64,
    /// The kind of its record.
    pub(super) kind: Option<String>,
    /// Its record.
    pub(super) record: Option<String>,
    /// Its account.
    pub(super) account: Option<String>,
    /// When it was captured, by the device's clock.
    pub(super) captured_ms: i64,
    /// The record as its writer saw it.
    pub(super) wrote: Json,
}

/// Whether a file is one, before anybody types a passphrase.
///
/// # Errors
/// `not_a_rescue_file`.
pub(super) fn check(file: &[u8]) -> Result<()> {
    rounds(file).map(drop)
}

fn rounds(file: &[u8]) -> Result<NonZeroU32> {
    let none = || {
        Problem::new(
            "not_a_rescue_file",
            "this is no rescue file of Roadbook; take the one that the app saved",
        )
    };
    let head = file.get(..HEAD_BYTES).filter(|head| head.starts_with(MAGIC)).ok_or_else(none)?;
    let rounds = head[MAGIC.len()..].first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    let rounds = rounds.filter(|rounds| *rounds <= ROUNDS_MAX).and_then(NonZeroU32::new);
    Ok(rounds.ok_or_else(none)?)
}

/// What a file holds, for whoever has the passphrase.
///
/// # Errors
/// `not_a_rescue_file`; `wrong_passphrase`; a file of another version.
pub(super) fn open(file: &[u8], passphrase: &str) -> Result<Content> {
    let rounds = rounds(file)?;
    let (head, sealed) = file.split_at(HEAD_BYTES);
    let (salt, nonce) = (&head[20..36], &head[36..]);
    let mut key = [0; 32];
    let passphrase: String = passphrase.nfc().collect();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, passphrase.as_bytes(), &mut key);
    let wrong =
        || Problem::new("wrong_passphrase", "the passphrase does not open this file, or the file is damaged");
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, &key).map_err(|_| wrong())?;
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
    let mut text = sealed.to_vec();
    let opened = aead::LessSafeKey::new(key).open_in_place(nonce, aead::Aad::from(head), &mut text);
    let opened = opened.map_err(|_| wrong())?;
    let other = |error| {
        let text = format!("this rescue file is of another version ({error}); update Roadbook");
        Problem::new("not_a_rescue_file", text)
    };
    Ok(serde_json::from_slice(opened).map_err(other)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by the web app's own code.
    const BY_THE_APP: &[u8] = include_bytes!("by-the-app.rescue");

    fn code(done: Result<impl std::fmt::Debug>) -> String {
        crate::problem::code(&done.unwrap_err())
    }

    #[test]
    fn what_the_app_wrote_opens_with_its_passphrase_alone() {
        // Decomposed here, composed there: the same passphrase.
        let content = open(BY_THE_APP, "Zu\u{308}rich, 12 Ba\u{308}ume").unwrap();
        assert_eq!((content.person_name.as_str(), content.pushes.len()), ("Ana", 1));
        let numbers: Vec<u64> = content.items.iter().map(|item| item.number).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(content.items[0].wrote["notes"], "Wants the autumn list. 😀");
        assert!(content.pushes[0]["signature"].as_str().is_some_and(|signature| signature.len() == 128));
        assert_eq!(code(open(BY_THE_APP, "correct horses")), "wrong_passphrase");
    }

    #[test]
    fn what_is_none_or_was_changed_is_told() {
        for end in [0, 15, HEAD_BYTES - 1] {
            assert_eq!(code(check(&BY_THE_APP[..end])), "not_a_rescue_file");
        }
        assert_eq!(code(open(&BY_THE_APP[..HEAD_BYTES], "any passphrase")), "wrong_passphrase");
        let mut other = BY_THE_APP.to_vec();
        other[16] = 0xff;
        assert_eq!(code(check(&other)), "not_a_rescue_file", "too many rounds");
        let mut other = BY_THE_APP.to_vec();
        other[40] ^= 1;
        assert_eq!(code(open(&other, "Zürich, 12 Bäume")), "wrong_passphrase");
    }
}
