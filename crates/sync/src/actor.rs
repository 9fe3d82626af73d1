//! Who writes in a document: the sixteen-byte Automerge actor of a device's branch, and of the server.
//!
//! An actor is derived, never chosen, so that the gate can tell from what it already knows whether a change is by the
//! device that pushes it. Automerge demands gapless sequence numbers of an actor; a refusal or a hold therefore
//! retires the branch, and the next one writes under a new actor. A cloned or restored store gets a new generation,
//! hence other actors, and never splits the first one's history.

use roadbook_model::{DeviceId, RecordId};
use sha2::{Digest, Sha256};

/// Length of every actor in a record, in bytes.
pub const ACTOR_BYTES: usize = 16;

const DEVICE_TAG: &[u8; 24] = b"roadbook/actor/device/1\0";
const SERVER_TAG: &[u8; 24] = b"roadbook/actor/server/1\0";

/// The actor of one device, in one generation of its store, on one branch of one record.
///
/// The first 16 bytes of SHA-256 over these 64 bytes, numbers big-endian:
///
/// | bytes | what |
/// | --- | --- |
/// | 24 | the ASCII text `roadbook/actor/device/1` and a zero byte |
/// | 16 | device id |
/// | 4 | generation of the device's store |
/// | 16 | record id |
/// | 4 | branch, from 0 |
pub fn derive(device: DeviceId, store_generation: u32, record: RecordId, branch: u32) -> [u8; ACTOR_BYTES] {
    let digest = Sha256::new()
        .chain_update(DEVICE_TAG)
        .chain_update(device.as_bytes())
        .chain_update(store_generation.to_be_bytes())
        .chain_update(record.as_bytes())
        .chain_update(branch.to_be_bytes())
        .finalize();
    first_bytes(&digest.into())
}

/// The server's own actor on one record, in one epoch.
///
/// The first 16 bytes of SHA-256 over these 56 bytes:
///
/// | bytes | what |
/// | --- | --- |
/// | 24 | the ASCII text `roadbook/actor/server/1` and a zero byte |
/// | 16 | epoch |
/// | 16 | record id |
pub fn server(epoch: [u8; 16], record: RecordId) -> [u8; ACTOR_BYTES] {
    let digest =
        Sha256::new().chain_update(SERVER_TAG).chain_update(epoch).chain_update(record.as_bytes()).finalize();
    first_bytes(&digest.into())
}

fn first_bytes(digest: &[u8; 32]) -> [u8; ACTOR_BYTES] {
    let mut actor = [0; ACTOR_BYTES];
    actor.copy_from_slice(&digest[..ACTOR_BYTES]);
    actor
}
