//! A rescue file: what a device signed and could not send, brought by the office in its place. It is judged exactly as if
//! the device had pushed it, and gets the same receipts when the device pushes it after all.

use roadbook_model::DeviceId;
use roadbook_protocol::frame::Push;
use roadbook_protocol::{Receipt, code};
use roadbook_sync::ledger::{DeviceState, Halt};
use roadbook_sync::server::items_of;
use serde_json::json;
use tracing::instrument;

use crate::store::append::Append;
use crate::store::fetch;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::{Done, OfficeError, unknown};
use crate::store::{Store, Stored};

/// What became of a push that was brought.
#[derive(Debug)]
pub struct Rescued {
    /// The highest push number that had its answer before.
    pub known: u64,
    /// Answers to the items, in their order, as far as they were judged.
    pub receipts: Vec<Receipt>,
    /// Why no more were.
    pub halt: Option<Halt>,
}

impl Store {
    /// Judges a push that a device signed for a store generation, brought by somebody of the office.
    ///
    /// # Errors
    /// The device is unknown; it is `blocked`; `other_store`; `bad_signature`, `malformed`, `frame_too_long`.
    #[instrument(name = "db.device.rescue", skip_all, fields(device = %id), err(level = "debug"))]
    pub async fn rescue(&self, by: &By, id: DeviceId, store_generation: u32, push: &Push) -> Done<Rescued> {
        let device = fetch::device(&mut *self.pool().acquire().await?, id).await?;
        let device = device.ok_or_else(|| unknown("device", id))?;
        if device.state == DeviceState::Blocked {
            return Err(OfficeError::conflict(code::BLOCKED, Halt::Blocked.to_string()));
        }
        if device.store_generation != store_generation {
            let text = "the device has had another store since this file was written, and carries over itself what that one \
                        lacks; read the file's contents, and capture by hand what is missing";
            return Err(OfficeError::conflict("other_store", text));
        }
        let items = items_of(&device, push).map_err(|(code, text)| OfficeError::invalid(code, text))?;
        let answer = self.push_by(&device, items, Some(*by)).await?;
        Ok(Rescued { known: device.last_number, receipts: answer.receipts, halt: answer.halt })
    }
}

impl Append<'_> {
    /// Notes who brought a push, in the append that judges it.
    pub(in crate::store) async fn note_rescue(
        &mut self,
        by: &By,
        device: DeviceId,
        receipts: &[Receipt],
    ) -> Stored<()> {
        let (first, last) = (receipts.first(), receipts.last());
        let detail = json!({ "items": receipts.len(), "first_number": first.map(|receipt| receipt.number),
                             "last_number": last.map(|receipt| receipt.number) });
        let act = Act { action: "device.rescue", subject: Some(("device", device.uuid())), detail };
        audit::record(self.connection(), Some(by), act).await?;
        Ok(())
    }
}
