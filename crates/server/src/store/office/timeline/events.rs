//! What befell an account itself: that it was created, changed, moved or merged, read from the log.

use std::collections::BTreeMap;

use roadbook_model::AccountId;
use serde_json::Value as Json;
use sqlx::types::Json as SqlJson;
use uuid::Uuid;

use super::{TimelineEvent, TimelineRow};
use crate::store::reading::feed::FeedEntry;
use crate::store::{Store, Stored};

/// An event with who did it.
pub(super) struct Told {
    kind: &'static str,
    person_id: Uuid,
    person_name: Option<String>,
    text: Option<String>,
    event: TimelineEvent,
}

impl Told {
    /// Says in its row what the row's place in the log stands for.
    pub(super) fn fill(self, row: &mut TimelineRow) {
        row.kind = self.kind.to_owned();
        row.person_id = self.person_id;
        row.person_name = self.person_name;
        row.text = self.text;
        row.event = Some(SqlJson(self.event));
    }
}

/// Where an account came to lie, and by what.
struct Move {
    position: i64,
    from_name: Option<String>,
    to_name: String,
    how: Option<String>,
    note: Option<String>,
}

impl Store {
    /// Says in each row of an event what happened to the account, or to what was merged into it.
    pub(super) async fn tell_events(&self, account: AccountId, rows: &mut [TimelineRow]) -> Stored<()> {
        let positions: Vec<i64> = rows.iter().filter_map(|row| row.position).collect();
        let others = rows.iter().filter(|row| row.is_event && row.position.is_none()).map(|row| row.id);
        let others: Vec<Uuid> = others.collect();
        let mut entries = match positions.is_empty() {
            true => BTreeMap::new(),
            false => self.told_entries(account, &positions).await?,
        };
        let mut handed = match others.is_empty() {
            true => BTreeMap::new(),
            false => self.told_hand_overs(account, &others).await?,
        };
        for row in rows.iter_mut().filter(|row| row.is_event) {
            let told = match row.position {
                Some(position) => entries.remove(&position),
                None => handed.remove(&row.id),
            };
            if let Some(told) = told {
                told.fill(row);
            }
        }
        Ok(())
    }

    async fn told_entries(&self, account: AccountId, positions: &[i64]) -> Stored<BTreeMap<i64, Told>> {
        let moves = self.moves(account, positions).await?;
        let mut moves: BTreeMap<i64, Move> = moves.into_iter().map(|one| (one.position, one)).collect();
        let entries = self.entries_at(positions, false).await?;
        let roots = entries.iter().filter_map(|entry| id(&entry.json["root_id"])).collect::<Vec<_>>();
        let named = sqlx::query!("select id, name from record.accounts where id = any($1)", &roots);
        let named = named.fetch_all(self.pool()).await?;
        let named: BTreeMap<Uuid, String> =
            named.into_iter().filter_map(|row| Some((row.id, row.name?))).collect();
        let told = entries.iter().filter_map(|entry| {
            let position = i64::try_from(entry.position).ok()?;
            Some((position, told(entry, moves.remove(&position), &named)?))
        });
        Ok(told.collect())
    }

    /// Who came to hold the territory in which the account lay, and who held it before.
    async fn told_hand_overs(&self, account: AccountId, ids: &[Uuid]) -> Stored<BTreeMap<Uuid, Told>> {
        let query = sqlx::query!(
            r#"
            select reassignment.id, reassignment.kind, reassignment.note, reassignment.created_by,
                   author.name as created_by_name,
                   string_agg(distinct person.name, ', ') filter (where changed.change = 'ended') as from_name,
                   string_agg(distinct person.name, ', ') filter (where changed.change = 'added') as to_name
            from org.reassignment
            join org.person author on author.id = reassignment.created_by
            join org.reassignment_holder changed on changed.reassignment_id = reassignment.id
            join org.holder on holder.id = changed.holder_id
            join org.person on person.id = holder.person_id
            join sync.place on holder.territory_id in (select above.id from org.above(place.territory_id) above)
            where reassignment.id = any($2) and place.account_id = $1
              and place.from_position <= reassignment.first_position
              and coalesce(place.until_position, 9223372036854775807) > reassignment.first_position
            group by reassignment.id, author.name
            "#,
            account.uuid(),
            ids
        );
        let rows = query.fetch_all(self.pool()).await?;
        let told = rows.into_iter().map(|row| {
            let (from_name, to_name, how) = (row.from_name, row.to_name, Some(row.kind));
            let event = TimelineEvent { from_name, to_name, how, ..TimelineEvent::default() };
            let person_name = Some(row.created_by_name);
            (
                row.id,
                Told { kind: "handed_over", person_id: row.created_by, person_name, text: row.note, event },
            )
        });
        Ok(told.collect())
    }

    async fn moves(&self, account: AccountId, positions: &[i64]) -> Stored<Vec<Move>> {
        // An account that was merged lies where its root lies: the account's own place is told, if it has one there.
        let query = sqlx::query_as!(
            Move,
            r#"
            select distinct on (place.from_position) place.from_position as position, earlier.name as "from_name?",
                   territory.name as to_name, moved.kind as "how?", moved.note
            from sync.place
            join org.territory on territory.id = place.territory_id
            left join sync.place before
                on before.account_id = place.account_id and before.until_position = place.from_position
            left join org.territory earlier on earlier.id = before.territory_id
            left join lateral (
                select reassignment.kind, reassignment.note
                from org.reassignment_account item
                join org.reassignment on reassignment.id = item.reassignment_id
                where item.account_id = place.account_id
                  and place.from_position between reassignment.first_position and reassignment.last_position
            ) moved on true
            where place.account_id in (select account_id from sync.one($1)) and place.from_position = any($2)
            order by place.from_position, place.account_id <> $1
            "#,
            account.uuid(),
            positions
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}

fn told(entry: &FeedEntry, moved: Option<Move>, names: &BTreeMap<Uuid, String>) -> Option<Told> {
    let json = &entry.json;
    let event = TimelineEvent::default();
    let (kind, text, event) = match entry.word.as_str() {
        "changes" => {
            let kind = if json["created"] == true { "created" } else { "changed" };
            let fields = json["fields"].as_array().into_iter().flatten().filter_map(string);
            (kind, None, TimelineEvent { fields: fields.collect(), ..event })
        }
        "alias" => {
            let to_name = id(&json["root_id"]).and_then(|root| names.get(&root).cloned());
            let from_name = string(&json["account_name"]);
            ("merged", string(&json["note"]), TimelineEvent { from_name, to_name, ..event })
        }
        _ => {
            let Move { from_name, to_name, how, note, .. } = moved?;
            ("moved", note, TimelineEvent { from_name, to_name: Some(to_name), how, ..event })
        }
    };
    let person_id = id(&json["person_id"]).unwrap_or_default();
    Some(Told { kind, person_id, person_name: string(&json["person_name"]), text, event })
}

fn string(json: &Json) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn id(json: &Json) -> Option<Uuid> {
    json.as_str()?.parse().ok()
}
