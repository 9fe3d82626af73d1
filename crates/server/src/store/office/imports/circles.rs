//! Accounts of one file that would be each other's parents: told by the check, which otherwise looks at each row by itself. The
//! rows are gone through as the run will take them; what the run finds is the same question, asked of the book.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::Kind;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Kept;
use super::find::{Meant, accounts};
use super::judge::{account_later, unknown_account};
use super::run::{BEHIND_MAX, Became, note, place};
use crate::exchange::{Fault, RowsOf};
use crate::store::Stored;
use crate::store::office::Done;
use crate::store::office::records::kin::PARENT_CYCLE;

/// A row that names other accounts of the file or a parent, as far as it was taken by itself.
struct Row {
    row: i64,
    account: Uuid,
    /// What the check said of it.
    outcome: String,
    /// The parent that it names. An empty cell takes none away.
    parent: Option<String>,
    /// The account that referred it.
    referred_by: Option<String>,
}

impl Row {
    fn adds(&self) -> bool {
        self.outcome == "added"
    }
}

/// Who a row of the file makes or writes to.
#[derive(Clone, Copy)]
struct Maker {
    account: Option<Uuid>,
    adds: bool,
}

/// Takes back what the check said of rows that the run will not take, since accounts of the file name each other.
pub(super) async fn tell(connection: &mut PgConnection, kept: &Kept) -> Done<()> {
    let columns = [place(kept, "parent"), place(kept, "referred_by")];
    if kept.rows_of()? != RowsOf::Records(Kind::ACCOUNT) || columns == [None, None] {
        return Ok(());
    }
    let rows = rows(connection, kept, columns).await?;
    let words: BTreeSet<&String> =
        rows.iter().flat_map(|row| [&row.parent, &row.referred_by]).flatten().collect();
    let words: Vec<String> = words.into_iter().cloned().collect();
    let mut walk = Walk {
        known: accounts(connection, &words).await?,
        makers: makers(connection, kept.id, &words).await?,
        parents: BTreeMap::new(),
        made: BTreeSet::new(),
        became: Vec::new(),
    };
    walk.parents = parents_above(connection, &walk.named(&rows)).await?;
    walk.through(rows);
    note(connection, kept.id, &walk.became, false).await?;
    count_anew(connection, kept.id).await?;
    Ok(())
}

async fn count_anew(connection: &mut PgConnection, import: Uuid) -> Stored<()> {
    sqlx::query!(
        "
        update org.import
        set added = said.added, changed = said.changed, unchanged = said.unchanged, failed = said.failed
        from (
            select count(*) filter (where outcome = 'added') as added, count(*) filter (where outcome = 'changed') as changed,
                   count(*) filter (where outcome = 'unchanged') as unchanged, count(*) filter (where outcome = 'failed') as failed
            from org.import_row where import_id = $1
        ) said
        where id = $1
        ",
        import
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// In the order in which the run takes them.
async fn rows(connection: &mut PgConnection, kept: &Kept, columns: [Option<i32>; 2]) -> Stored<Vec<Row>> {
    let rows = sqlx::query!(
        r#"
        select row, record_id as "account!", outcome as "outcome!", nullif(btrim(cells[$2]), '') as parent,
               nullif(btrim(cells[$3]), '') as referred_by
        from org.import_row
        where import_id = $1 and outcome <> 'failed' and record_id is not null and waits > 0
        order by waits, row
        "#,
        kept.id,
        columns[0],
        columns[1]
    );
    let rows = rows.fetch_all(connection).await?.into_iter().map(|row| Row {
        row: row.row,
        account: row.account,
        outcome: row.outcome,
        parent: row.parent,
        referred_by: row.referred_by,
    });
    Ok(rows.collect())
}

/// The rows of the file that have these numbers, the first of each.
async fn makers(
    connection: &mut PgConnection,
    import: Uuid,
    words: &[String],
) -> Stored<BTreeMap<String, Maker>> {
    let rows = sqlx::query!(
        r#"
        select word as "word!", maker.record_id, maker.outcome = 'added' as "adds!"
        from unnest($2::text[]) named(word)
        cross join lateral (
            select record_id, outcome from org.import_row
            where import_id = $1 and key = 'x:' || record.folded(word) order by row limit 1
        ) maker
        "#,
        import,
        words
    );
    let rows = rows.fetch_all(connection).await?.into_iter();
    Ok(rows.map(|row| (row.word, Maker { account: row.record_id, adds: row.adds })).collect())
}

/// The parents of accounts as they stand, and of those above them.
async fn parents_above(connection: &mut PgConnection, of: &BTreeSet<Uuid>) -> Stored<BTreeMap<Uuid, Uuid>> {
    let of: Vec<Uuid> = of.iter().copied().collect();
    let rows = sqlx::query!(
        r#"
        with recursive above(id, parent_id) as (
            select id, parent_id from record.accounts where id = any($1) and parent_id is not null
            union
            select accounts.id, accounts.parent_id from above
            join record.accounts on accounts.id = above.parent_id where accounts.parent_id is not null
        )
        select id as "id!", parent_id as "parent_id!" from above
        "#,
        &of
    );
    Ok(rows.fetch_all(connection).await?.into_iter().map(|row| (row.id, row.parent_id)).collect())
}

/// What the rows come to, one after the other.
struct Walk {
    known: BTreeMap<String, Meant>,
    makers: BTreeMap<String, Maker>,
    /// Parents as they stand, with what rows said since.
    parents: BTreeMap<Uuid, Uuid>,
    /// Accounts that rows have made.
    made: BTreeSet<Uuid>,
    /// Of which rows the check has to say something else.
    became: Vec<Became>,
}

/// What a word comes to.
enum Other {
    Account(Uuid),
    /// A row that is still to be carried out makes it.
    Later,
    /// The row that was to make it is not taken.
    Never,
}

impl Walk {
    fn other(&self, word: &str) -> Other {
        if let Some(Meant::One(account)) = self.known.get(word) {
            return Other::Account(*account);
        }
        match self.makers.get(word) {
            Some(Maker { account: Some(account), adds }) if !adds || self.made.contains(account) => {
                Other::Account(*account)
            }
            Some(Maker { account: Some(_), .. }) => Other::Later,
            _ => Other::Never,
        }
    }

    /// Every account that is there and that the rows write to or name.
    fn named(&self, rows: &[Row]) -> BTreeSet<Uuid> {
        let known = self.known.values().filter_map(|meant| match meant {
            Meant::One(account) => Some(*account),
            Meant::Several => None,
        });
        rows.iter().map(|row| row.account).chain(known).collect()
    }

    /// Goes through the rows as often as the run puts them behind others.
    fn through(&mut self, mut rows: Vec<Row>) {
        // Rows that name nobody are carried out before these; whoever they make is there.
        let waiting: BTreeSet<Uuid> = rows.iter().filter(|row| row.adds()).map(|row| row.account).collect();
        let others = self.makers.values().filter_map(|maker| maker.account);
        self.made = others.filter(|account| !waiting.contains(account)).collect();
        for _ in 0..=BEHIND_MAX {
            let before = rows.len();
            let mut behind = Vec::new();
            for row in rows {
                match self.take(&row) {
                    Taken::Yes => {}
                    Taken::Later => behind.push(row),
                    Taken::No(fault) => self.fail(&row, fault),
                }
            }
            rows = behind;
            if rows.is_empty() || rows.len() == before {
                break;
            }
        }
        for row in rows {
            let mut words = [&row.parent, &row.referred_by].into_iter().flatten();
            let word = words.find(|word| matches!(self.other(word), Other::Later));
            let fault = account_later(word.map_or("", String::as_str));
            self.became.push(Became::failed(row.row, fault));
        }
    }

    fn take(&mut self, row: &Row) -> Taken {
        let mut above = None;
        for (word, is_parent) in [(row.parent.as_deref(), true), (row.referred_by.as_deref(), false)] {
            let Some(word) = word else { continue };
            match self.other(word) {
                Other::Account(account) if is_parent => above = Some(account),
                Other::Account(_) => {}
                Other::Later => return Taken::Later,
                Other::Never => return Taken::No(unknown_account(word)),
            }
        }
        if above.is_some_and(|above| self.is_below(above, row.account)) {
            let (code, text) = PARENT_CYCLE;
            return Taken::No(Fault::new(code, text));
        }
        let before = above.and_then(|above| self.parents.insert(row.account, above));
        // What a row says of an account that the file makes, the check of the row alone could not tell.
        if row.outcome == "unchanged" && above.is_some() && above != before {
            self.became.push(Became::changed(row.row, row.account.into()));
        }
        self.made.insert(row.account);
        Taken::Yes
    }

    /// Whether an account is another, or belongs to it through its parents. A circle that was there before ends the way.
    fn is_below(&self, account: Uuid, other: Uuid) -> bool {
        let (mut next, mut seen) = (Some(account), BTreeSet::new());
        while let Some(at) = next.filter(|at| seen.insert(*at)) {
            if at == other {
                return true;
            }
            next = self.parents.get(&at).copied();
        }
        false
    }

    /// The row is not taken; nobody makes its account any more.
    fn fail(&mut self, row: &Row, fault: Fault) {
        self.became.push(Became::failed(row.row, fault));
        if row.adds() {
            let makers = self.makers.values_mut().filter(|maker| maker.account == Some(row.account));
            makers.for_each(|maker| maker.account = None);
        }
    }
}

/// What becomes of a row as things stand.
enum Taken {
    Yes,
    Later,
    No(Fault),
}
