//! What becomes of rows of an import that are values of reference data: what stands, with the row laid over it, if the set takes
//! it as a whole. A set that devices read whole is judged as it would stand with all rows of the piece.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::plan;
use roadbook_model::pricing::reference::{
    PRICE_LISTS, PRICES, PRODUCTS, TIERS, WHOLE_SET_MAX, check, check_set,
};
use roadbook_model::rule::Violation;
use serde_json::Value as Json;
use sqlx::PgConnection;

use super::Kept;
use super::judge::{Row, Value, Verdict};
use crate::exchange::Fault;
use crate::exchange::values::{self, Beside, Said};
use crate::store::Stored;
use crate::store::office::Done;

/// Most rows of a file for a set that devices read whole: it takes half as many, and judging them takes no time.
const WHOLE_ROWS_MAX: i64 = 2_000;

/// What the set says, and what others say that it names.
struct Known {
    set: &'static str,
    /// Of products and prices only what the rows name.
    values: BTreeMap<String, Json>,
    lists: BTreeMap<String, Option<String>>,
    tiers: BTreeSet<String>,
}

/// Judges rows of values of this set.
pub(super) async fn judge(
    connection: &mut PgConnection,
    kept: &Kept,
    set: &'static str,
    rows: Vec<Row>,
) -> Done<Vec<(i64, Verdict)>> {
    let fields = kept.fields();
    let parsed: Vec<(i64, Result<Said<'_>, Fault>)> = rows
        .iter()
        .map(|row| (row.row, row.once().and_then(|()| values::parse(set, &fields, &row.cells))))
        .collect();
    let keys: Vec<&str> =
        parsed.iter().filter_map(|(_, said)| said.as_ref().ok()).map(|said| said.key.as_str()).collect();
    let known = known(connection, set, &keys).await?;
    let is_too_long = is_whole(set) && kept.rows > WHOLE_ROWS_MAX;
    let mut verdicts = Vec::new();
    let mut news = Vec::new();
    for (row, said) in parsed {
        let judged = said.and_then(|said| match is_too_long {
            true => Err(too_many(set)),
            false => known.judge(&said, kept.clear_blank),
        });
        match judged {
            Ok(Some(value)) => news.push((row, value)),
            Ok(None) => verdicts.push((row, Verdict::Same(None))),
            Err(fault) => verdicts.push((row, Verdict::Fail(fault))),
        }
    }
    let mut whole = known.values.clone();
    known.settle(&mut whole, news, &mut verdicts);
    let names = kept.names();
    for (_, verdict) in &mut verdicts {
        if let Verdict::Fail(Fault { column: Some(column), .. }) = verdict {
            // By what the file calls it, where it has such a column.
            let place = fields.iter().position(|field| field.as_ref() == Some(column));
            if let Some(name) = place.and_then(|place| names.get(place)) {
                column.clone_from(name);
            }
        }
    }
    Ok(verdicts)
}

/// Whether devices read it whole, so that it is judged as a whole, too.
fn is_whole(set: &str) -> bool {
    !matches!(set, PRODUCTS | PRICES)
}

async fn known(connection: &mut PgConnection, set: &'static str, keys: &[&str]) -> Stored<Known> {
    let query = sqlx::query!(
        "select key, json from sync.reference where set = $1 and ($2 or key = any($3))",
        set,
        is_whole(set),
        keys as &[&str]
    );
    let values = query.fetch_all(&mut *connection).await?.into_iter().map(|row| (row.key, row.json));
    let values = values.collect();
    let query = sqlx::query!(
        r#"select set, key, json ->> 'currency' as currency from sync.reference where set = any($1)"#,
        &[PRICE_LISTS, TIERS] as &[&str]
    );
    let (mut lists, mut tiers) = (BTreeMap::new(), BTreeSet::new());
    for row in query.fetch_all(connection).await? {
        if row.set == PRICE_LISTS {
            lists.insert(row.key, row.currency);
        } else {
            tiers.insert(row.key);
        }
    }
    Ok(Known { set, values, lists, tiers })
}

impl Known {
    /// The value that a row makes; `None` if it stands already.
    fn judge(&self, said: &Said<'_>, clear: bool) -> Result<Option<Value>, Fault> {
        let before = self.values.get(&said.key);
        let list = said.key.split('/').next().filter(|_| self.set == PRICES);
        if let Some(list) = list.filter(|list| !self.lists.contains_key(*list)) {
            let text = format!("No price list is called {list}; publish it first.");
            return Err(Fault::new("unknown_list", text).at("list"));
        }
        let currency = list.and_then(|list| self.lists.get(list)).and_then(Option::as_deref);
        let json = said.value(Beside { before, currency }, clear)?;
        let faults =
            check(self.set, &said.key, &json).into_iter().chain(plan::check(self.set, &said.key, &json));
        if let Some(fault) = faults.into_iter().next() {
            return Err(self.told(fault));
        }
        let is_new = before.is_none();
        Ok((before != Some(&json)).then(|| Value { key: said.key.clone(), json, is_new }))
    }

    /// Lays rows over the set: all that it takes together, else by halves down to the row that it does not take.
    fn settle(
        &self,
        whole: &mut BTreeMap<String, Json>,
        mut news: Vec<(i64, Value)>,
        verdicts: &mut Vec<(i64, Verdict)>,
    ) {
        let Some(fault) = self.fault_with(whole, &news) else {
            for (row, value) in news {
                whole.insert(value.key.clone(), value.json.clone());
                verdicts.push((row, Verdict::Publish(Box::new(value))));
            }
            return;
        };
        if let [(row, _)] = news[..] {
            verdicts.push((row, Verdict::Fail(self.told(fault))));
            return;
        }
        let rest = news.split_off(news.len() / 2);
        self.settle(whole, news, verdicts);
        self.settle(whole, rest, verdicts);
    }

    /// What is wrong with the set as it would stand with these.
    fn fault_with(&self, whole: &BTreeMap<String, Json>, news: &[(i64, Value)]) -> Option<Violation> {
        if !is_whole(self.set) || news.is_empty() {
            return None;
        }
        let mut with = whole.clone();
        with.extend(news.iter().map(|(_, value)| (value.key.clone(), value.json.clone())));
        let keys = |set: &str| match set {
            PRICE_LISTS => self.lists.keys().cloned().collect(),
            _ => self.tiers.clone(),
        };
        let faults = plan::check_set(self.set, &with).into_iter().chain(check_set(self.set, &with, keys));
        faults.into_iter().next()
    }

    /// A fault of the model, with the column of its field.
    fn told(&self, violation: Violation) -> Fault {
        let fault = Fault::new(violation.code, violation.text);
        let field = violation.path.get(1).and_then(|field| values::column_of(self.set, field));
        match field.or_else(|| (violation.code == "bad_key").then(|| values::keys(self.set)[0])) {
            Some(column) => fault.at(column),
            None => fault,
        }
    }
}

fn too_many(set: &str) -> Fault {
    let text = format!(
        "The set {set} has at most {WHOLE_SET_MAX} keys; this file has more than twice as many rows."
    );
    Fault::new("too_many", text)
}
