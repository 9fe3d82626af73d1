//! What people consented to and took back, each with its proof, as it was known at the end of a day: rows for a file, a page
//! at a time.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use roadbook_model::AccountId;
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use super::super::Done;
use super::super::audit::{self, Act, By};
use super::PAGE;
use crate::ambient::moment;
use crate::store::{Store, Stored};

/// The columns of the file.
pub const COLUMNS: [&str; 13] = [
    "contact_id",
    "contact",
    "account",
    "account_name",
    "channel",
    "purpose",
    "decision",
    "at",
    "source",
    "proof",
    "stands",
    "as_at",
    "consent_id",
];

/// Which consents.
#[derive(Clone, Copy, Debug)]
pub struct Consents {
    /// Of this account's contacts, and of what was merged into it.
    pub account: Option<AccountId>,
    /// As at the end of this day.
    pub day: NaiveDate,
    /// When that day ends by the clock of whoever asks, in milliseconds since 1970.
    pub end_ms: i64,
}

/// One consent, or one taken back.
#[derive(Clone, Debug)]
pub struct ConsentRow {
    /// Where it stands in the file: its contact, and the item itself.
    pub place: (Uuid, Uuid),
    /// Its cells, as [`COLUMNS`] names them.
    pub cells: Vec<String>,
}

impl Store {
    /// Notes that somebody takes consents out.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_consents_export(&self, by: &By, which: &Consents) -> Done<()> {
        let detail = json!({ "what": "consents", "account": which.account, "as_at": which.day });
        let subject = which.account.map(|account| ("account", account.uuid()));
        let mut connection = self.pool().acquire().await?;
        audit::record(&mut connection, Some(by), Act { action: "export.take", subject, detail }).await?;
        Ok(())
    }

    /// A page of consents after one of them, by contact.
    #[instrument(name = "db.export.consents", skip_all, err(level = "debug"))]
    pub async fn export_consents(&self, which: &Consents, after: (Uuid, Uuid)) -> Stored<Vec<ConsentRow>> {
        let query = sqlx::query!(
            r#"
            select consent.contact_id, consent.id, contacts.name as contact, accounts.name as "account_name?",
                   coalesce(accounts.external_id, consent.account_id::text) as "account!",
                   consent.channel, consent.purpose, consent.decision, consent.at, consent.source, consent.proof,
                   not exists (
                       select from record.contact_consents later
                       where later.contact_id = consent.contact_id and later.at < $3
                         and later.channel = consent.channel and later.purpose = consent.purpose
                         and (later.at, later.id) > (consent.at, consent.id)) as "stands!"
            from record.contact_consents consent
            join record.contacts on contacts.id = consent.contact_id
            left join record.accounts on accounts.id = consent.account_id
            where (consent.contact_id, consent.id) > ($1, $2) and consent.at < $3
              and ($4::uuid is null or consent.account_id in (select account_id from sync.one($4)))
            order by consent.contact_id, consent.id limit $5
            "#,
            after.0,
            after.1,
            moment(which.end_ms),
            which.account.map(AccountId::uuid),
            PAGE
        );
        let said = |at: Option<DateTime<Utc>>| {
            at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
        };
        let rows = query.fetch_all(self.pool()).await?.into_iter().map(|row| ConsentRow {
            place: (row.contact_id, row.id),
            cells: vec![
                row.contact_id.to_string(),
                row.contact.unwrap_or_default(),
                row.account,
                row.account_name.unwrap_or_default(),
                row.channel.unwrap_or_default(),
                row.purpose.unwrap_or_default(),
                row.decision.unwrap_or_default(),
                said(row.at),
                row.source.unwrap_or_default(),
                row.proof.unwrap_or_default(),
                if row.stands { "yes" } else { "no" }.to_owned(),
                which.day.to_string(),
                row.id.to_string(),
            ],
        });
        Ok(rows.collect())
    }
}
