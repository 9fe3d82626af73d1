//! Accounts and contacts as an export has them: cells by the same columns that an import reads, a page at a time.

pub mod consents;
pub mod orders;

use roadbook_model::Kind;
use roadbook_model::money::minor_digits;
use serde_json::{Map, Value as Json, json};
use tracing::instrument;
use uuid::Uuid;

use super::audit::{self, Act, By};
use crate::exchange::cells::written;
use crate::exchange::channels::{self, Channel};
use crate::exchange::{Format, target};
use crate::store::{Store, Stored};

/// Records of one page.
pub const PAGE: i64 = 500;

/// A record, as it is exported.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The record.
    pub id: Uuid,
    /// Its cells, in the order of [`target::exported`].
    pub cells: Vec<String>,
    /// What its account is called.
    pub account_name: String,
}

/// What is beside a record's own fields.
#[derive(Default)]
struct Beside {
    account: Option<String>,
    territory: Option<String>,
    parent: Option<String>,
    referred_by: Option<String>,
    tags: Vec<String>,
    channels: Vec<Channel>,
}

impl Store {
    /// Notes that somebody takes the records of a kind out.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_export(&self, by: &By, kind: Kind, format: Format) -> Stored<()> {
        let detail = json!({ "kind": kind.name(), "format": format.as_str() });
        let act = Act { action: "export.take", subject: None, detail };
        let mut connection = self.pool().acquire().await?;
        Ok(audit::record(&mut connection, Some(by), act).await?)
    }

    /// A page of accounts or contacts after one of them; in GeoJSON those that have a position.
    #[instrument(name = "db.export.page", skip_all, err(level = "debug"))]
    pub async fn export_page(&self, kind: Kind, format: Format, after: Uuid) -> Stored<Vec<Exported>> {
        match kind == Kind::ACCOUNT {
            true => self.export_accounts(format == Format::Geojson, after).await,
            false => self.export_contacts(after).await,
        }
    }

    async fn export_accounts(&self, placed: bool, after: Uuid) -> Stored<Vec<Exported>> {
        let query = sqlx::query!(
            r#"
            select accounts.id, to_jsonb(accounts) as "fields!", accounts.name, territory.code,
                   coalesce(parent.external_id, parent.id::text) as parent,
                   coalesce(referrer.external_id, referrer.id::text) as referrer,
                   array(select tag from record.account_tags
                         where account_tags.account_id = accounts.id and tag is not null order by tag) as "tags!"
            from record.accounts
            join sync.account on account.id = accounts.id
            join org.territory on territory.id = account.territory_id
            left join record.accounts parent_part on parent_part.id = accounts.parent_id
            left join record.accounts parent on parent.id = coalesce(parent_part.merged_into, parent_part.id)
                and parent.id <> accounts.id
            left join record.accounts referrer_part on referrer_part.id = accounts.referred_by_id
            left join record.accounts referrer on referrer.id = coalesce(referrer_part.merged_into, referrer_part.id)
                and referrer.id <> accounts.id
            where accounts.merged_into is null and accounts.id > $1
              and (not $2 or (accounts.latitude_microdeg is not null and accounts.longitude_microdeg is not null))
            order by accounts.id limit $3
            "#,
            after,
            placed,
            PAGE
        );
        let rows = query.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let beside = Beside {
                territory: Some(row.code),
                parent: row.parent,
                referred_by: row.referrer,
                tags: row.tags,
                ..Beside::default()
            };
            exported(Kind::ACCOUNT, row.id, row.fields, &beside, row.name)
        });
        Ok(rows.collect())
    }

    async fn export_contacts(&self, after: Uuid) -> Stored<Vec<Exported>> {
        let query = sqlx::query!(
            r#"
            select contacts.id, to_jsonb(contacts) as "fields!", accounts.name as "account_name?",
                   coalesce(accounts.external_id, contacts.account_id::text) as "account!",
                   coalesce((select jsonb_agg(jsonb_build_object('channel', channel, 'address', address, 'label', label)
                                              order by position nulls last, channels.id)
                             from record.contact_channels channels
                             where contact_id = contacts.id and channel is not null and address is not null), '[]')
                       as "channels!"
            from record.contacts left join record.accounts on accounts.id = contacts.account_id
            where contacts.id > $1 order by contacts.id limit $2
            "#,
            after,
            PAGE
        );
        let rows = query.fetch_all(self.pool()).await?.into_iter().map(|row| {
            let items = row.channels.as_array().cloned().unwrap_or_default();
            let beside = Beside {
                account: Some(row.account),
                channels: items.iter().filter_map(channel).collect(),
                ..Beside::default()
            };
            exported(Kind::CONTACT, row.id, row.fields, &beside, row.account_name)
        });
        Ok(rows.collect())
    }
}

fn channel(item: &Json) -> Option<Channel> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    Some(Channel { channel: text("channel")?, address: text("address")?, label: text("label") })
}

fn exported(kind: Kind, id: Uuid, fields: Json, beside: &Beside, account_name: Option<String>) -> Exported {
    let fields = fields.as_object().cloned().unwrap_or_default();
    let cells = target::exported(kind).iter().map(|name| cell(name, id, &fields, beside)).collect();
    Exported { id, cells, account_name: account_name.unwrap_or_default() }
}

fn cell(name: &str, id: Uuid, fields: &Map<String, Json>, beside: &Beside) -> String {
    let number = |name: &str| fields.get(name).and_then(Json::as_i64);
    let currency = fields.get("currency").and_then(Json::as_str);
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    match name {
        "id" => id.to_string(),
        "account" => or_none(&beside.account),
        "territory" => or_none(&beside.territory),
        "parent" => or_none(&beside.parent),
        "referred_by" => or_none(&beside.referred_by),
        "tags" => beside.tags.join("; "),
        "channels" => channels::write(&beside.channels),
        "latitude" | "longitude" => {
            number(&format!("{name}_microdeg")).map(|degrees| written(degrees, 6)).unwrap_or_default()
        }
        // With a currency as people write it, without one as it stands.
        "credit_limit" => {
            let limit = number("credit_limit_minor").zip(currency);
            limit.map(|(limit, currency)| written(limit, minor_digits(currency))).unwrap_or_default()
        }
        "credit_limit_minor" if currency.is_some() => String::new(),
        name => match fields.get(name) {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            Some(Json::Bool(yes)) => yes.to_string(),
            _ => String::new(),
        },
    }
}
