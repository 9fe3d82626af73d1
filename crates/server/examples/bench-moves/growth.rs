//! What pushes and pages look at while the store grows: rows that Postgres read from tables, by scan or by index, as it
//! counts them itself.

use roadbook_protocol::page::FillMark;
use roadbook_server::store::Store;

use crate::phone::Phone;
use crate::{Figure, world};

/// How often each thing is done.
const TIMES: i64 = 20;
/// How often before that.
const WARM: usize = 60;

/// Rows looked at, by what was done, at each size.
#[derive(Default)]
pub struct Growth {
    push: Vec<i64>,
    page: Vec<i64>,
    fill: Vec<i64>,
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
        self.push.push((pushed - before) / TIMES);
        self.page.push((read - warm) / TIMES);
        self.fill.push((filled - read) / TIMES);
    }

    pub fn figures(&self) -> Vec<Figure> {
        let figure = |what: &str, rows: &[i64]| {
            let list = |numbers: Vec<String>| numbers.join(" / ");
            let (first, last) = (rows[0], rows[rows.len() - 1]);
            Figure {
                figure: format!(
                    "rows looked at by {what}, {} accounts in the store",
                    list(self.sizes.iter().map(ToString::to_string).collect())
                ),
                measured: list(rows.iter().map(ToString::to_string).collect()),
                limit: "last ≤ 1.5 x first + 10".to_owned(),
                beside: format!("a rep with {} accounts at each size", world::OWN),
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

/// Rows read from all tables so far. Each connection tells its counts when asked to.
async fn rows_read(store: &Store) -> i64 {
    let mut connections = Vec::new();
    while let Some(connection) = store.pool().try_acquire() {
        connections.push(connection);
    }
    for connection in &mut connections {
        sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut **connection).await.unwrap();
    }
    let query = sqlx::query_scalar(
        "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables",
    );
    query.fetch_one(&mut *connections[0]).await.unwrap()
}
