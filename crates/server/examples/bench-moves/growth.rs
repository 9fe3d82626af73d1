//! What pushes and pages look at while the store grows: rows that Postgres read from tables, by scan or by index, as it
//! counts them itself. The organisation's tables (people, territories) are left out: they are the same at each size, and so
//! small that Postgres scans them whole or does not, as it pleases.

use std::collections::BTreeMap;

use roadbook_protocol::page::FillMark;
use roadbook_server::store::Store;

use crate::phone::Phone;
use crate::{Figure, world};

/// How often each thing is done.
const TIMES: i64 = 20;
/// How often before that.
const WARM: usize = 60;

/// Rows read from each table.
type Rows = BTreeMap<String, i64>;

/// Rows looked at, by what was done, at each size.
#[derive(Default)]
pub struct Growth {
    push: Vec<Rows>,
    page: Vec<Rows>,
    fill: Vec<Rows>,
    sizes: Vec<i32>,
}

impl Growth {
    /// Looks at a rep with the same fifty accounts at whatever size.
    pub async fn look(&mut self, store: &Store, accounts: i32) {
        let mut phone = Phone::new(store, 0, 1).await;
        // The first ones are not counted: they also read the catalogue, and plans settle after five.
        for _ in 0..WARM {
            phone.push(store).await;
        }
        let before = rows_read(store).await;
        for _ in 0..TIMES {
            phone.push(store).await;
        }
        let pushed = rows_read(store).await;
        let head = store.wake().head();
        for _ in 0..WARM {
            store.read_page(&phone.row, head - 10, &[]).await.unwrap();
        }
        let warm = rows_read(store).await;
        for _ in 0..TIMES {
            store.read_page(&phone.row, head - 10, &[]).await.unwrap();
        }
        let read = rows_read(store).await;
        for _ in 0..TIMES {
            let fills = [FillMark { grant: 1, token: None }];
            let (page, _) = store.read_page(&phone.row, head, &fills).await.unwrap();
            assert!(page.fills[0].records.len() >= 100, "the fill brings records");
        }
        let filled = rows_read(store).await;
        self.sizes.push(accounts);
        self.push.push(each(&before, &pushed));
        self.page.push(each(&warm, &read));
        self.fill.push(each(&read, &filled));
    }

    pub fn figures(&self) -> Vec<Figure> {
        let figure = |what: &str, rows: &[Rows]| {
            let list = |numbers: Vec<String>| numbers.join(" / ");
            let sums: Vec<i64> = rows.iter().map(|rows| rows.values().sum()).collect();
            let (first, last) = (sums[0], sums[sums.len() - 1]);
            Figure {
                figure: format!(
                    "rows looked at by {what}, {} accounts in the store",
                    list(self.sizes.iter().map(ToString::to_string).collect())
                ),
                measured: list(sums.iter().map(ToString::to_string).collect()),
                limit: "last ≤ 1.5 x first + 10".to_owned(),
                beside: format!(
                    "a rep with {} accounts at each size; most of them in {}",
                    world::OWN,
                    list(rows.iter().map(most).collect())
                ),
                holds: last <= first + first / 2 + 10,
            }
        };
        vec![
            figure("a push of one visit", &self.push),
            figure("an empty page behind ten entries of one's own", &self.page),
            figure("the first page of a fill", &self.fill),
        ]
    }
}

/// What each of them read, of what all did.
fn each(before: &Rows, after: &Rows) -> Rows {
    let grown = |(table, rows): (&String, &i64)| {
        let each = (rows - before.get(table).unwrap_or(&0)) / TIMES;
        (table.clone(), each)
    };
    after.iter().map(grown).filter(|(_, each)| *each > 0).collect()
}

/// The two tables with most rows, with how many.
fn most(rows: &Rows) -> String {
    let mut sorted: Vec<_> = rows.iter().collect();
    sorted.sort_by_key(|(_, rows)| -**rows);
    sorted.iter().take(2).map(|(table, rows)| format!("{table} {rows}")).collect::<Vec<_>>().join(", ")
}

/// Rows read from each table that grows, so far. Each connection tells its counts when asked to.
async fn rows_read(store: &Store) -> Rows {
    let mut connections = Vec::new();
    while let Some(connection) = store.pool().try_acquire() {
        connections.push(connection);
    }
    for connection in &mut connections {
        sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut **connection).await.unwrap();
    }
    let query = sqlx::query_as(
        "select schemaname || '.' || relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint \
         from pg_stat_user_tables where schemaname <> 'org'",
    );
    query.fetch_all(&mut *connections[0]).await.unwrap().into_iter().collect()
}
