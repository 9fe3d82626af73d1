//! Guesses at passwords, slowed down: each failure in a row makes the next wait twice as long, by account and by address.
//! Kept in the database, so that a restart forgets none.
//!
//! Nobody is locked out. The longest wait is a quarter of an hour; and from an address where a person signed in before,
//! neither strangers' guesses at the account nor other people's at the same address make that person wait.

use std::net::IpAddr;

use serde_json::json;
use sha2::{Digest, Sha256};
use tracing::instrument;

use crate::ambient::moment;
use crate::store::office::audit::{self, Act};
use crate::store::{Store, Stored};

/// Failures in a row that cost an account no wait.
const FREE_ACCOUNT: i32 = 5;
/// The same for an address: many people may share one.
const FREE_ADDRESS: i32 = 20;
/// Longest wait, in seconds.
const WAIT_S_MAX: i32 = 15 * 60;
/// Failures older than this are forgotten, in seconds.
const FORGET_S: i32 = 24 * 60 * 60;
/// For how long an address is known after a sign-in, in seconds.
const KNOWN_S: i32 = 90 * 24 * 60 * 60;

/// The audit tells of one account's or address's guesses once in so many seconds.
const NOTE_S: i32 = 60 * 60;

/// A guess that was counted as failed before its password was looked at, until [`Store::forgive`] says otherwise.
#[derive(Clone, Debug)]
pub struct Guess {
    account: [u8; 32],
    address: Option<[u8; 32]>,
}

/// Why a password is not even looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failed sign-ins; try again in {seconds} s")]
pub struct Wait {
    /// After how many seconds to try again.
    pub seconds: u32,
}

impl Store {
    /// Counts a guess at an account, by e-mail address, from an address.
    #[instrument(name = "db.guess.count", skip_all, err(level = "debug"))]
    pub async fn count_guess(
        &self,
        email: &str,
        address: IpAddr,
        now_ms: i64,
    ) -> Stored<Result<Guess, Wait>> {
        let network = network(address);
        let guess = match self.is_known_address(email, &network, now_ms).await? {
            true => Guess { account: key("known", &[&email.to_lowercase(), &network]), address: None },
            false => Guess {
                account: key("account", &[&email.to_lowercase()]),
                address: Some(key("address", &[&network])),
            },
        };
        let mut tx = self.pool().begin().await?;
        // In one order for all, so that two guesses never wait for each other.
        let counted = [(guess.account, FREE_ACCOUNT)]
            .into_iter()
            .chain(guess.address.map(|address| (address, FREE_ADDRESS)));
        for (key, free) in counted {
            if !count(&mut tx, &key, free, now_ms).await? {
                tx.rollback().await?;
                self.note_guess(&guess, email, address, now_ms).await?;
                return Ok(Err(self.wait(&key, now_ms).await?));
            }
        }
        tx.commit().await?;
        Ok(Ok(guess))
    }

    /// The guess was wrong, or not even looked at: where guesses come so often that they are slowed down, the audit tells of
    /// them. Of an account only if there is such a person; of what a guesser makes up, the address is told.
    #[instrument(name = "db.guess.note", skip_all, err(level = "debug"))]
    pub async fn note_guess(&self, guess: &Guess, email: &str, address: IpAddr, now_ms: i64) -> Stored<()> {
        let mut tx = self.pool().begin().await?;
        let query = sqlx::query_scalar!("select id from org.person where lower(email) = lower($1)", email);
        let person = query.fetch_optional(&mut *tx).await?;
        // Of one who does not exist as much is done as of others: it must not be seen by the time that it takes.
        let of_address = guess.address.map(|key| (key, FREE_ADDRESS, true, None));
        let subject = person.map(|person| ("person", person));
        let of_account = (guess.account, FREE_ACCOUNT, person.is_some(), subject);
        for (key, free, is_told, subject) in [of_account].into_iter().chain(of_address) {
            let query = sqlx::query_scalar!(
                "
                update org.guess set noted_at = $3::timestamptz
                where key = $1 and failures > $2 and (noted_at is null or noted_at <= $3::timestamptz - make_interval(secs => $4))
                returning failures
                ",
                &key[..],
                free,
                moment(now_ms),
                f64::from(NOTE_S)
            );
            if let Some(failures) = query.fetch_optional(&mut *tx).await?.filter(|_| is_told) {
                let detail = json!({ "failures": failures, "address": address.to_canonical() });
                let act = Act { action: "session.guess", subject, detail };
                audit::record(&mut tx, None, act).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The guess was right: the account starts anew, and the address gets its count back and is known from now on.
    #[instrument(name = "db.guess.forgive", skip_all, err(level = "debug"))]
    pub async fn forgive(&self, guess: &Guess, email: &str, address: IpAddr, now_ms: i64) -> Stored<()> {
        sqlx::query!("delete from org.guess where key = $1", &guess.account[..]).execute(self.pool()).await?;
        if let Some(key) = guess.address {
            sqlx::query!(
                "update org.guess set failures = failures - 1, wait_until = $2 where key = $1",
                &key[..],
                moment(now_ms)
            )
            .execute(self.pool())
            .await?;
        }
        sqlx::query!(
            "
            insert into org.known_address (person_id, address, last_at)
            select id, $2::text::inet, $3 from org.person where lower(email) = lower($1)
            on conflict (person_id, address) do update set last_at = excluded.last_at
            ",
            email,
            network(address),
            moment(now_ms)
        )
        .execute(self.pool())
        .await?;
        self.forget_old(now_ms).await
    }

    /// Whether the person of this e-mail address signed in from there.
    async fn is_known_address(&self, email: &str, network: &str, now_ms: i64) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"
            select exists (
                select from org.known_address join org.person on person.id = known_address.person_id
                where lower(email) = lower($1) and address = $2::text::inet and last_at > $3
            ) as "known!"
            "#,
            email,
            network,
            moment(now_ms - i64::from(KNOWN_S) * 1000)
        );
        Ok(query.fetch_one(self.pool()).await?)
    }

    async fn wait(&self, key: &[u8; 32], now_ms: i64) -> Stored<Wait> {
        let query = sqlx::query_scalar!("select wait_until from org.guess where key = $1", &key[..]);
        let until = query.fetch_optional(self.pool()).await?;
        let rest_ms = until.map_or(0, |until| until.timestamp_millis() - now_ms);
        Ok(Wait { seconds: u32::try_from(rest_ms.max(1).unsigned_abs().div_ceil(1000)).unwrap_or(u32::MAX) })
    }

    /// Sweeps out what counts no longer.
    async fn forget_old(&self, now_ms: i64) -> Stored<()> {
        sqlx::query!("delete from org.guess where last_at < $1", moment(now_ms - i64::from(FORGET_S) * 1000))
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

async fn count(connection: &mut sqlx::PgConnection, key: &[u8; 32], free: i32, now_ms: i64) -> Stored<bool> {
    let query = sqlx::query_scalar!(
        r#"select org.count_guess($1, $2, make_interval(secs => $3), make_interval(secs => $4), $5) as "at""#,
        &key[..],
        free,
        f64::from(WAIT_S_MAX),
        f64::from(FORGET_S),
        moment(now_ms)
    );
    Ok(query.fetch_one(connection).await?.is_some())
}

/// What is counted of an address: an IPv4 address, or the network of an IPv6 address, of which one guesser has plenty.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", a, b, c, d)
        }
    }
}

fn key(kind: &str, parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"roadbook guess 1\0");
    for part in std::iter::once(&kind).chain(parts) {
        hasher.update(part);
        hasher.update(b"\0");
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_guesser_is_one_network() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:db8:1:2::2"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }
}
