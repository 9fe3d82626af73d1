//! What becomes of rows of an import that are consents: each is entered at its contact, or stands there already. None is
//! changed or taken away; what was given is taken back by another row.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use roadbook_model::projection::from_json;
use roadbook_model::rule::violations;
use roadbook_model::{Kind, RecordId};
use serde_json::{Map, Value as Json, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Kept;
use super::find::{Meant, accounts};
use super::judge::{Row, Verdict, ambiguous, item_id, unknown_account};
use crate::ambient;
use crate::exchange::Fault;
use crate::exchange::consents::{Said, parse};
use crate::store::Stored;
use crate::store::office::Done;

/// Clocks differ; what lies further ahead than this was not said yet.
const AHEAD_MS_MAX: i64 = 24 * 3_600_000;

/// What the record knows of the contacts in question.
struct Known {
    accounts: BTreeMap<String, Meant>,
    /// The root account of each contact.
    roots: BTreeMap<Uuid, Uuid>,
    by_number: BTreeMap<String, BTreeSet<Uuid>>,
    by_email: BTreeMap<String, BTreeSet<Uuid>>,
    /// What they said so far: channel, purpose, decision, moment, source and proof.
    said: BTreeSet<(Uuid, Vec<String>)>,
    now_ms: i64,
}

/// Judges rows of consents.
pub(super) async fn judge(
    connection: &mut PgConnection,
    kept: &Kept,
    rows: Vec<Row>,
) -> Done<Vec<(i64, Verdict)>> {
    let (fields, names) = (kept.fields(), kept.names());
    let parsed: Vec<(i64, Result<Said, Fault>)> = rows
        .iter()
        .map(|row| (row.row, row.once().and_then(|()| parse(&fields, &names, &row.cells))))
        .collect();
    let read: Vec<&Said> = parsed.iter().filter_map(|(_, said)| said.as_ref().ok()).collect();
    let known = known(connection, &read).await?;
    let verdicts = parsed.into_iter().map(|(row, said)| {
        let verdict = said.and_then(|said| known.judge(said)).unwrap_or_else(Verdict::Fail);
        (row, verdict)
    });
    Ok(verdicts.collect())
}

async fn known(connection: &mut PgConnection, rows: &[&Said]) -> Stored<Known> {
    let named: BTreeSet<&String> = rows.iter().filter_map(|said| said.account.as_ref()).collect();
    let named: Vec<String> = named.into_iter().cloned().collect();
    let ids: Vec<Uuid> = rows.iter().filter_map(|said| said.contact).collect();
    let numbers: Vec<String> = rows.iter().filter_map(|said| said.external_id.clone()).collect();
    let emails: Vec<String> = rows.iter().filter_map(|said| said.email.clone()).collect();
    let accounts = accounts(connection, &named).await?;
    let found = sqlx::query!(
        r#"
        with found as (
            select id, null::text as number, null::text as email from record.contacts where id = any($1)
            union
            select contacts.id, named.number, null from unnest($2::text[]) named(number)
            join record.contacts on record.folded(contacts.external_id) = record.folded(named.number)
            where contacts.external_id is not null
            union
            select contacts.id, null, named.email from unnest($3::text[]) named(email)
            join record.contacts on record.folded(contacts.email) = record.folded(named.email)
            where contacts.email is not null
            union
            select channel.contact_id, null, named.email from unnest($3::text[]) named(email)
            join record.contact_channels channel on record.folded(channel.address) = record.folded(named.email)
            where channel.channel = 'email' and channel.address is not null
        )
        select found.id as "id!", found.number, found.email, coalesce(account.merged_into, contacts.account_id) as "root!"
        from found join record.contacts on contacts.id = found.id
        left join record.accounts account on account.id = contacts.account_id
        "#,
        &ids,
        &numbers,
        &emails
    );
    let mut known = Known {
        accounts,
        roots: BTreeMap::new(),
        by_number: BTreeMap::new(),
        by_email: BTreeMap::new(),
        said: BTreeSet::new(),
        now_ms: ambient::now_ms(),
    };
    for row in found.fetch_all(&mut *connection).await? {
        known.roots.insert(row.id, row.root);
        if let Some(number) = row.number {
            known.by_number.entry(number).or_default().insert(row.id);
        }
        if let Some(email) = row.email {
            known.by_email.entry(email).or_default().insert(row.id);
        }
    }
    let contacts: Vec<Uuid> = known.roots.keys().copied().collect();
    let said = sqlx::query!(
        "select contact_id, channel, purpose, decision, at, source, proof from record.contact_consents
         where contact_id = any($1)",
        &contacts
    );
    for row in said.fetch_all(connection).await? {
        let words =
            [row.channel, row.purpose, row.decision, row.source, row.proof].map(Option::unwrap_or_default);
        let at_ms = row.at.map_or(0, |at: DateTime<Utc>| at.timestamp_millis());
        known.said.insert((row.contact_id, same(words, at_ms)));
    }
    Ok(known)
}

/// By what two consents are one: files have whole seconds.
fn same(words: [String; 5], at_ms: i64) -> Vec<String> {
    words.into_iter().chain([at_ms.div_euclid(1_000).to_string()]).collect()
}

impl Known {
    fn judge(&self, said: Said) -> Result<Verdict, Fault> {
        let contact = self.contact(&said)?;
        let id = RecordId::from(contact);
        if said.at_ms > self.now_ms + AHEAD_MS_MAX {
            return Err(Fault::new("wrong_value", "It lies in the future.").at("at"));
        }
        let word = |name: &str| said.item.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let words = ["channel", "purpose", "decision", "source", "proof"].map(word);
        let same = same(words, said.at_ms);
        if self.said.contains(&(contact, same.clone())) {
            return Ok(Verdict::Same(Some(id)));
        }
        let item = json!({ item_id(id, &format!("consent {}", same.join("\u{1f}"))): said.item });
        let written = Map::from_iter([("consents".to_owned(), item)]);
        let spec = Kind::CONTACT.spec();
        let broken = |code, text| Fault::new(code, text);
        let fields = from_json(spec, &Json::Object(written.clone()))
            .map_err(|violation| broken(violation.code, violation.text))?;
        let of_this = violations(spec, &fields)
            .into_iter()
            .find(|violation| violation.path.first().is_some_and(|name| name == "consents"));
        match of_this {
            Some(violation) => {
                let column = violation.path.last().cloned().unwrap_or_default();
                Err(broken(violation.code, violation.text).at(&column))
            }
            None => Ok(Verdict::Enter(id, written)),
        }
    }

    /// The contact that a row means: by its id, its number, or its address within its account.
    fn contact(&self, said: &Said) -> Result<Uuid, Fault> {
        let account = said.account.as_ref().map(|word| match self.accounts.get(word) {
            Some(Meant::One(account)) => Ok(*account),
            Some(Meant::Several) => Err(ambiguous(word)),
            None => Err(unknown_account(word)),
        });
        let account = account.transpose()?;
        let unknown = |how: &str| Fault::new("unknown_contact", format!("There is no contact {how}."));
        let none = BTreeSet::new();
        let (found, how) = match (&said.contact, &said.external_id, &said.email) {
            (Some(id), _, _) => {
                let found = self.roots.get(id).map(|_| BTreeSet::from([*id]));
                (found.unwrap_or_default(), "with this id".to_owned())
            }
            (None, Some(number), _) => {
                (self.by_number.get(number).unwrap_or(&none).clone(), format!("with the number {number:?}"))
            }
            (None, None, Some(email)) if account.is_some() => {
                (self.by_email.get(email).unwrap_or(&none).clone(), format!("with the address {email:?}"))
            }
            _ => {
                let text =
                    "A consent needs its contact: its id, its number, or its account and e-mail address.";
                return Err(Fault::new("contact_missing", text));
            }
        };
        let is_there = |id: &Uuid| account.is_none_or(|account| self.roots.get(id) == Some(&account));
        let here: Vec<Uuid> = found.iter().copied().filter(is_there).collect();
        match here[..] {
            [one] => Ok(one),
            [] if !found.is_empty() => {
                let text = format!("The contact {how} belongs to another account.");
                Err(Fault::new("other_account", text))
            }
            [] => Err(unknown(&how)),
            _ => {
                let text = format!("Several contacts are there {how}; give the id.");
                Err(Fault::new("contact_ambiguous", text))
            }
        }
    }
}
