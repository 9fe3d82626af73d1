//! Enrolment: a single-use code given out by the office, redeemed once by a device with its key.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use p256::ecdsa::VerifyingKey;
use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, PersonId, TerritoryId};
use roadbook_protocol::{Hash, Nonce, Tag16};
use roadbook_sync::ledger::{Aside, DeviceState, Renewals, ServerDevice};
use sha2::{Digest, Sha256};
use tracing::instrument;

use super::audit::{self, Act, By};
use super::devices::{device_name, revoke};
use super::{Done, OfficeError, unknown};
use crate::ambient::{self, moment};
use crate::store::append::Append;
use crate::store::cells::{role, state_word};
use crate::store::fetch::device;
use crate::store::{Store, Stored};

/// Letters and digits that are not mistaken for each other, 32 of them.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Length of a code: 60 bits.
const CODE_CHARS: usize = 12;

/// A code to hand to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolCode {
    /// The code, in groups of four. Shown once, kept nowhere.
    pub code: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// A code to be given out.
#[derive(Clone, Copy, Debug)]
pub struct NewEnrolCode {
    /// For whom.
    pub person: PersonId,
    /// For how many seconds it is good.
    pub lifetime_s: i64,
    /// The device that leaves when the code is used.
    pub replaces: Option<DeviceId>,
}

/// What a freshly enrolled device gets to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The device.
    pub device: DeviceId,
    /// Its person.
    pub person: PersonId,
    /// The person's name.
    pub person_name: String,
    /// The person's role.
    pub role: Role,
    /// The first store generation.
    pub store_generation: u32,
    /// The nonce to sign in the first hello.
    pub nonce: Nonce,
    /// The server's epoch.
    pub epoch: Tag16,
    /// The key for record digests.
    pub digest_key: Tag16,
}

impl Store {
    /// Gives out a code for a person, good for so many seconds.
    #[instrument(name = "db.enrol_code.add", skip_all, fields(%person), err(level = "debug"))]
    pub async fn add_enrol_code(&self, person: PersonId, lifetime_s: i64) -> Done<EnrolCode> {
        self.add_enrol_code_by(None, NewEnrolCode { person, lifetime_s, replaces: None }).await
    }

    /// The same by somebody, with a line in the audit; perhaps for a device that takes another's place: the old one leaves
    /// when the code is used.
    ///
    /// # Errors
    /// [`OfficeError::Conflict`] when the device to be replaced is out of use already.
    #[instrument(name = "db.enrol_code.add_by", skip_all, fields(person = %new.person), err(level = "debug"))]
    pub async fn add_enrol_code_by(&self, by: Option<&By>, new: NewEnrolCode) -> Done<EnrolCode> {
        let NewEnrolCode { person, lifetime_s, replaces } = new;
        let known = self.lookup_person_by_id(person).await?.filter(|person| person.active);
        known.ok_or_else(|| unknown("active person", person))?;
        if let Some(old) = replaces {
            self.must_be_replaceable(old, person).await?;
        }
        let letters =
            ambient::random::<CODE_CHARS>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        let code =
            letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-");
        let expires_at = moment(ambient::now_ms().saturating_add(lifetime_s.saturating_mul(1000)));
        let mut tx = self.pool().begin().await?;
        sqlx::query!(
            "insert into org.enrol_code (hash, person_id, expires_at, replaces_id) values ($1, $2, $3, $4)",
            &code_hash(&code).0[..],
            person.uuid(),
            expires_at,
            replaces.map(DeviceId::uuid)
        )
        .execute(&mut *tx)
        .await?;
        let detail =
            serde_json::json!({ "expires_at": expires_at, "replaces": replaces.map(DeviceId::uuid) });
        let act = Act { action: "enrol_code.add", subject: Some(("person", person.uuid())), detail };
        audit::record(&mut tx, by, act).await?;
        tx.commit().await?;
        Ok(EnrolCode { code, expires_at })
    }

    async fn must_be_replaceable(&self, old: DeviceId, person: PersonId) -> Done<()> {
        let query = sqlx::query_scalar!(
            "select state from org.device where id = $1 and person_id = $2",
            old.uuid(),
            person.uuid()
        );
        let state = query.fetch_optional(self.pool()).await?.ok_or_else(|| unknown("device", old))?;
        if state != state_word(DeviceState::Active) {
            let text = "the device to be replaced is out of use already; give out a code without it";
            return Err(OfficeError::conflict("wrong_state", text));
        }
        Ok(())
    }

    /// Enrols a device by a code; `None` when the code is unknown, used or too old. A device that asks again with the
    /// code and key that it was enrolled by, and never said hello since, lost the answer and gets it again.
    ///
    /// # Errors
    /// [`OfficeError::Impossible`] or [`OfficeError::Invalid`] when the key or the name is not one; the code is then still good.
    pub async fn enrol(&self, code: &str, name: &str, public_key: &[u8]) -> Done<Option<Enrolled>> {
        self.enrol_from(None, code, name, public_key).await
    }

    /// The same from a network address.
    ///
    /// # Errors
    /// As [`Store::enrol`].
    #[instrument(name = "db.device.enrol", skip_all, err(level = "debug"))]
    pub async fn enrol_from(
        &self,
        address: Option<IpAddr>,
        code: &str,
        name: &str,
        public_key: &[u8],
    ) -> Done<Option<Enrolled>> {
        check_key(public_key)?;
        let name = device_name(name)?;
        let mut append = self.append_followed().await?;
        let now_ms = append.book.now_ms;
        let id = DeviceId::new(now_ms.unsigned_abs(), ambient::random());
        let Some(Redeemed { person, person_name, role, replaces }) = redeem(&mut append, code).await? else {
            return self.enrolled_before(append, code, public_key).await;
        };
        if let Some(old) = replaces {
            replace(&mut append, old, id).await?;
        }
        let nonce = Nonce(ambient::random());
        let mark = append.book.mark();
        sqlx::query!(
            "
            insert into org.device (id, person_id, name, public_key, nonce, start_position, start_chain, enrolled_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            ",
            id.uuid(),
            person.uuid(),
            name,
            public_key,
            &nonce.0[..],
            crate::store::cells::signed(mark.position),
            &mark.chain.0[..],
            moment(now_ms)
        )
        .execute(append.connection())
        .await?;
        sqlx::query!(
            "update org.enrol_code set used_at = $2, device_id = $3 where hash = $1",
            &code_hash(code).0[..],
            moment(now_ms),
            id.uuid()
        )
        .execute(append.connection())
        .await?;
        let act = Act {
            action: "device.enrol",
            subject: Some(("device", id.uuid())),
            detail: serde_json::json!({ "name": name }),
        };
        audit::record(append.connection(), Some(&By { person, role, address }), act).await?;
        let territories = fetch_scope(&mut append, person).await?;
        let row = ServerDevice {
            id,
            person,
            role,
            former_roles: Vec::new(),
            public_key: public_key.to_vec(),
            state: DeviceState::Active,
            store_generation: 1,
            last_number: 0,
            nonce,
            start: mark,
            renewals: Renewals::default(),
            aside: Aside::default(),
        };
        append.book.enrol(row.clone(), &territories);
        append.commit().await?;
        Ok(Some(self.enrolled(row, person_name)))
    }

    async fn enrolled_before(
        &self,
        mut append: Append<'_>,
        code: &str,
        public_key: &[u8],
    ) -> Done<Option<Enrolled>> {
        let query = sqlx::query!(
            "
            select device.id, person.name
            from org.enrol_code
            join org.device on device.id = enrol_code.device_id
            join org.person on person.id = device.person_id
            where hash = $1 and public_key = $2 and last_seen_at is null
            ",
            &code_hash(code).0[..],
            public_key
        );
        let Some(row) = query.fetch_optional(append.connection()).await? else { return Ok(None) };
        let device = device(append.connection(), row.id.into()).await?;
        Ok(device.map(|device| self.enrolled(device, row.name)))
    }

    fn enrolled(&self, device: ServerDevice, person_name: String) -> Enrolled {
        let settings = self.settings();
        Enrolled {
            device: device.id,
            person: device.person,
            person_name,
            role: device.role,
            store_generation: device.store_generation,
            nonce: device.nonce,
            epoch: settings.epoch,
            digest_key: settings.digest_key,
        }
    }
}

fn check_key(public_key: &[u8]) -> Done<()> {
    match public_key.len() == 33 && VerifyingKey::from_sec1_bytes(public_key).is_ok() {
        true => Ok(()),
        false => {
            let text = "the public key is not a P-256 key, SEC1 compressed (33 bytes)";
            Err(OfficeError::Impossible(text.into()))
        }
    }
}

/// What a good code stands for.
struct Redeemed {
    person: PersonId,
    person_name: String,
    role: Role,
    replaces: Option<DeviceId>,
}

/// The old device leaves in the append in which the new one comes. One that was taken out meanwhile stays as it is.
async fn replace(append: &mut Append<'_>, old: DeviceId, new: DeviceId) -> Done<()> {
    append.fetch_devices(&[old]).await?;
    if append.book.devices.get(&old).is_none_or(|device| device.state != DeviceState::Active) {
        return Ok(());
    }
    revoke(append, old, DeviceState::Leaving, "another device takes this one's place").await?;
    let detail = serde_json::json!({ "by": new.uuid() });
    let act = Act { action: "device.replace", subject: Some(("device", old.uuid())), detail };
    audit::record(append.connection(), None, act).await?;
    Ok(())
}

/// Finds a good code and keeps others from it until the end of the transaction.
async fn redeem(append: &mut Append<'_>, code: &str) -> Stored<Option<Redeemed>> {
    let now = moment(append.book.now_ms);
    let query = sqlx::query!(
        "
        select person.id, person.name, person.role, enrol_code.replaces_id
        from org.enrol_code join org.person on person.id = enrol_code.person_id
        where hash = $1 and used_at is null and expires_at > $2 and person.active
        for update of enrol_code
        ",
        &code_hash(code).0[..],
        now
    );
    let Some(row) = query.fetch_optional(append.connection()).await? else { return Ok(None) };
    Ok(Some(Redeemed {
        person: row.id.into(),
        person_name: row.name,
        role: role(&row.role)?,
        replaces: row.replaces_id.map(DeviceId::from),
    }))
}

/// Fetches everything that a person's device may hold: territories with those entitled, and the accounts in them. Returns
/// the territories that the person holds in person.
pub(super) async fn fetch_scope(append: &mut Append<'_>, person: PersonId) -> Stored<Vec<TerritoryId>> {
    let now = moment(append.book.now_ms);
    let query = sqlx::query!(
        r#"
        select territory_id as "territory!", holds as "holds!" from org.reach($1, $2)
        "#,
        person.uuid(),
        now
    );
    let rows = query.fetch_all(append.connection()).await?;
    let all: Vec<TerritoryId> = rows.iter().map(|row| row.territory.into()).collect();
    append.fetch_territories(&all).await?;
    append.fetch_accounts_in(&all).await?;
    Ok(rows.into_iter().filter(|row| row.holds).map(|row| row.territory.into()).collect())
}

/// What is kept of a code. Case, spaces and dashes do not matter.
fn code_hash(code: &str) -> Hash {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let mut hasher = Sha256::new();
    hasher.update(b"roadbook enrol 1\0");
    hasher.update(plain.as_bytes());
    Hash(hasher.finalize().into())
}
