//! A database that another version of Roadbook set up: an older one is brought up to date with all it holds, a newer or
//! altered one is left alone, with the step to take; so is one that does not let us in.

use std::borrow::Cow;

use roadbook_model::{DeviceId, Kind};
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::open::{MIGRATIONS, OpenError};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

use crate::append::codes;
use crate::support::{Database, Device, TestServer, entries, fields, text};

/// The last migration of the version that wrote [`KEPT`].
const FIRST: i64 = 11;
/// What that version kept.
const KEPT: &str = include_str!("../older/0011.sql");

/// A database as the first version left it.
async fn first_version() -> Database {
    let database = Database::blank().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let first = MIGRATIONS.iter().filter(|migration| migration.version <= FIRST).cloned().collect();
    let migrator = Migrator { migrations: Cow::Owned(first), ..Migrator::DEFAULT };
    migrator.run(&mut connection).await.unwrap();
    sqlx::raw_sql(KEPT).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    database
}

/// What people see of it, in a few figures.
async fn figures(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = "
        select 'accounts ' || count(*) || ' ' || string_agg(name || ' ' || coalesce(phone, ''), ', ' order by name) from record.accounts
        union all select 'orders ' || count(*) || ' ' || sum(total) || ' ' || count(*) filter (where state = 'accepted') from record.orders
        union all select 'lines ' || count(*) || ' ' || sum(line_exact) from record.order_lines
        union all select 'visits ' || count(*) || ' ' || string_agg(notes, ', ' order by notes) from record.visits
        union all select 'others ' || (select count(*) from record.contacts) || ' ' || (select count(*) from record.tasks)
        union all select 'held ' || count(*) || ' ' || string_agg(code, ', ') from record.held
        union all select 'log ' || count(*) || ' ' || encode(sha256(string_agg(chain, null order by position)), 'hex')
            from log.entry where position <= 62
        union all select 'receipts ' || count(*) from sync.receipt";
    sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_version_is_brought_up_to_date_with_all_it_holds() {
    let database = first_version().await;
    let url = database.url();
    let before = figures(&url).await;
    assert!(
        before[0].contains("Neue Futterkiste") && before[3].contains("Wants the autumn list."),
        "{before:?}"
    );
    let server = TestServer::on(database).await;
    let store = server.store();
    assert_eq!(figures(&url).await, before, "nothing of it is lost or changed");
    assert_eq!(store.verify().await.unwrap().problems, []);

    // Its devices go on where they were.
    let (device, last): (uuid::Uuid, i64) =
        sqlx::query_as("select id, last_number from org.device where name = 'nancy'")
            .fetch_one(store.pool())
            .await
            .unwrap();
    let nancy = store.lookup_person("nancy.davolio@northwind.example").await.unwrap().unwrap();
    let account: uuid::Uuid =
        sqlx::query_scalar("select id from record.accounts where name = 'Neue Futterkiste'")
            .fetch_one(store.pool())
            .await
            .unwrap();
    let mut device = Device::of(DeviceId::from(device), nancy.id).after(u64::try_from(last).unwrap());
    let lease = device.lease(store, Subject::Account(account.into())).await;
    let visit = fields(&[("state", text("planned"))]);
    let (_, item) = device.creates(Kind::VISIT, account.into(), lease, &visit);
    assert_eq!(codes(&store.push(&device.row, vec![item]).await.unwrap()), [""]);
    assert_eq!(store.verify().await.unwrap().problems, []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_later_version_is_left_alone() {
    let database = Database::new().await;
    let (store, background) = database.open().await;
    let known = entries(&store).await;
    let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'of a later version', true, '', 0)";
    sqlx::query(later).execute(store.pool()).await.unwrap();
    let error = Store::open(&database.url()).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer(9999)), "{error}");
    let text = error.to_string();
    assert!(text.contains("later version of Roadbook") && text.contains("run that version"), "{text}");
    assert_eq!(entries(&store).await, known);
    drop(store);
    background.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_whose_migrations_were_others_is_left_alone() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let other = "update _sqlx_migrations set checksum = sha256(checksum) where version = 3";
    sqlx::query(other).execute(store.pool()).await.unwrap();
    let error = Store::open(&database.url()).await.unwrap_err();
    assert!(matches!(error, OpenError::Changed(3)), "{error}");
    assert!(error.to_string().contains("run the version that matches the database"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_fails_leaves_nothing_of_itself() {
    let database = first_version().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    // In the way of migration 0012.
    sqlx::raw_sql("create table org.idempotency (n int)").execute(&mut connection).await.unwrap();
    let error = Store::open(&database.url()).await.unwrap_err();
    assert!(matches!(error, OpenError::Migration(_)), "{error}");
    assert!(error.to_string().contains("nothing of the failed step remains"), "{error}");
    let half: Option<String> =
        sqlx::query_scalar("select to_regclass('org.audit')::text").fetch_one(&mut connection).await.unwrap();
    assert_eq!(half, None, "what stood before the failure in the same migration is gone with it");
    sqlx::raw_sql("drop table org.idempotency").execute(&mut connection).await.unwrap();
    let (store, _background) = database.open().await;
    assert_eq!(store.verify().await.unwrap().problems, [], "and the next start goes on from there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let database = Database::new().await;
    let none = database.url().replace("test_", "no_such_test_");
    for url in [none.as_str(), "postgresql://roadbook:s3cret@127.0.0.1:1/nobody"] {
        let error = Store::open(url).await.unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("check that Postgres runs there") && !text.contains("s3cret"), "{text}");
    }
    let error = Store::open("nonsense").await.unwrap_err();
    assert!(matches!(error, OpenError::Address(_)) && error.to_string().contains("postgresql://"), "{error}");
}
