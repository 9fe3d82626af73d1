//! A device, whole: its home, its store, its key, and the road to its server. Phones, the command line and load tests
//! work through this.
//!
//! A capture is saved when its method returns, and nothing of it is sent before: frames are made inside a transaction
//! and leave after its commit. Captures and questions may come from any thread while another one syncs.

mod anew;
mod aside;
mod backoff;
mod brief;
mod error;
mod exchange;
mod leave;
mod process;
mod report;
mod sign_out;
mod sync;
mod talk;
mod watch;

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use roadbook_model::{AccountId, Edit, Fields, Kind, RecordId, RequestId, TerritoryId, Verb};
use roadbook_protocol::enrol::{EnrolAnswer, EnrolRequest};
use roadbook_protocol::{Mark, limits};
use roadbook_sync::device::reapply::{self, Discarded};
use roadbook_sync::device::{CaptureError, Ctx, DeviceRow, Known, NewCapture, Rows, capture, content};

pub use error::DeviceError;
pub use process::{HandOffView, Offer, PathView, ResponseView, RunView, StepView};
pub use report::{Anew, Carry, Left, Overruled, SyncReport, Tell};
pub use sync::{Road, SyncOptions};
pub use watch::{WatchEvent, Watcher};

use crate::edge;
use crate::identity::{Home, Identity, Key};
use crate::queries::Status;
use crate::store::{Failure, Store};
use crate::transport::{Address, Http, Patience, TransportError, Trust};

/// What a device is enrolled with.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice<'a> {
    /// The server's address.
    pub server: &'a str,
    /// The single-use code from the office.
    pub code: &'a str,
    /// What the device is to be called.
    pub name: &'a str,
    /// The company's own certificate authority, PEM, to be trusted beside the system's.
    pub authority: Option<&'a [u8]>,
}

/// A device at work.
pub struct Device {
    home: Home,
    identity: Identity,
    address: Address,
    trust: RwLock<Trust>,
    key: Key,
    store: RwLock<Store>,
    /// Raised with each capture, so that a connection that waits notices.
    captures: AtomicU64,
    clock: fn() -> i64,
    recovered: Option<PathBuf>,
}

impl Device {
    /// Enrols this home as a device, with a single-use code from the office. The key is made before anything is asked; a
    /// further attempt uses the same one.
    ///
    /// # Errors
    /// `already_enrolled`; the server's refusal of the code; what is wrong with the road to it.
    pub fn enrol(home: &Path, new: &NewDevice<'_>) -> Result<Self, DeviceError> {
        let home = Home::at(home);
        leave::finish_wiping(&home)?;
        home.must_be_free()?;
        let address = Address::parse(new.server)?;
        let trust = trusting(new.authority)?;
        home.make()?;
        home.begin_anew()?;
        if let Some(pem) = new.authority {
            home.put_authority(pem)?;
        }
        let store = Store::open(&home.store())?;
        let request = EnrolRequest {
            code: new.code.trim().to_owned(),
            name: new.name.trim().to_owned(),
            public_key: home.key_or_new()?.public(),
        };
        let answer = Http::new(&address, &trust, Patience::default())?.enrol(&request)?;
        store.put_device(&device_row(&answer))?;
        let identity = Identity::of(address.origin(), request.name, &answer);
        home.put(&identity, &answer)?;
        Self::with(home, identity, store, None)
    }

    /// Opens an enrolled home. A damaged store is set aside and a fresh one started, which the next sync fills; what can
    /// still be read of the damaged one is carried over then. [`Device::recovered`] says so.
    ///
    /// # Errors
    /// `not_enrolled`; `home_in_use`; what is wrong with the home or its store.
    pub fn open(home: &Path) -> Result<Self, DeviceError> {
        Self::open_as(home, Known::ALL)
    }

    /// The same as a version of the app does that knows these kinds: how an earlier one is played.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn open_as(home: &Path, known: Known) -> Result<Self, DeviceError> {
        let home = Home::at(home);
        leave::finish_wiping(&home)?;
        anew::finish(&home)?;
        let identity = home.identity()?;
        let path = home.store();
        let (store, kept) = match Store::open_as(&path, known.clone()) {
            Err(Failure::Damaged { kept, .. }) => (Store::open_as(&path, known)?, Some(kept)),
            other => (other?, None),
        };
        if store.device()?.is_none() {
            let row = device_row(&home.enrolment()?);
            store.put_device(&DeviceRow { store_generation: sync::NOBODYS_GENERATION, ..row })?;
        }
        Self::with(home, identity, store, kept)
    }

    fn with(
        home: Home,
        identity: Identity,
        store: Store,
        recovered: Option<PathBuf>,
    ) -> Result<Self, DeviceError> {
        let (address, key) = (Address::parse(&identity.server)?, home.key()?);
        let trust = RwLock::new(trusting(home.authority()?.as_deref())?);
        let (store, captures) = (RwLock::new(store), AtomicU64::new(0));
        Ok(Self { home, identity, address, trust, key, store, captures, clock: edge::unix_ms, recovered })
    }

    /// Trusts another certificate authority of the company's own from now on: one of them runs out, or is replaced.
    ///
    /// # Errors
    /// `bad_ca`; what is wrong with the home.
    pub fn trust_authority(&self, pem: &[u8]) -> Result<(), DeviceError> {
        let trust = trusting(Some(pem))?;
        if self.home.authority()?.as_deref() != Some(pem) {
            self.home.put_authority(pem)?;
        }
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = trust;
        Ok(())
    }

    /// Whom the device believes to be its server.
    fn trust(&self) -> Trust {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same device by another clock (milliseconds since 1970): for tests and simulations.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> i64) -> Self {
        self.clock = clock;
        self
    }

    /// Who this device is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where the damaged store is that opening had to set aside, if it had to.
    pub fn recovered(&self) -> Option<&Path> {
        self.recovered.as_deref()
    }

    /// The store, to look things up. Hold it no longer than that: a new store generation waits for it.
    pub fn store(&self) -> impl Deref<Target = Store> + '_ {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the device stands now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status(&self) -> Result<Status, DeviceError> {
        Ok(self.store().status(edge::local(self.now_ms()))?)
    }

    /// Says that the person may look at what is on the device. Whoever shows records asks this first; captures do not.
    ///
    /// # Errors
    /// `sign_in_due` when the server has been out of reach for longer than the organisation allows: the next sync opens
    /// everything again.
    pub fn must_be_signed_in(&self) -> Result<(), DeviceError> {
        let device = self.store().device()?.ok_or(Failure::Empty)?;
        if device.is_sign_in_due(self.now_ms()) {
            return Err(DeviceError::SignInDue { days: device.offline_days });
        }
        Ok(())
    }

    /// Saves a new record of an account. A case begins what running processes have for that, in the same transaction.
    ///
    /// # Errors
    /// A rule of the kind; a role or scope that does not allow it; `disk_full`. Nothing is saved then.
    pub fn create(&self, kind: Kind, account: AccountId, fields: Fields) -> Result<RecordId, DeviceError> {
        if kind == Kind::CASE {
            return self.create_case(account, fields);
        }
        self.put_new(NewCapture { kind, account: Some(account), territory: None, id: None, fields })
    }

    /// Saves a new account, in this territory if the person holds several.
    ///
    /// # Errors
    /// As [`Device::create`]; `no_territory` for a person who holds none.
    pub fn new_account(
        &self,
        fields: Fields,
        territory: Option<TerritoryId>,
    ) -> Result<AccountId, DeviceError> {
        let new = NewCapture { kind: Kind::ACCOUNT, account: None, territory, id: None, fields };
        self.put_new(new).map(RecordId::account)
    }

    /// Saves edits of a record, as one change.
    ///
    /// # Errors
    /// As [`Device::create`]; `record_closed` once its state allows no edit; `nothing_changed`.
    pub fn edit(&self, record: RecordId, edits: &[Edit]) -> Result<(), DeviceError> {
        self.capture(|rows, ctx| capture::edit(rows, ctx, record, edits))
    }

    /// Saves a wish for a decision on a record, such as to submit an order.
    ///
    /// # Errors
    /// As [`Device::create`]; `wrong_state` when it cannot be asked as the record stands.
    pub fn request(&self, verb: Verb, record: RecordId) -> Result<RequestId, DeviceError> {
        self.capture(|rows, ctx| capture::request(rows, ctx, verb, record))
    }

    /// Corrects an order that was handed in and is not accepted yet: takes it back, changes it and hands it in again, all of
    /// it or nothing.
    ///
    /// # Errors
    /// As [`Device::edit`] and [`Device::request`]; `wrong_state` for one that is accepted or cancelled.
    pub fn correct(&self, record: RecordId, edits: &[Edit]) -> Result<(), DeviceError> {
        self.capture(|rows, ctx| capture::correct(rows, ctx, record, edits))
    }

    /// Captures a held item anew, on what is accepted now and under a lease that the device has now. The held one leaves
    /// the tray once the server has taken the new one. What others wrote meanwhile stands, and a notice keeps what does not;
    /// an item of which nothing else is left is given up with that.
    ///
    /// # Errors
    /// `not_held`, `underway`; `lease_frozen` or `out_of_scope` while the account is not this device's; `nothing_changed`
    /// when the record says all of it already.
    pub fn reapply(&self, number: u64) -> Result<Anew, DeviceError> {
        let done = self.capture(|rows, ctx| reapply::reapply(rows, ctx, number))?;
        let overruled = done.conflicts.into_iter().map(|conflict| Overruled::of(done.record, conflict));
        Ok(Anew { number: done.number, record: done.record, overruled: overruled.collect() })
    }

    /// Gives up on a held or refused item. A held one leaves the tray once the server has written it down.
    ///
    /// # Errors
    /// `not_held`, `underway`.
    pub fn discard_held(&self, number: u64) -> Result<Discarded, DeviceError> {
        self.capture(|rows, ctx| reapply::discard(rows, ctx, number))
    }

    fn put_new(&self, new: NewCapture) -> Result<RecordId, DeviceError> {
        self.capture(|rows, ctx| capture::create(rows, ctx, new))
    }

    fn capture<T>(
        &self,
        work: impl FnOnce(&mut dyn Rows, &mut Ctx<'_>) -> Result<T, CaptureError>,
    ) -> Result<T, DeviceError> {
        let mut random = edge::random;
        let mut ctx = Ctx { now_ms: self.now_ms(), random: &mut random };
        let saved = match self.store().transaction(|rows| work(rows, &mut ctx)) {
            Err(CaptureError::Damaged(record)) => {
                self.store().transaction(|rows| content::let_go(rows, record))?;
                return Err(CaptureError::Damaged(record).into());
            }
            saved => saved?,
        };
        self.captures.fetch_add(1, Ordering::Release);
        Ok(saved)
    }

    fn now_ms(&self) -> i64 {
        (self.clock)()
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("identity", &self.identity).finish_non_exhaustive()
    }
}

fn trusting(authority: Option<&[u8]>) -> Result<Trust, DeviceError> {
    Ok(authority.map(Trust::with_authority).transpose().map_err(TransportError::from)?.unwrap_or_default())
}

/// The row of a store that has read nothing yet.
fn device_row(answer: &EnrolAnswer) -> DeviceRow {
    DeviceRow {
        device: answer.device,
        person: answer.person,
        role: answer.role,
        server_key: answer.server_key.clone(),
        digest_key: answer.digest_key,
        store_generation: answer.store_generation,
        epoch: answer.epoch,
        nonce: answer.nonce,
        cursor: answer.cursor.into(),
        receipt: Mark::START,
        answered: None,
        last_number: 0,
        digest: 0,
        contact_ms: 0,
        told: None,
        offline_days: limits::OFFLINE_DAYS,
        practised: Vec::new(),
        leaving: Default::default(),
    }
}
