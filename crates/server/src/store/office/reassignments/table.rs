//! A list of moves as a CSV file: accounts by id or by their number in the system behind, territories by code or id.

use std::collections::BTreeMap;

use roadbook_model::{AccountId, TerritoryId};
use sqlx::types::Uuid;

use super::{ACCOUNTS_MAX, Reassigned, refused};
use crate::store::Store;

/// The header that the file must have; more columns may follow.
const HEADER: [&str; 2] = ["account", "territory"];

/// A line of the file: its number, the account and the territory as they stand there.
struct Line {
    number: u64,
    account: String,
    territory: String,
}

impl Store {
    /// Reads a file of moves. One fault anywhere, and nothing of it is taken.
    ///
    /// # Errors
    /// `bad_csv`, naming the line.
    pub async fn read_moves(&self, text: &str) -> Reassigned<Vec<(AccountId, TerritoryId)>> {
        let lines = lines(text)?;
        let accounts = self.accounts_named(&lines).await?;
        let territories = self.territories_named(&lines).await?;
        let known = |all: &BTreeMap<String, Vec<Uuid>>, what: &str, name: &str, line: u64| match all
            .get(&name.to_lowercase())
            .map(Vec::as_slice)
        {
            Some([one]) => Ok(*one),
            Some([_, ..]) => Err(bad(line, &format!("several are called {name:?}; give the {what}'s id"))),
            _ => Err(bad(line, &format!("there is no {what} {name:?}"))),
        };
        let moves = lines.iter().map(|line| {
            let account = known(&accounts, "account", &line.account, line.number)?;
            let territory = known(&territories, "territory", &line.territory, line.number)?;
            Ok((account.into(), territory.into()))
        });
        moves.collect()
    }

    async fn accounts_named(&self, lines: &[Line]) -> Reassigned<BTreeMap<String, Vec<Uuid>>> {
        let names: Vec<String> = lines.iter().map(|line| line.account.clone()).collect();
        let ids: Vec<Uuid> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let rows = sqlx::query!(
            r#"
            select lower(named.name) as "name!", accounts.id as "id!" from unnest($1::text[]) named(name)
            join record.accounts on record.folded(accounts.external_id) = record.folded(named.name)
            where accounts.external_id is not null
            union
            select id::text, id from record.accounts where id = any($2)
            "#,
            &names,
            &ids
        )
        .fetch_all(self.pool())
        .await?;
        Ok(by_name(rows.into_iter().map(|row| (row.name, row.id))))
    }

    async fn territories_named(&self, lines: &[Line]) -> Reassigned<BTreeMap<String, Vec<Uuid>>> {
        let mut names: Vec<String> = lines.iter().map(|line| line.territory.to_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        let ids: Vec<Uuid> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let rows = sqlx::query!(
            r#"
            select lower(code) as "name!", id as "id!" from org.territory where lower(code) = any($1)
            union
            select id::text, id from org.territory where id = any($2)
            "#,
            &names,
            &ids
        )
        .fetch_all(self.pool())
        .await?;
        Ok(by_name(rows.into_iter().map(|row| (row.name, row.id))))
    }
}

fn by_name(rows: impl Iterator<Item = (String, Uuid)>) -> BTreeMap<String, Vec<Uuid>> {
    let mut found: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    rows.for_each(|(name, id)| found.entry(name).or_default().push(id));
    found
}

fn bad(line: u64, what: &str) -> super::ReassignmentError {
    refused("bad_csv", format!("line {line}: {what}"))
}

fn lines(text: &str) -> Reassigned<Vec<Line>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| bad(1, &error.to_string()))?;
    if !header.iter().take(2).eq(HEADER) {
        return Err(bad(1, "the header begins with: account,territory"));
    }
    let mut lines = Vec::new();
    for record in reader.into_records() {
        let record = record.map_err(|error| {
            bad(error.position().map_or(1, csv::Position::line), "it has not as many fields as the header")
        })?;
        let number = record.position().map_or(1, csv::Position::line);
        let field = |n: usize| record.get(n).unwrap_or_default().to_owned();
        lines.push(Line { number, account: field(0), territory: field(1) });
        if lines.len() > ACCOUNTS_MAX {
            return Err(refused("too_many_accounts", format!("at most {ACCOUNTS_MAX} accounts go at once")));
        }
    }
    Ok(lines)
}
