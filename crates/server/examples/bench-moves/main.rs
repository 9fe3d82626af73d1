//! The figures of `docs/benchmarks.md` about moves, on a real and durable Postgres: a reassignment of 10,000 accounts
//! between 200 reps in a store of 100,000 accounts and a million records, beside the plain UPDATE of as many rows and beside
//! the pushes of others; and what pushes and pages look at while the store grows. Run by `cargo xtask bench`.
//!
//! The store is made set by set in SQL ([`world`]), with rows as the server itself writes them. What is measured is the
//! store's own interface.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

mod growth;
mod moves;
mod phone;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use roadbook_server::cluster::{Cluster, Durability, ROADBOOK};
use roadbook_server::store::Store;

/// Accounts of the store at each look.
const SIZES: [i32; 3] = [1_000, 10_000, 100_000];

/// One line of the table.
struct Figure {
    figure: String,
    measured: String,
    limit: String,
    beside: String,
    holds: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench-pg");
    let cluster = Cluster::open_exclusive(&folder, Durability::Durable).unwrap();
    let url = fresh_database(&cluster).await;
    let (store, background) = Store::open(&url).await.unwrap();
    let mut rows = Vec::new();
    let mut growth = growth::Growth::default();
    for accounts in SIZES {
        let before = now();
        world::grow(&store, accounts).await;
        eprintln!("{accounts} accounts after {:.0} s", before.elapsed().as_secs_f64());
        growth.look(&store, accounts).await;
    }
    rows.extend(growth.figures());
    rows.extend(moves::figures(&store).await);
    drop(store);
    background.finish().await;
    cluster.stop().unwrap();
    let mut missed = 0;
    println!("| figure | measured | limit | beside it in the same run |");
    println!("| --- | --- | --- | --- |");
    for row in rows {
        println!("| {} | {} | {} | {} |", row.figure, row.measured, row.limit, row.beside);
        missed += u32::from(!row.holds);
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An empty database, whatever an earlier run left.
async fn fresh_database(cluster: &Cluster) -> String {
    use sqlx::{Connection, PgConnection};
    let mut admin = PgConnection::connect(&cluster.url(ROADBOOK)).await.unwrap();
    for sql in ["drop database if exists bench with (force)", "create database bench"] {
        sqlx::raw_sql(sql).execute(&mut admin).await.unwrap();
    }
    cluster.url("bench")
}

/// The clock of the bench.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The value below which so many percent lie.
fn percentile(values: &mut [Duration], percent: usize) -> Duration {
    values.sort_unstable();
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
