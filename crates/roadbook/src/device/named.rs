//! Records as people name them: by id, or by words that only one record on the device matches.

use anyhow::Result;
use roadbook_model::{AccountId, Kind, RecordId};
use roadbook_replica::Device;
use roadbook_replica::queries::Summary;

use crate::problem::Problem;

/// Most records that are named when words fit several.
const TOLD_MAX: usize = 5;

/// The account that is meant.
///
/// # Errors
/// `unknown_record` or `ambiguous_name`.
pub fn account(device: &Device, name: &str) -> Result<AccountId> {
    record(device, name, Some(Kind::ACCOUNT)).map(RecordId::account)
}

/// The record that is meant.
///
/// # Errors
/// `unknown_record` or `ambiguous_name`.
pub fn record(device: &Device, name: &str, kind: Option<Kind>) -> Result<RecordId> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let found = device.store().search(name, kind, TOLD_MAX + 1)?;
    let exact: Vec<&Summary> =
        found.iter().filter(|summary| summary.title.to_lowercase() == name.to_lowercase()).collect();
    match (found.as_slice(), exact.as_slice()) {
        ([one], _) => Ok(one.record),
        (_, [one]) => Ok(one.record),
        ([], _) => {
            let what = kind.map_or("record", Kind::name);
            let text = format!("no {what} on this device matches {name:?}; sync, or search with fewer words");
            Err(Problem::new("unknown_record", text).into())
        }
        _ => {
            let titles: Vec<String> =
                found.iter().take(TOLD_MAX).map(|one| format!("{} ({})", one.title, one.record)).collect();
            let text = format!("{name:?} fits several: {}; say more, or give the id", titles.join(", "));
            Err(Problem::new("ambiguous_name", text).into())
        }
    }
}

/// A kind by its word.
///
/// # Errors
/// In words, for clap.
pub fn kind(word: &str) -> Result<Kind, String> {
    Kind::find(word).ok_or_else(|| {
        let known: Vec<&str> = Kind::all().map(Kind::name).collect();
        format!("the kinds are {}", known.join(", "))
    })
}
