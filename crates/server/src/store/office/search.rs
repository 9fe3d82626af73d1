//! Search over the central record: words and their beginnings, ranked.

use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Records that are ranked: of a word that half of all records have, not every one is looked at.
const RANKED_MAX: i64 = 2_000;

/// Products by whose names orders are looked for.
const PRODUCTS_MAX: i64 = 50;

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchRow {
    /// The record.
    pub record_id: Uuid,
    /// Its kind, such as `account` or `visit`.
    pub kind: String,
    /// Its account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// What it is, in a line: a name, a subject, a number.
    pub title: Option<String>,
    /// An excerpt around what was found; of an account its address.
    pub snippet: Option<String>,
}

impl Store {
    /// Records of accounts that a person may see, in which every word of a text begins some word, and orders with a line
    /// of a product that is called so; the best first, and before them all orders with a line of just this SKU.
    #[instrument(name = "db.record.search", skip_all, err(level = "debug"))]
    pub async fn search(
        &self,
        person: &Person,
        text: &str,
        kind: Option<&str>,
        limit: i64,
    ) -> Stored<Vec<SearchRow>> {
        let Some(words) = words(text) else { return Ok(Vec::new()) };
        let query = sqlx::query_as!(
            SearchRow,
            r#"
            with within as (
                select id, territory_id from sync.account_now
                where $5 or territory_id in (select territory_id from org.reach($6, $7))
            ), products as (
                (select $4::text as sku)
                union
                (select key from sync.reference
                 where set = 'products' and record.words(json ->> 'name') @@ to_tsquery('simple', $1)
                 limit $9)
            ), found as (
                (select record_id, searchable.account_id, kind, title, text,
                        ts_rank(words, to_tsquery('simple', $1))
                        * case kind when 'account' then 4 when 'contact' then 2 else 1 end as rank
                 from record.searchable join within on within.id = searchable.account_id
                 where words @@ to_tsquery('simple', $1) and ($2::text is null or kind = $2)
                 limit $3)
                union all
                (select orders.id, orders.account_id, 'order', coalesce(record.order_number(orders.number, orders.state, orders.id), orders.reference),
                        concat_ws(' ', line.sku, line.description),
                        -- Nobody types a whole SKU by chance; a word of a name is less than one of the order's own.
                        case when line.sku = $4 then 8 else 0.05 end
                 from record.order_lines line
                 join record.orders on orders.id = line.order_id
                 join within on within.id = orders.account_id
                 where line.sku in (select sku from products) and ($2::text is null or $2 = 'order')
                 order by record.order_at(orders.order_date, orders.created_at) desc
                 limit $8)
            ), best as (
                select distinct on (record_id) * from found order by record_id, rank desc
            ), shown as (
                select * from best order by rank desc, record_id desc limit $8
            )
            select shown.record_id as "record_id!", shown.kind as "kind!", shown.account_id as "account_id!",
                   accounts.name as "account_name?", shown.title,
                   ts_headline('simple', shown.text, to_tsquery('simple', $1),
                               'StartSel="", StopSel="", MinWords=8, MaxWords=25') as snippet
            from shown
            left join record.accounts on accounts.id = shown.account_id
            order by shown.rank desc, shown.record_id desc
            "#,
            words,
            kind,
            RANKED_MAX,
            text.trim(),
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            limit,
            PRODUCTS_MAX
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}

/// A text as a question of Postgres: the beginning of each of its words, all of them. `None` if it has no words.
///
/// It is cut at every sign, as `record.words` cuts what is searched; so none of the question's own signs is left in it.
pub(super) fn words(text: &str) -> Option<String> {
    let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| format!("{word}:*")).collect();
    (!words.is_empty()).then(|| words.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_text_asks_for_the_beginnings_of_its_words() {
        for (text, asked) in [
            ("Alfreds Fut", Some("Alfreds:* & Fut:*")),
            ("030-0074321", Some("030:* & 0074321:*")),
            ("o'neil & (co):*", Some("o:* & neil:* & co:*")),
            ("Bäckerei", Some("Bäckerei:*")),
            (" !:*| ", None),
        ] {
            assert_eq!(words(text).as_deref(), asked, "{text}");
        }
    }
}
