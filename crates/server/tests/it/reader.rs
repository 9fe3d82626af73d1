//! A BI tool's login reads the central record, all of it, and does nothing else.

use roadbook_model::Kind;
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::reader::ReaderError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::{Beat, Database, fields, text};

/// What Postgres says to whom it does not let.
const NOT_PERMITTED: &str = "42501";

/// A login of this test's own, in a Postgres that all tests share; gone when the test has ended well.
struct Login {
    name: String,
    connection: PgConnection,
}

impl Login {
    async fn new(database: &Database, store: &Store, word: &str) -> Self {
        let name = format!("{word}_{}", std::process::id());
        let password = store.add_reader(&name).await.unwrap();
        assert_eq!(password.len(), 48, "long enough that nobody guesses it");
        let url = database.url().replace("user=roadbook", &format!("user={name}"));
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let user: String =
            sqlx::query_scalar("select current_user::text").fetch_one(&mut connection).await.unwrap();
        assert_eq!(user, name, "it is really this login that asks");
        Self { name, connection }
    }

    async fn count(&mut self, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        let counted = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await;
        counted.unwrap_or_else(|error| panic!("{table}: {error}"))
    }

    /// The SQLSTATE with which a statement is refused.
    async fn refused(&mut self, sql: &str) -> String {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.connection).await;
        let error = done.err().unwrap_or_else(|| panic!("{sql}: was done"));
        error
            .as_database_error()
            .and_then(|error| error.code())
            .unwrap_or_else(|| panic!("{error}"))
            .into_owned()
    }

    async fn remove(self, store: &Store) {
        self.connection.close().await.unwrap();
        store.remove_reader(&self.name).await.unwrap();
    }
}

/// The tables and views of a schema.
async fn relations(store: &Store, schema: &str) -> Vec<String> {
    let sql = "select oid::regclass::text from pg_class
               where relnamespace::regnamespace::text = $1 and relkind in ('r', 'v', 'm', 'p') order by 1";
    sqlx::query_scalar(sql).bind(schema).fetch_all(store.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_reads_every_table_and_view_of_the_record_and_later_ones_too() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let (_, item) = device.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
    store.push(&device.row, vec![item]).await.unwrap();

    let mut login = Login::new(&database, &store, "reads").await;
    let tables = relations(&store, "record").await;
    assert!(tables.len() >= 15, "{tables:?}");
    for table in &tables {
        login.count(table).await;
    }
    assert_eq!((login.count("record.accounts").await, login.count("record.visits").await), (1, 1));
    assert!(login.count("record.activity").await > 0 && login.count("record.people").await > 0);
    sqlx::raw_sql("create table record.of_a_later_version (n int)").execute(store.pool()).await.unwrap();
    assert_eq!(login.count("record.of_a_later_version").await, 0);
    login.remove(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_writes_nothing_and_sees_no_other_schema() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    beat.account(&store, "Corner Shop").await;
    let mut login = Login::new(&database, &store, "writes").await;
    assert_eq!(login.refused("create table record.mine (n int)").await, "25006", "a slip of the hand");
    // Nothing holds it to that: from here on it is the rights that refuse.
    sqlx::raw_sql("set default_transaction_read_only = off").execute(&mut login.connection).await.unwrap();

    for schema in ["org", "log", "sync", "public"] {
        let tables = relations(&store, schema).await;
        assert!(!tables.is_empty(), "{schema}");
        for table in tables {
            assert_eq!(login.refused(&format!("select from {table}")).await, NOT_PERMITTED, "{table}");
            assert_eq!(login.refused(&format!("delete from {table}")).await, NOT_PERMITTED, "{table}");
        }
    }
    for schema in ["org", "log", "sync", "public", "record"] {
        let make = format!("create table {schema}.mine (n int)");
        assert_eq!(login.refused(&make).await, NOT_PERMITTED, "{schema}");
    }
    for right in ["insert", "update", "delete", "truncate", "references", "trigger"] {
        let sql = "select coalesce(array_agg(oid::regclass::text), '{}') from pg_class
                   where relnamespace = 'record'::regnamespace and relkind in ('r', 'v', 'm', 'p')
                     and has_table_privilege($1, oid, $2)";
        let query = sqlx::query_scalar::<_, Vec<String>>(sql).bind(&login.name).bind(right);
        assert_eq!(query.fetch_one(store.pool()).await.unwrap(), [""; 0], "{right}");
    }
    for sql in [
        "insert into record.accounts (id) values (gen_random_uuid())",
        "update record.accounts set name = 'mine'",
        "update record.people set role = 'admin'",
        "delete from record.accounts",
        "truncate record.accounts",
        "select record.put('account', '{\"id\": \"0196f3a0-0000-7000-8000-000000000001\", \"name\": \"mine\"}')",
        "set role roadbook",
        "alter role roadbook_reader superuser",
        "create role another",
        "drop schema record cascade",
    ] {
        assert_eq!(login.refused(sql).await, NOT_PERMITTED, "{sql}");
    }
    // What runs with its owner's rights would be a way round all that.
    let lent: Vec<String> = sqlx::query_scalar(
        "select oid::regprocedure::text from pg_proc
         where prosecdef and pronamespace::regnamespace::text in ('org', 'log', 'sync', 'record', 'public')",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(lent, [""; 0]);
    login.remove(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_made_renewed_and_removed_and_no_other_role_is_touched() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let name = format!("renewed_{}", std::process::id());
    let first = store.add_reader(&name).await.unwrap();
    let kept = "select rolpassword from pg_authid where rolname = $1";
    let secret =
        async || -> String { sqlx::query_scalar(kept).bind(&name).fetch_one(store.pool()).await.unwrap() };
    let before = secret().await;
    assert!(before.starts_with("SCRAM-SHA-256$"), "{before}");
    assert_ne!(store.add_reader(&name).await.unwrap(), first);
    assert_ne!(secret().await, before);
    store.remove_reader(&name).await.unwrap();
    assert!(matches!(store.remove_reader(&name).await, Err(ReaderError::Unknown(_))));

    for taken in ["roadbook", "roadbook_reader"] {
        assert!(matches!(store.add_reader(taken).await, Err(ReaderError::Taken(_))), "{taken}");
        assert!(matches!(store.remove_reader(taken).await, Err(ReaderError::Unknown(_))), "{taken}");
    }
    for bad in ["", "Bi", "1bi", "pg_bi", "bi; drop schema record", "bi\"", &"x".repeat(61)] {
        assert!(matches!(store.add_reader(bad).await, Err(ReaderError::Name)), "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_server_may_not_make_roles_it_says_what_the_administrator_does() {
    let database = Database::new().await;
    let (store, background) = database.open().await;
    let owner = format!("owner_{}", std::process::id());
    let grant = format!(
        "create role {owner} login; grant all on all tables in schema org, log, sync, record, public to {owner};
         grant usage, create on schema org, log, sync, record, public to {owner}"
    );
    sqlx::raw_sql(AssertSqlSafe(grant)).execute(store.pool()).await.unwrap();
    drop(store);
    background.finish().await;
    let url = database.url().replace("user=roadbook", &format!("user={owner}"));
    let (store, background) = Store::open(&url).await.unwrap();
    let error = store.add_reader("bi").await.unwrap_err();
    assert_eq!(error.code(), Some("may_not_make_roles"));
    let text = error.to_string();
    assert!(text.contains("create role bi login") && text.contains("grant select on all tables"), "{text}");
    drop(store);
    background.finish().await;
    let (store, _background) = database.open().await;
    let drop = format!("drop owned by {owner}; drop role {owner}");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(store.pool()).await.unwrap();
}
