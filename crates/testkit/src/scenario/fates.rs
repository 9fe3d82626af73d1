//! What becomes of held work: by the office's hand, or by its person's.

use roadbook_model::{Path, Role};
use roadbook_protocol::Reason;
use roadbook_sync::device::reapply::{self, Discarded, Reapplied};
use roadbook_sync::device::{CaptureError, Leaving};
use roadbook_sync::ledger::{ReAuthor, ReAuthored, Released};

use super::{Rep, Scenario};

impl Scenario {
    /// The office takes a device out of use.
    pub fn revoke(&mut self, who: Rep, blocked: bool) {
        self.world.revoke(who.0, blocked);
    }

    /// How a phone is with leaving.
    pub fn leaving(&mut self, who: Rep) -> Leaving {
        self.device(who).leaving
    }

    /// The office takes held work in.
    pub fn release(&mut self, who: Rep, number: u64) -> Result<u64, Reason> {
        let (key, admin, now_ms) = (self.key(who, number), self.world.admin, self.world.now_ms);
        self.world.server.append(now_ms, |book| book.release(key, admin, "it belongs into the record"))
    }

    /// The office takes held work in, with everything that waits on it.
    pub fn release_all(&mut self, who: Rep, number: u64) -> Result<Released, Reason> {
        let (key, admin, now_ms) = (self.key(who, number), self.world.admin, self.world.now_ms);
        self.world.server.append(now_ms, |book| book.release_all(key, admin, "all of it belongs there"))
    }

    /// The office takes over what held work would have changed.
    pub fn re_author(&mut self, who: Rep, number: u64, take: &[Path]) -> Result<ReAuthored, Reason> {
        let (key, admin, now_ms) = (self.key(who, number), self.world.admin, self.world.now_ms);
        let how = ReAuthor { by: admin, role: Role::Office, text: "the office takes it over", take };
        self.world.server.append(now_ms, |book| book.re_author(key, how))
    }

    /// A phone captures held work anew.
    pub fn reapply(&mut self, who: Rep, number: u64) -> Result<Reapplied, CaptureError> {
        self.capture(who, |rows, ctx| reapply::reapply(rows, ctx, number))
    }

    /// A phone gives held work up.
    pub fn give_up(&mut self, who: Rep, number: u64) -> Result<Discarded, CaptureError> {
        self.capture(who, |rows, ctx| reapply::discard(rows, ctx, number))
    }

    /// Whether a phone could capture held work anew.
    pub fn may_reapply(&mut self, who: Rep, number: u64) -> Result<(), CaptureError> {
        reapply::may_reapply(self.rows(who), number)
    }

    /// The fate of an item of a phone's present store.
    pub fn fate(&mut self, who: Rep, number: u64) -> Option<String> {
        self.kept(who, number)?.fate
    }

    /// The office gives held work up.
    pub fn discard(&mut self, who: Rep, number: u64) -> Result<u64, Reason> {
        let (key, admin, now_ms) = (self.key(who, number), self.world.admin, self.world.now_ms);
        self.world.server.append(now_ms, |book| book.discard(key, admin, "it was entered twice"))
    }
}
