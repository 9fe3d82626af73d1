//! Records on this device that may be the same customer, or the same person: a hint while one is being captured.

use roadbook_model::alike::Likeness;
use roadbook_model::projection::from_json;
use roadbook_model::{AccountId, Fields, Kind, RecordId};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value as Json;

use super::summaries::{self, Summary};
use crate::store::values::{Sixteen, sixteen};
use crate::store::{Failure, Store, alike};

/// A record that may be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alike {
    /// It, as in lists.
    #[serde(flatten)]
    pub summary: Summary,
    /// How alike they are.
    #[serde(flatten)]
    pub likeness: Likeness,
}

/// What was found, and how many records were compared for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AlikeFound {
    /// The likely ones, the most alike first.
    pub records: Vec<Alike>,
    /// Records that were compared.
    pub compared: usize,
}

impl Store {
    /// Records that are likely the same as one that is being captured, with this content. At most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alike(
        &self,
        kind: Kind,
        fields: &Fields,
        account: Option<AccountId>,
        limit: usize,
    ) -> Result<AlikeFound, Failure> {
        self.read(|c| find(c, kind, fields, account, None, limit))
    }

    /// Records that are likely the same as this one. At most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alike_of(&self, record: RecordId, limit: usize) -> Result<AlikeFound, Failure> {
        self.read(|c| match content(c, record)? {
            Some((kind, account, fields)) => find(c, kind, &fields, Some(account), Some(record), limit),
            None => Ok(AlikeFound::default()),
        })
    }
}

fn find(
    connection: &Connection,
    kind: Kind,
    fields: &Fields,
    account: Option<AccountId>,
    except: Option<RecordId>,
    limit: usize,
) -> Result<AlikeFound, Failure> {
    if !alike::concerns(kind) {
        return Ok(AlikeFound::default());
    }
    let own = alike::traits(kind, fields, account);
    let mut found = AlikeFound::default();
    for record in alike::sharing(connection, kind, &own)? {
        if Some(record) == except {
            continue;
        }
        let Some((kind, account, fields)) = content(connection, record)? else { continue };
        found.compared += 1;
        let likeness = own.likeness(&alike::traits(kind, &fields, Some(account)));
        if let Some(summary) = summaries::lookup(connection, record)?.filter(|_| likeness.is_likely()) {
            found.records.push(Alike { summary, likeness });
        }
    }
    found.records.sort_by_key(|alike| (std::cmp::Reverse(alike.likeness.points), alike.summary.record));
    found.records.truncate(limit);
    Ok(found)
}

/// What is shown of a record of a kind that is known here.
fn content(connection: &Connection, record: RecordId) -> Result<Option<(Kind, AccountId, Fields)>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT kind, account, fields FROM view WHERE record = ?")?;
    let row = statement.query_row([Sixteen::from(record)], |row| {
        Ok((row.get::<_, String>(0)?, sixteen::<AccountId>(row, "account")?, row.get::<_, String>(2)?))
    });
    let Some((kind, account, json)) = row.optional()? else { return Ok(None) };
    let json: Json = serde_json::from_str(&json).unwrap_or_default();
    let known = Kind::find(&kind).and_then(|kind| Some((kind, from_json(kind.spec(), &json).ok()?)));
    Ok(known.map(|(kind, fields)| (kind, account, fields)))
}
