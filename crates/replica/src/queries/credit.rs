//! What an account owes, as far as this device knows: what the system behind said last, and its orders that were handed in and are
//! not through, whether the server has heard of them or not, or were accepted since. What it may owe is the model's affair
//! ([`roadbook_model::pricing::credit`]).

use roadbook_model::pricing::{Credit, Standing};
use roadbook_model::{AccountId, Fields, RecordId, document};
use roadbook_protocol::entry::Decision;
use rusqlite::{Connection, OptionalExtension};

use super::plan::{asked, decided};
use super::record::current;
use crate::store::values::{Sixteen, sixteen};
use crate::store::{Failure, Store, items, records};

const ORDERS: &str = "SELECT record FROM view WHERE account = ? AND kind = 'order'";

impl Store {
    /// The account that an account is part of, as far as the device knows; of most, itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn root_of(&self, account: AccountId) -> Result<AccountId, Failure> {
        let sql = "SELECT account FROM view WHERE record = ?";
        self.read(|c| {
            let found =
                c.prepare_cached(sql)?.query_row([Sixteen::from(account)], |row| sixteen(row, "account"));
            Ok(found.optional()?.unwrap_or(account))
        })
    }

    /// What a record says here, with what waits on it; nothing if it is not there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn content(&self, id: RecordId) -> Result<Fields, Failure> {
        self.read(|c| Ok(content(c, id)?.map(|(fields, _)| fields).unwrap_or_default()))
    }

    /// What an account may owe, and does; without these orders.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn credit(
        &self,
        account: AccountId,
        profile: &Fields,
        without: &[RecordId],
    ) -> Result<Credit, Failure> {
        let orders_minor = self.read(|c| {
            let mut statement = c.prepare_cached(ORDERS)?;
            let orders = statement.query_map([Sixteen::from(account)], |row| sixteen(row, "record"))?;
            let mut sum = 0_i64;
            for order in orders.collect::<rusqlite::Result<Vec<RecordId>>>()? {
                if !without.contains(&order) {
                    sum = sum.saturating_add(open_minor(c, order, profile)?);
                }
            }
            Ok(sum)
        })?;
        Ok(Credit::of(profile, orders_minor))
    }
}

/// What an order adds to what its account owes, with its tax: as decided, and as it stands here while the server has not heard of
/// it.
fn open_minor(connection: &Connection, order: RecordId, profile: &Fields) -> Result<i64, Failure> {
    let own = items::of_record(connection, order)?;
    let Some((fields, decision)) = content(connection, order)? else { return Ok(0) };
    let waiting = asked(own.iter().filter(|item| !item.tray));
    let accepted_ms = decision.as_ref().and_then(|decision| decision.effective_ms);
    let standing = waiting.or_else(|| decision.as_ref().map(decided));
    Ok(standing.map_or(0, |it| {
        let standing = Standing { state: &it.state, decided_minor: it.total_minor, accepted_ms };
        Credit::of_order(&fields, standing, profile)
    }))
}

fn content(connection: &Connection, id: RecordId) -> Result<Option<(Fields, Option<Decision>)>, Failure> {
    let Some(row) = records::lookup(connection, id)? else { return Ok(None) };
    let Some(kind) = row.envelope.kind.known() else { return Ok(None) };
    let Some(doc) = current(&row, &items::of_record(connection, id)?) else { return Ok(None) };
    Ok(Some((document::hydrate(kind.spec(), &doc), row.decision)))
}
