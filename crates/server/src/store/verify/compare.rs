//! The second central record: made with the tables of the first, compared with it row by row, both ways.

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::{BESIDE, Problem, Verification};
use crate::store::Stored;

/// Rows of one table that are told one by one.
const ROWS_TOLD_MAX: usize = 10;

/// Makes empty tables beside the live ones.
pub(super) async fn prepare(connection: &mut PgConnection) -> Stored<()> {
    sqlx::raw_sql(AssertSqlSafe(format!("create schema {BESIDE}"))).execute(&mut *connection).await?;
    for table in names(connection).await? {
        let table = format!("create table {BESIDE}.{table} (like record.{table} including all)");
        sqlx::raw_sql(AssertSqlSafe(table)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Compares all tables.
pub(super) async fn tables(connection: &mut PgConnection, found: &mut Verification) -> Stored<()> {
    for table in names(connection).await? {
        let count = format!("select count(*) from record.{table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        found.rows += rows.cast_unsigned();
        for row in surplus(connection, &table, "record", BESIDE).await? {
            found.report(Problem::Unfounded { table: table.clone(), row });
        }
        for row in surplus(connection, &table, BESIDE, "record").await? {
            found.report(Problem::Missing { table: table.clone(), row });
        }
    }
    Ok(())
}

/// Rows of a table in one schema that are not in the other, as JSON.
async fn surplus(connection: &mut PgConnection, table: &str, here: &str, there: &str) -> Stored<Vec<String>> {
    let query = format!(
        "select to_jsonb(extra)::text as row \
         from (select * from {here}.{table} except select * from {there}.{table}) extra limit {ROWS_TOLD_MAX}"
    );
    let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(connection).await?;
    rows.into_iter().map(|row| Ok(row.try_get("row")?)).collect()
}

/// The tables of the central record. Their names come from the catalogue, quoted by it.
async fn names(connection: &mut PgConnection) -> Stored<Vec<String>> {
    let query = sqlx::query_scalar!(
        r#"
        select quote_ident(table_name) as "name!" from information_schema.tables
        where table_schema = 'record' and table_type = 'BASE TABLE' order by table_name
        "#
    );
    Ok(query.fetch_all(connection).await?)
}
