//! What the office does about held work: it gets one fate.

use std::collections::BTreeSet;

use roadbook_model::{DeviceId, Path, PersonId, Role};
use roadbook_protocol::Item;
use roadbook_sync::ledger::{Needs, ReAuthor, ReAuthored, Released};
use tracing::instrument;

use super::{Done, OfficeError};
use crate::store::Store;
use crate::store::append::Append;
use crate::store::fetch::Documents;

/// Who pushed a held item, and under which number: device, store generation, push number.
pub type ItemKey = (DeviceId, u32, u64);

impl Store {
    /// Gives up on a held item, for a stated reason.
    #[instrument(name = "db.held.discard", skip_all, err(level = "debug"))]
    pub async fn discard(&self, key: ItemKey, by: PersonId, text: &str) -> Done<u64> {
        let mut append = self.append().await?;
        append.fetch_held_item(key).await?;
        let position = append.book.discard(key, by, text).map_err(OfficeError::Refused)?;
        append.commit().await?;
        Ok(position)
    }

    /// Takes a held item into the record as it is.
    #[instrument(name = "db.held.release", skip_all, err(level = "debug"))]
    pub async fn release(&self, key: ItemKey, by: PersonId, text: &str) -> Done<u64> {
        let mut append = self.append().await?;
        append.fetch_held_item(key).await?;
        fetch_held_work(&mut append, &[key]).await?;
        let position = append.book.release(key, by, text).map_err(OfficeError::Refused)?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(position)
    }

    /// Takes a held item in and, oldest first, whatever waits on it: an account with all that was captured there. All or
    /// nothing of what can be taken; of what stays held it says why.
    #[instrument(name = "db.held.release_all", skip_all, err(level = "debug"))]
    pub async fn release_all(&self, key: ItemKey, by: PersonId, text: &str) -> Done<Released> {
        let mut append = self.append().await?;
        append.fetch_held_after(key).await?;
        let mut keys = append.book.waiting_on(key);
        keys.push(key);
        fetch_held_work(&mut append, &keys).await?;
        let done = append.book.release_all(key, by, text).map_err(OfficeError::Refused)?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(done)
    }
}

/// Who takes held work over, and how: see [`roadbook_sync::ledger::ReAuthor`].
#[derive(Clone, Debug)]
pub struct TakeOver {
    /// The office person: author of the edits.
    pub by: PersonId,
    /// That person's role.
    pub role: Role,
    /// Why.
    pub text: String,
    /// Fields in conflict whose held value is taken all the same.
    pub take: Vec<Path>,
}

impl Store {
    /// Takes over what a held item would have changed, as edits of the office's own.
    #[instrument(name = "db.held.re_author", skip_all, err(level = "debug"))]
    pub async fn re_author(&self, key: ItemKey, how: &TakeOver) -> Done<ReAuthored> {
        let mut append = self.append().await?;
        let done = re_author(&mut append, key, how).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(done)
    }
}

async fn re_author(append: &mut Append<'_>, key: ItemKey, how: &TakeOver) -> Done<ReAuthored> {
    append.fetch_held_item(key).await?;
    fetch_held_work(append, &[key]).await?;
    let TakeOver { by, role, text, take } = how;
    let how = ReAuthor { by: *by, role: *role, text, take };
    append.book.re_author(key, how).map_err(OfficeError::Refused)
}

/// What held items touch: their devices, leases, territories, records and accounts, and who else has these.
pub(super) async fn fetch_held_work(append: &mut Append<'_>, keys: &[ItemKey]) -> Done<()> {
    let mut needs = Needs::default();
    let mut originals = Vec::new();
    for row in keys.iter().filter_map(|key| append.book.held.get(key)) {
        needs.add(&row.bytes);
        needs.accounts.extend(row.account);
        let original = Item::read(&row.bytes).ok().and_then(|item| item.settles());
        originals.extend(
            row.author
                .device
                .zip(original)
                .map(|(device, number)| (device, row.author.store_generation, number)),
        );
    }
    let devices: BTreeSet<DeviceId> = keys.iter().map(|key| key.0).collect();
    let devices: Vec<DeviceId> = devices.into_iter().collect();
    let records: Vec<_> = needs.records.iter().copied().collect();
    append.fetch_devices(&devices).await?;
    append.fetch_records(&records, Documents::new()).await?;
    // What they build on, and what they capture anew.
    append.fetch_held(&devices, &records).await?;
    for original in originals {
        append.fetch_held_item(original).await?;
    }
    append.fetch_leases(&needs.leases).await?;
    let accounts = append.fetch_accounts_whole(&needs.accounts).await?;
    append.fetch_leases_on(&accounts).await?;
    append.fetch_territories_of_leases().await?;
    append.fetch_territories_at_hand().await?;
    Ok(())
}
