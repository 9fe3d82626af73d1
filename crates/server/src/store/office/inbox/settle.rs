//! Giving a held item its fate, in somebody's name. It happens under the log's lock: of two who decide at once one is
//! first, and the other is told what became of it.

use roadbook_model::Path;
use roadbook_protocol::Reason;
use roadbook_sync::ledger::{Book, ReAuthor};
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use crate::store::Store;
use crate::store::append::Append;
use crate::store::cells::{signed, unsigned, unsigned32};
use crate::store::office::audit::{self, Act, By};
use crate::store::office::held::{ItemKey, fetch_held_work};
use crate::store::office::{Done, OfficeError, unknown};

/// What is decided about a held item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Into the record as it is.
    Release,
    /// The same, with everything that waits on it.
    ReleaseAll,
    /// What it would have changed, as edits of who decides; what others changed since stays, these fields excepted.
    ReAuthor(Vec<Path>),
    /// Given up.
    Discard,
}

/// What a verdict came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The items that got their fate, by the position at which they were set aside.
    pub settled: Vec<i64>,
    /// Items that wait on it and stay held, each with the code and the words for it.
    pub left: Vec<(i64, String, String)>,
    /// Fields that stay as they are although the work said otherwise.
    pub kept: Vec<Path>,
}

impl Store {
    /// Gives the item that was set aside at a position its fate, for a stated reason.
    ///
    /// # Errors
    /// `reason_required`; [`OfficeError::Unknown`]; `already_settled`, with what became of it; `refused_for_good`; why it
    /// cannot be taken in.
    #[instrument(name = "db.held.settle", skip_all, fields(position), err(level = "debug"))]
    pub async fn settle_held(&self, by: &By, position: i64, verdict: &Verdict, text: &str) -> Done<Settled> {
        if text.trim().is_empty() {
            let text = "say why; whoever captured it reads the reason";
            return Err(OfficeError::invalid("reason_required", text));
        }
        let mut append = self.append().await?;
        let key = open_key(&mut append, position).await?;
        append.fetch_held_after(key).await?;
        let mut keys = vec![key];
        if *verdict == Verdict::ReleaseAll {
            keys.extend(append.book.waiting_on(key));
        }
        let positions: Vec<(ItemKey, i64)> =
            append.book.held.iter().map(|(key, row)| (*key, signed(row.position))).collect();
        let at = |key: ItemKey| positions.iter().find(|(known, _)| *known == key).map_or(0, |(_, at)| *at);
        if *verdict != Verdict::Discard {
            fetch_held_work(&mut append, &keys).await?;
        }
        let settled = give(&mut append.book, key, by, verdict, text).map_err(OfficeError::Refused)?;
        let settled = Settled {
            settled: settled.0.into_iter().map(at).collect(),
            left: settled.1.into_iter().map(|(key, reason)| (at(key), reason.code, reason.text)).collect(),
            kept: settled.2,
        };
        let action = match verdict {
            Verdict::Release | Verdict::ReleaseAll => "held.release",
            Verdict::ReAuthor(_) => "held.re_author",
            Verdict::Discard => "held.discard",
        };
        let detail = json!({ "positions": settled.settled, "number": key.2, "text": text });
        let act = Act { action, subject: Some(("device", key.0.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(settled)
    }
}

/// The items that got their fate, those that stay held and why, the fields that stay as they are.
type Given = (Vec<ItemKey>, Vec<(ItemKey, Reason)>, Vec<Path>);

fn give(book: &mut Book, key: ItemKey, by: &By, verdict: &Verdict, text: &str) -> Result<Given, Reason> {
    match verdict {
        Verdict::Discard => book.discard(key, by.person, text).map(|_| (vec![key], Vec::new(), Vec::new())),
        Verdict::Release => book.release(key, by.person, text).map(|_| (vec![key], Vec::new(), Vec::new())),
        Verdict::ReleaseAll => book
            .release_all(key, by.person, text)
            .map(|done| (done.released.into_iter().map(|(key, _)| key).collect(), done.left, Vec::new())),
        Verdict::ReAuthor(take) => {
            let how = ReAuthor { by: by.person, role: by.role, text, take };
            let done = book.re_author(key, how)?;
            let kept = done.conflicts.into_iter().map(|conflict| conflict.path);
            Ok((vec![key], Vec::new(), kept.collect()))
        }
    }
}

/// The item at a position, if it still waits for its fate.
async fn open_key(append: &mut Append<'_>, position: i64) -> Done<ItemKey> {
    let query = sqlx::query!(
        "select device_id, store_generation, number, held, fate from sync.held where position = $1",
        position
    );
    let row = query.fetch_optional(append.connection()).await?;
    let row = row.ok_or_else(|| unknown("held item", position))?;
    let key = (row.device_id.into(), unsigned32(row.store_generation), unsigned(row.number));
    if let Some(fate) = row.fate {
        return Err(OfficeError::conflict(
            "already_settled",
            became(append, row.device_id, key, &fate).await?,
        ));
    }
    if !row.held {
        let text = "this was refused for good and cannot be taken in; it is kept as evidence";
        return Err(OfficeError::conflict("refused_for_good", text));
    }
    Ok(key)
}

/// What became of an item, in words.
async fn became(append: &mut Append<'_>, device: Uuid, key: ItemKey, fate: &str) -> Done<String> {
    let found = super::read::fate_of(append.connection(), device, key).await?;
    let word = fate.replace('_', "-");
    Ok(match found {
        Some(told) => {
            let by = told.by_name.unwrap_or_else(|| "somebody".to_owned());
            let why = told.text.unwrap_or_default();
            format!("{by} has {word} it already: {why}")
        }
        None => format!("it was {word} already"),
    })
}
