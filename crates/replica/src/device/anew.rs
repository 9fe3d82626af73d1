//! Enrolling a device anew in its own home, as when it was told that it is a copy (rule S4): it is a device of its own from
//! then on, with a key of its own. Its store is set aside, and carried over by the next sync. The new enrolment stands whole
//! in one file before anything of the old one is touched, so that a program that is killed in between goes on where it was.

use std::path::Path;

use roadbook_protocol::enrol::EnrolRequest;

use super::{Device, DeviceError, NewDevice, device_row};
use crate::identity::{Home, HomeError, Identity, Next};
use crate::store::{Failure, Store, files};
use crate::transport::{Address, Http, Patience};

impl Device {
    /// Enrols this home anew, with a single-use code from the office for the same person. Nothing captured is lost: what the
    /// server lacks of it is captured again by the next sync.
    ///
    /// # Errors
    /// `not_enrolled`; `home_in_use`; `another_person`; the server's refusal of the code; what is wrong with the road to it.
    /// The home is as it was then.
    pub fn enrol_anew(home: &Path, new: &NewDevice<'_>) -> Result<Self, DeviceError> {
        let old = Self::open(home)?;
        let address = Address::parse(new.server)?;
        if let Some(pem) = new.authority {
            old.trust_authority(pem)?;
        }
        let request = EnrolRequest {
            code: new.code.trim().to_owned(),
            name: new.name.trim().to_owned(),
            public_key: old.home.next_key()?.public(),
        };
        let answer = Http::new(&address, &old.trust(), Patience::default())?.enrol(&request)?;
        if answer.person != old.identity.person {
            old.home.forget_next_key()?;
            return Err(HomeError::AnotherPerson(answer.person_name).into());
        }
        let identity = Identity::of(address.origin(), request.name, &answer);
        old.home.put_next(&Next { identity, answer })?;
        drop(old);
        Self::open(home)
    }
}

/// Puts a new enrolment that was kept in the place of the old one.
pub(super) fn finish(home: &Home) -> Result<(), DeviceError> {
    let Some(next) = home.next()? else { return Ok(()) };
    let row = device_row(&next.answer);
    let mut store = match Store::open(&home.store()) {
        // It was set aside by that, and is carried over like the other.
        Err(Failure::Damaged { .. }) => Store::open(&home.store())?,
        other => other?,
    };
    match store.device()? {
        Some(device) if device.device == row.device => {}
        Some(_) => {
            store.start_afresh(files::GENERATION, &row)?;
        }
        None => store.put_device(&row)?,
    }
    Ok(home.take_next(&next)?)
}
