//! A sync by single requests, for networks that let no WebSocket through. Each request is a connection of its own to
//! the server, so each begins with a hello; what the session wants to say goes with the next one.

use roadbook_protocol::Frame;
use roadbook_sync::device::SessionError;

use super::report::SyncReport;
use super::sync::Road;
use super::{Device, DeviceError};
use crate::transport::{Http, Patience, TransportError};

/// Requests without any progress after which the server is taken to be stuck.
const IDLE_MAX: u32 = 3;

/// What a request must change for the next one to be worth making.
#[derive(PartialEq, Eq)]
struct Standing {
    cursor: u64,
    receipt: u64,
    waiting: u32,
    fills: Vec<roadbook_protocol::page::FillMark>,
}

impl Device {
    /// Exchanges requests until the device is at rest.
    pub(super) fn exchange(&self, patience: Patience, report: &mut SyncReport) -> Result<(), DeviceError> {
        let mut http = Http::new(&self.address, &self.trust(), patience)?;
        report.road = Some(Road::Http);
        let ended = self.rounds(&mut http, report);
        report.traffic.add(http.traffic());
        ended
    }

    fn rounds(&self, http: &mut Http, report: &mut SyncReport) -> Result<(), DeviceError> {
        let mut to_say = Vec::new();
        let mut idle = 0;
        let mut standing = self.standing()?;
        while idle < IDLE_MAX {
            let (mut session, mut out) = self.store().transaction(|rows| self.open_session(rows))?;
            out.append(&mut to_say);
            let mut at_rest = false;
            for frame in http.exchange(&out)? {
                report.note(&frame);
                let (said, rests) = self.store().transaction(|rows| {
                    let said = session.handle(rows, &self.key, self.now_ms(), frame)?;
                    let rests = session.at_rest(rows)?;
                    Ok::<_, SessionError>((said, rests))
                })?;
                to_say.extend(said);
                at_rest = rests;
            }
            if at_rest {
                return Ok(());
            }
            let now = self.standing()?;
            to_say = worth_saying(to_say, now.waiting);
            idle = if now == standing { idle + 1 } else { 0 };
            standing = now;
        }
        Err(TransportError::Silent.into())
    }

    fn standing(&self) -> Result<Standing, DeviceError> {
        let standing = self.store().transaction(|rows| {
            let device = rows.device()?;
            Ok::<_, SessionError>(Standing {
                cursor: device.cursor.position,
                receipt: device.receipt.position,
                waiting: rows.waiting()?.0,
                fills: rows.fills()?,
            })
        })?;
        Ok(standing)
    }
}

/// What goes with the next hello. The hello itself says what was applied, and answers a challenge. Of several batches
/// only the last is not answered yet, and none if nothing waits.
fn worth_saying(frames: Vec<Frame>, waiting: u32) -> Vec<Frame> {
    let mut push = None;
    let mut kept = Vec::new();
    for frame in frames {
        match frame {
            Frame::Push(_) => push = Some(frame),
            Frame::Digest(_) => kept.push(frame),
            _ => {}
        }
    }
    kept.extend(push.filter(|_| waiting > 0));
    kept
}
