//! Databases: one of a test's own in the disposable Postgres of the checkout, and questions to any.

use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use roadbook_cluster::{Cluster, ROADBOOK, dev};
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A database of a test's own; gone when this is.
#[derive(Debug)]
pub struct Database {
    cluster: Cluster,
    name: String,
}

impl Database {
    /// An empty one.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let cluster = dev::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let name = format!("cli_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&cluster.url(ROADBOOK), &format!("drop database if exists {name} with (force)"));
        execute(&cluster.url(ROADBOOK), &format!("create database {name}"));
        Self { cluster, name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// The rows that a query gives, each as JSON.
    pub fn rows(&self, sql: &str) -> Vec<Json> {
        rows(&self.url(), sql)
    }

    /// The one value that a query gives.
    pub fn value(&self, sql: &str) -> Json {
        value(&self.url(), sql)
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        execute(&self.cluster.url(ROADBOOK), &format!("drop database if exists {} with (force)", self.name));
    }
}

/// The rows that a query gives, each as JSON.
pub fn rows(url: &str, sql: &str) -> Vec<Json> {
    let sql = format!("select to_jsonb(row) from ({sql}) row");
    wait(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let found = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        found
    })
}

/// The one value that a query gives.
pub fn value(url: &str, sql: &str) -> Json {
    let row = rows(url, sql).pop().unwrap();
    row.as_object().and_then(|row| row.values().next()).cloned().unwrap()
}

fn execute(url: &str, sql: &str) {
    wait(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
