//! One connection, from the device's side: frames in, frames out. The shell opens a transaction, calls, commits, and
//! only then sends.

use std::collections::BTreeSet;

use roadbook_model::AccountId;
use roadbook_protocol::entry::Subject;
use roadbook_protocol::frame::{
    AccountDigest, Applied, Digests, Facts, Hello, Leave, Push, RecordDigest, Welcome,
};
use roadbook_protocol::{Blob, Frame, Hash, Signature, code, limits};

use super::error::{SessionError, SignOutError};
use super::leave::Undecided;
use super::rows::{ItemRow, LeaseState, Leaving, Rows, Stored};
use super::{apply, drain, leave, receipts};
use crate::digest;

/// Signs with the device's key, which never leaves its keeper.
pub trait Signer {
    /// A signature over a SHA-256.
    fn sign(&self, hash: &Hash) -> Signature;
}

/// What the hello's proof binds the device to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme, host and port of the server, as in its address.
    pub origin: String,
    /// The path of the sync endpoint.
    pub path: String,
}

/// Bytes of items at which a push is closed.
const PUSH_BYTES_TARGET: usize = 512 * 1024;
/// Challenges after which a server is not believed any more.
const CHALLENGES_MAX: u8 = 3;

/// One connection's memory. What must survive it is in the rows.
#[derive(Debug)]
pub struct Session {
    endpoint: Endpoint,
    challenges: u8,
    welcomed: bool,
    caught_up: bool,
    in_flight: bool,
    healing: bool,
    /// Something is on this device that cannot be sent: it is not wiped.
    keeps: bool,
    /// Its person signs out, and the order to leave has not come yet.
    signs_out: bool,
    sent: u64,
    facts: Option<Facts>,
}

impl Session {
    /// Starts a session: the hello to send.
    pub fn open(
        rows: &mut dyn Rows,
        signer: &dyn Signer,
        endpoint: Endpoint,
        now_ms: i64,
    ) -> Stored<(Self, Vec<Frame>)> {
        Self::open_telling(rows, signer, endpoint, None, now_ms)
    }

    /// The same by an installation that says something of itself, if that is news to the office (H6), with what was practised
    /// on it (H9).
    pub fn open_telling(
        rows: &mut dyn Rows,
        signer: &dyn Signer,
        endpoint: Endpoint,
        facts: Option<Facts>,
        now_ms: i64,
    ) -> Stored<(Self, Vec<Frame>)> {
        let device = rows.device()?;
        let practised = (!device.practised.is_empty()).then_some(device.practised);
        let facts = facts.map(|facts| Facts { practised, ..facts });
        let session = Self {
            facts: facts.filter(|facts| facts.are_news_after(device.told.as_ref())),
            endpoint,
            challenges: 0,
            welcomed: false,
            caught_up: false,
            in_flight: false,
            healing: false,
            keeps: false,
            signs_out: false,
            sent: 0,
        };
        let hello = session.hello(rows, signer, now_ms)?;
        Ok((session, vec![hello]))
    }

    /// Keeps the device from wiping itself: a store set aside holds work that no one else has.
    pub fn keep(&mut self) {
        self.keeps = true;
    }

    /// Takes a frame; returns the frames to send once the transaction is committed.
    pub fn handle(
        &mut self,
        rows: &mut dyn Rows,
        signer: &dyn Signer,
        now_ms: i64,
        frame: Frame,
    ) -> Result<Vec<Frame>, SessionError> {
        let mut out = Vec::new();
        match frame {
            Frame::Challenge(challenge) if !self.welcomed && self.challenges < CHALLENGES_MAX => {
                self.challenges += 1;
                let mut device = rows.device()?;
                device.nonce = challenge.nonce;
                rows.put_device(&device)?;
                return Ok(vec![self.hello(rows, signer, now_ms)?]);
            }
            Frame::Welcome(welcome) if !self.welcomed => out.extend(self.welcome(rows, &welcome, now_ms)?),
            Frame::Receipts(frame) if self.welcomed => {
                receipts::handle(rows, &frame)?;
                self.in_flight = false;
            }
            Frame::Page(page) if self.welcomed => {
                let healed = apply::handle(rows, &page, self.healing)?;
                self.caught_up = !page.more;
                self.healing &= !healed;
                out.push(Frame::Applied(Applied { position: rows.device()?.cursor.position }));
            }
            Frame::Digest(Digests::Differ(accounts)) if self.healing => {
                out.extend(self.digests_of(rows, accounts)?);
            }
            Frame::NewGeneration(frame) => return Err(SessionError::NewGeneration(frame)),
            Frame::Error(error) if error.code == code::WIPED && leave::is_wiped(rows)? => {
                return Err(SessionError::Wiped);
            }
            Frame::Error(error) => {
                return Err(SessionError::Server {
                    code: error.code,
                    text: error.text,
                    retry_after_ms: error.retry_after_ms,
                });
            }
            Frame::Goodbye(goodbye) => {
                let text = "the server closed the connection".to_owned();
                return Err(SessionError::Server { code: goodbye.code, text, retry_after_ms: Some(1000) });
            }
            other => return Err(SessionError::Unexpected(other.word())),
        }
        let mut device = rows.device()?;
        device.contact_ms = now_ms;
        rows.put_device(&device)?;
        drain::close_drained(rows, now_ms)?;
        if leave::is_over(rows)? {
            return Err(SessionError::Wiped);
        }
        if !self.keeps {
            leave::wipe_when_empty(rows, now_ms)?;
        }
        out.extend(self.push(rows, signer)?);
        Ok(out)
    }

    /// What is here of the accounts that differ; that ends the comparison if none does.
    fn digests_of(&mut self, rows: &mut dyn Rows, accounts: Vec<AccountId>) -> Stored<Option<Frame>> {
        self.healing = !accounts.is_empty();
        let mut records = Vec::new();
        for account in accounts {
            let digests = rows.record_digests(account)?;
            records.extend(digests.into_iter().map(|(record, digest)| RecordDigest {
                account,
                record,
                digest,
            }));
        }
        // Of an account that is missing as a whole there is nothing to name; the answer brings all of it.
        records.truncate(limits::DIGEST_PARTS_MAX);
        Ok(self.healing.then_some(Frame::Digest(Digests::Records(records))))
    }

    /// New work was captured while connected: what to send, if anything.
    pub fn more(&mut self, rows: &mut dyn Rows, signer: &dyn Signer) -> Stored<Vec<Frame>> {
        Ok(self.push(rows, signer)?.into_iter().collect())
    }

    /// Its person signs out: what to send, at rest and with nothing that would be lost (rule W7). The order to leave is the
    /// answer.
    ///
    /// # Errors
    /// Why it may not be; nothing is sent then, and nothing has changed.
    pub fn sign_out(
        &mut self,
        rows: &mut dyn Rows,
        signer: &dyn Signer,
        undecided: Undecided,
    ) -> Result<Vec<Frame>, SignOutError> {
        leave::may_sign_out(rows, undecided)?;
        if self.keeps {
            return Err(SignOutError::UnsentAside);
        }
        if !self.at_rest(rows)? {
            return Err(SignOutError::NotAtRest);
        }
        self.signs_out = true;
        let device = rows.device()?;
        let proof = Leave::proof(device.device, device.store_generation, device.last_number);
        Ok(vec![Frame::Leave(Leave { last_number: device.last_number, signature: signer.sign(&proof) })])
    }

    /// Whether nothing is left to do: everything answered, everything applied, every fill complete.
    pub fn at_rest(&self, rows: &mut dyn Rows) -> Stored<bool> {
        if !self.welcomed || self.in_flight || self.healing || !self.caught_up {
            return Ok(false);
        }
        let device = rows.device()?;
        if self.signs_out && device.leaving == Leaving::No {
            return Ok(false);
        }
        Ok(device.receipt.position <= device.cursor.position
            && rows.waiting()?.0 == 0
            && rows.fills()?.is_empty())
    }

    fn hello(&self, rows: &mut dyn Rows, signer: &dyn Signer, now_ms: i64) -> Stored<Frame> {
        let device = rows.device()?;
        let (waiting, oldest_ms) = rows.waiting()?;
        let age_s = oldest_ms.map_or(0, |oldest| now_ms.saturating_sub(oldest).max(0) / 1000);
        let mut hello = Hello {
            version: limits::VERSION,
            device: device.device,
            nonce: device.nonce,
            signature: Signature([0; 64]),
            store_generation: device.store_generation,
            epoch: device.epoch,
            cursor: device.cursor,
            receipt: device.receipt,
            last_number: device.last_number,
            answered: device.answered,
            fills: rows.fills()?.into_iter().take(limits::FILLS_MAX).collect(),
            digest: scope_digest(rows, device.digest)?,
            waiting,
            oldest_s: u32::try_from(age_s).unwrap_or(u32::MAX),
            facts: self.facts.clone(),
        };
        hello.signature = signer.sign(&hello.proof(&self.endpoint.origin, &self.endpoint.path));
        Ok(Frame::Hello(hello))
    }

    fn welcome(
        &mut self,
        rows: &mut dyn Rows,
        welcome: &Welcome,
        now_ms: i64,
    ) -> Result<Vec<Frame>, SessionError> {
        self.welcomed = true;
        let mut device = rows.device()?;
        device.nonce = welcome.nonce;
        device.epoch = welcome.epoch;
        device.contact_ms = now_ms;
        device.offline_days = welcome.offline_days.unwrap_or(limits::OFFLINE_DAYS);
        // Rule H8. A role that this version does not know leaves what may be written as it was.
        let role = welcome.role.as_deref().and_then(|word| word.parse().ok());
        device.role = role.unwrap_or(device.role);
        if self.facts.is_some() {
            device.told.clone_from(&self.facts);
        }
        if welcome.idle && welcome.head.position >= device.cursor.position {
            device.cursor = welcome.head;
        }
        rows.put_device(&device)?;
        self.caught_up = welcome.idle;
        if welcome.idle {
            apply::settle(rows, device.cursor.position)?;
        }
        if !welcome.differs {
            return Ok(Vec::new());
        }
        self.healing = true;
        let digests = rows.account_digests()?;
        let digests = digests.into_iter().map(|(account, digest)| AccountDigest { account, digest });
        Ok(vec![Frame::Digest(Digests::Accounts(digests.take(limits::DIGEST_PARTS_MAX).collect()))])
    }

    /// The next batch, if none is on its way.
    fn push(&mut self, rows: &mut dyn Rows, signer: &dyn Signer) -> Stored<Option<Frame>> {
        if self.in_flight || !self.welcomed {
            return Ok(None);
        }
        let items = batch(rows.unanswered(self.sent, limits::PUSH_ITEMS_MAX)?);
        let Some(last) = items.last() else { return Ok(None) };
        self.sent = last.number;
        self.in_flight = true;
        let device = rows.device()?;
        let bytes: Vec<Vec<u8>> = items.into_iter().map(|item| item.bytes).collect();
        let items: Blob = Push::pack(&bytes);
        let signature = signer.sign(&Push::proof(device.device, device.store_generation, &items.0));
        Ok(Some(Frame::Push(Push { items, signature })))
    }
}

/// The digest of what lies under open leases: the sum over all records, less those that are only still being drained.
fn scope_digest(rows: &mut dyn Rows, all: u64) -> Stored<u64> {
    let mut sum = all;
    let mut left_out = BTreeSet::new();
    for state in [LeaseState::Frozen, LeaseState::Closing, LeaseState::Closed] {
        for lease in rows.leases_in(state)? {
            let Subject::Account(account) = lease.subject else { continue };
            let open = rows.leases_on(lease.subject)?.iter().any(|other| other.state == LeaseState::Open);
            if !open && left_out.insert(account) {
                for (_, digest) in rows.record_digests(account)? {
                    sum = digest::adjusted(sum, digest, 0);
                }
            }
        }
    }
    Ok(sum)
}

/// As many items as fit a push, at least one.
fn batch(items: Vec<ItemRow>) -> Vec<ItemRow> {
    let mut size_bytes = 0;
    items
        .into_iter()
        .take_while(|item| {
            let first = size_bytes == 0;
            size_bytes += item.bytes.len();
            first || size_bytes <= PUSH_BYTES_TARGET
        })
        .collect()
}
