//! What was practised on a device: a number for each version of a process, told to the office with the facts of the hello
//! (rule H9). It is no work: there is no item, no record and no lease for it.

use roadbook_protocol::frame::Practised;
use roadbook_protocol::limits;

use super::rows::{Rows, Stored};

/// Notes that a version of a process was practised to the end. The next hello says so.
///
/// # Errors
/// When the store cannot be read or written.
pub fn note(rows: &mut dyn Rows, process: &str, version: u32, now_ms: i64) -> Stored<()> {
    let mut device = rows.device()?;
    let is_it = |one: &Practised| one.process == process && one.version == version;
    let known = device.practised.iter().position(is_it).map(|at| device.practised.remove(at));
    let (times, last_ms) = known.map_or((0, now_ms), |one| (one.times, one.last_ms));
    device.practised.insert(
        0,
        Practised {
            process: process.to_owned(),
            version,
            times: times.saturating_add(1),
            last_ms: last_ms.max(now_ms),
        },
    );
    device.practised.truncate(limits::PRACTISED_MAX);
    rows.put_device(&device)
}
