//! A sync by single requests, for networks that let no WebSocket through. Each request is a connection of its own to
//! the server, so each begins with a hello; what the session wants to say goes with the next one.

use roadbook_protocol::frame::Push;
use roadbook_protocol::{Frame, Item};
use roadbook_sync::device::leave::Undecided;
use roadbook_sync::device::{Rows, SessionError};

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
    answered: u64,
    fills: Vec<roadbook_protocol::page::FillMark>,
}

impl Device {
    /// Exchanges requests until the device is at rest; then its person signs out, if that is wished.
    pub(super) fn exchange(
        &self,
        patience: Patience,
        report: &mut SyncReport,
        signs_out: Option<Undecided>,
    ) -> Result<(), DeviceError> {
        let mut http = Http::new(&self.address, &self.trust(), patience)?;
        report.road = Some(Road::Http);
        let ended = self.rounds(&mut http, report, signs_out);
        report.traffic.add(http.traffic());
        ended
    }

    fn rounds(
        &self,
        http: &mut Http,
        report: &mut SyncReport,
        signs_out: Option<Undecided>,
    ) -> Result<(), DeviceError> {
        let mut to_say = Vec::new();
        let mut idle = 0;
        let mut standing = self.standing()?;
        while idle < IDLE_MAX {
            let (mut session, mut out) = self.store().transaction(|rows| self.open_session(rows))?;
            if self.holds_unsent_work_aside()? {
                session.keep();
            }
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
                let Some(undecided) = signs_out else { return Ok(()) };
                // Asked again, should the wish have been lost behind a challenge.
                idle += 1;
                let sign_out = |rows: &mut dyn Rows| session.sign_out(rows, &self.key, undecided);
                to_say = self.store().transaction(sign_out)?;
                continue;
            }
            let now = self.standing()?;
            to_say = worth_saying(to_say, now.answered);
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
                answered: device.answered.map_or(0, |answered| answered.number),
                fills: rows.fills()?,
            })
        })?;
        Ok(standing)
    }
}

/// What goes with the next hello. The hello itself says what was applied, and answers a challenge. A batch is worth
/// sending while something in it has no answer: answers come in the order of numbers.
fn worth_saying(frames: Vec<Frame>, answered: u64) -> Vec<Frame> {
    let worth = |frame: &Frame| match frame {
        Frame::Push(push) => last_number(push).is_none_or(|number| number > answered),
        Frame::Digest(_) => true,
        _ => false,
    };
    frames.into_iter().filter(worth).collect()
}

fn last_number(push: &Push) -> Option<u64> {
    let items = push.unpack().ok()?;
    Item::read(items.last()?).ok().map(|item| item.number)
}
