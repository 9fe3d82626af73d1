//! `verify` finds what was tampered with.

use roadbook_model::{Kind, LeaseId, Value, Verb};
use roadbook_protocol::entry::{Reference, ReferenceItem, Subject};
use roadbook_server::store::Store;
use roadbook_server::store::office::reassignments::Selection;
use roadbook_server::store::open::Background;
use roadbook_server::store::verify::Problem;
use roadbook_sync::ledger::DeviceState;
use sqlx::AssertSqlSafe;

use crate::append::codes;
use crate::reassign::to_territory;
use crate::support::{Beat, Database, fields, gift, text};

async fn organisation() -> (Database, Store, Background) {
    let database = Database::new().await;
    let (store, background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let line = fields(&[
        ("sku", text("T-1")),
        ("quantity", Value::Int(3)),
        ("unit_price_minor", Value::Int(199)),
        ("discount_bp", Value::Int(333)),
    ]);
    let lines = fields(&[("0196f000-0000-7000-8000-000000000001", Value::Map(line))]);
    let order = fields(&[("state", text("draft")), ("currency", text("EUR")), ("lines", Value::Map(lines))]);
    let visit = fields(&[("state", text("planned")), ("planned_start", Value::Timestamp(1_800_000_000_123))]);
    let items = vec![
        device.creates(Kind::ORDER, account, lease, &order).1,
        device.creates(Kind::VISIT, account, lease, &visit).1,
    ];
    let answer = store.push(&device.row, items).await.unwrap();
    assert!(answer.halt.is_none());
    (database, store, background)
}

async fn run(store: &Store, sql: &'static str) {
    let done = sqlx::query(sql).execute(store.pool()).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "{sql}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untouched_database_is_sound_and_its_money_exact() {
    let (_database, store, _background) = organisation().await;
    let found = store.verify().await.unwrap();
    assert_eq!(found.problems, []);
    assert_eq!((found.records, found.rows), (3, 4));
    let (exact, total): (String, String) =
        sqlx::query_as("select line_exact::text, total::text from record.order_lines")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!((exact.as_str(), total.as_str()), ("5.771199", "5.77"), "3 * 1.99 less 3.33 %");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_row_of_the_central_record_is_found() {
    let (_database, store, _background) = organisation().await;
    run(&store, "update record.order_lines set quantity = 4").await;
    let found = store.verify().await.unwrap();
    assert_eq!(found.problem_count, 2, "{:?}", found.problems);
    assert!(matches!(&found.problems[0], Problem::Unfounded { table, .. } if table == "order_lines"));
    assert!(matches!(&found.problems[1], Problem::Missing { table, .. } if table == "order_lines"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_entry_is_found() {
    let (_database, store, _background) = organisation().await;
    run(
        &store,
        "update log.entry set payload = set_byte(payload, 40, get_byte(payload, 40) # 1) where position = 3",
    )
    .await;
    assert_eq!(store.verify().await.unwrap().problems, [Problem::Altered { position: 3 }]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_forged_entry_is_found() {
    let (_database, store, _background) = organisation().await;
    run(&store, "update log.entry set chain = sha256(chain) where position = 2").await;
    let found = store.verify().await.unwrap();
    assert_eq!(found.problems, [Problem::Unchained { position: 2 }, Problem::Unchained { position: 3 }]);
    run(&store, "delete from log.entry where position = 2").await;
    assert_eq!(store.verify().await.unwrap().problems, [Problem::Gap { position: 2 }]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_is_not_the_logs_is_found() {
    let (_database, store, _background) = organisation().await;
    run(&store, "update sync.record set digest = digest + 1 where kind = 'visit'").await;
    let found = store.verify().await.unwrap();
    assert!(
        matches!(&found.problems[..], [Problem::Document { what: "digest", .. }]),
        "{:?}",
        found.problems
    );
}

/// What somebody did to the tables behind the log's back, and the word that `verify` must say for it.
const TAMPERED: &[(&str, &str)] = &[
    (
        "withdrawal",
        "update sync.lease set withdrawn = 9, late_policy = 'accept', grace_until = now() where account_id is not null",
    ),
    (
        "withdrawal",
        "update sync.lease set withdrawn = null, late_policy = null, grace_until = null, closed = null
         where withdrawn is not null",
    ),
    ("withdrawal", "update sync.lease set grace_until = grace_until + interval '1 day' where withdrawn is not null"),
    ("another close", "update sync.lease set closed = 9 where account_id is not null and withdrawn is null"),
    ("another grant", "update sync.lease set granted = 1 where account_id is not null and withdrawn is null"),
    ("another grant", "update sync.lease set granted = 1 where granted = 0"),
    ("holder or subject", "update sync.lease set account_id = gen_random_uuid() where granted = 0"),
    ("sync.lease lacks", "delete from sync.lease where account_id is not null and withdrawn is null and granted > 0"),
    (
        "sync.lease has a row",
        "insert into sync.lease (id, device_id, account_id, granted)
         select gen_random_uuid(), device_id, account_id, granted from sync.lease
         where account_id is not null and withdrawn is null and granted > 0",
    ),
    (
        "sync.receipt has another lateness",
        "update sync.receipt set receipt = set_byte(receipt, length(receipt) - 1, 245) where number = 1",
    ),
    (
        "sync.receipt has another number or position",
        "update sync.receipt set receipt = (select receipt from sync.request), position = 1 + (
             select position from log.entry where type = 'decision' limit 1) where number = 4",
    ),
    ("sync.receipt has another number or position", "update sync.receipt set position = position + 1 where number = 1"),
    ("sync.receipt has another item", "update sync.receipt set item = sha256(item) where number = 3"),
    ("sync.receipt has another person", "update sync.receipt set person_id = gen_random_uuid() where number = 1"),
    ("sync.receipt lacks", "delete from sync.receipt where number = 2"),
    ("sync.receipt lacks", "delete from sync.receipt where number = (select max(number) from sync.receipt)"),
    (
        "sync.held has another item",
        "update sync.held set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) where number = 3",
    ),
    ("sync.held has another reason", "update sync.held set held = not held where number = 3"),
    ("sync.held has another reason", "update sync.held set code = 'grace_over' where number = 3"),
    ("sync.held has another fate", "update sync.held set fate = 'released' where number = 3"),
    ("sync.held has another fate", "update sync.held set fate = null where fate is not null"),
    ("person, account or record", "update sync.held set account_id = gen_random_uuid() where number = 3"),
    ("sync.held lacks", "delete from sync.held where number = 3"),
    (
        "sync.held has a row",
        "insert into sync.held select device_id, store_generation, 99, person_id, bytes, record_id, branch, account_id,
             held, position, code, fate from sync.held where number = 3",
    ),
    ("sync.request has another answer", "update sync.request set receipt = (select receipt from sync.receipt where number = 1)"),
    ("sync.request lacks", "delete from sync.request"),
    ("sync.reference has another value", "update sync.reference set json = '{\"name\": \"Cheaper tea\"}'"),
    ("sync.reference has another value", "update sync.reference set position = 1"),
    ("sync.reference lacks", "delete from sync.reference"),
    ("sync.reference has a row", "insert into sync.reference values ('products', 'T-2', '{}', 1)"),
    (
        "sync.change has another record or position",
        "update sync.change set position = position + 1
         where position = (select position from sync.receipt where number = 1)",
    ),
    (
        "sync.change lacks",
        "delete from sync.change where position = (select position from sync.receipt where number = 1)",
    ),
    ("sync.change has a row", "insert into sync.change select sha256(hash), record_id, 1 from sync.change limit 1"),
    ("another decision", "update sync.record set decision = null where kind = 'order'"),
    ("another time", "update sync.record set decided_at = decided_at - interval '1 day' where kind = 'order'"),
    ("another time", "update sync.record set changed_at = changed_at + interval '1 day' where kind = 'visit'"),
    ("another envelope", "update sync.record set creator_id = gen_random_uuid() where kind = 'visit'"),
];

/// The server's own tables, beside the log.
const TABLES: [&str; 7] = [
    "sync.lease",
    "sync.receipt",
    "sync.held",
    "sync.request",
    "sync.reference",
    "sync.change",
    "sync.record",
];

/// Work of every outcome, under leases in every state: an order that was decided on, a visit, two held items of which one
/// was given up, an account whose creation is held, a lease that was withdrawn and closed, and published products.
async fn busy() -> (Database, Store, Background) {
    let database = Database::new().await;
    let (store, background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let lost = beat.account(&store, "Gone Shop").await;
    let south = Beat::new(&store, "south").await;
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let losing = device.lease(&store, Subject::Account(lost)).await;
    let territory = device.lease(&store, Subject::Territory(beat.territory)).await;
    let lines = fields(&[("0196f000-0000-7000-8000-000000000001", Value::Map(gift()))]);
    let order = fields(&[("state", text("draft")), ("currency", text("EUR")), ("lines", Value::Map(lines))]);
    let visit = fields(&[("state", text("planned"))]);
    let (ordered, first) = device.creates(Kind::ORDER, account, lease, &order);
    let (_, second) = device.creates(Kind::VISIT, account, lease, &visit);
    let unknown = LeaseId::from_bytes([5; 16]);
    let (_, third) = device.creates(Kind::VISIT, account, unknown, &visit);
    let fourth = device.asks(Verb::Submit, ordered, lease);
    let (_, fifth) = device.creates(Kind::VISIT, account, unknown, &visit);
    let answer = store.push(&device.row, vec![first, second, third, fourth, fifth]).await.unwrap();
    assert_eq!(codes(&answer), ["", "", "no_lease", "", "no_lease"]);
    store.discard((device.id(), 1, 5), beat.person, "entered twice").await.unwrap();

    let move_ = to_territory(Selection::Accounts(vec![lost]), south.territory);
    store.reassign(&move_, beat.person).await.unwrap();
    let close = device.closes(losing);
    let answer = store.push(&device.row, vec![close]).await.unwrap();
    assert_eq!(codes(&answer), [""]);

    let product = ReferenceItem { key: "T-1".into(), json: Some(r#"{"name": "Tea"}"#.into()) };
    store.publish(Reference { set: "products".into(), items: vec![product] }).await.unwrap();
    let (_, opens, creation) = device.creates_account(territory, &fields(&[("name", text("New shop"))]));
    store.revoke(device.id(), DeviceState::Leaving).await.unwrap();
    let answer = store.push(&device.row, vec![creation]).await.unwrap();
    assert_eq!(codes(&answer), ["device_leaving"]);
    let unborn: i64 = sqlx::query_scalar("select granted from sync.lease where id = $1")
        .bind(opens.uuid())
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(unborn, 0);
    // A second device, whose leases stand open.
    beat.device(&store).await;
    (database, store, background)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_tampered_with_in_the_servers_own_tables_is_found() {
    let (_database, store, _background) = busy().await;
    let found = store.verify().await.unwrap();
    assert_eq!(found.problems, []);
    assert!(found.leases >= 6 && found.receipts == 7 && found.held == 3, "{found:?}");
    assert_eq!((found.requests, found.references), (1, 1), "{found:?}");
    let copies: String = TABLES
        .iter()
        .map(|table| format!("create table {} as table {table};", table.replace("sync.", "kept.")))
        .collect();
    sqlx::raw_sql(AssertSqlSafe(format!("create schema kept; {copies}")))
        .execute(store.pool())
        .await
        .unwrap();
    for (n, (word, sql)) in TAMPERED.iter().enumerate() {
        let done = sqlx::query(*sql).execute(store.pool()).await.unwrap();
        assert!(done.rows_affected() > 0, "{n}: {sql}: changed nothing");
        let found = store.verify().await.unwrap();
        let told: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|told| told.contains(word)), "{n}: {sql}: {told:?}");
        let back: String = TABLES
            .iter()
            .map(|table| {
                let kept = table.replace("sync.", "kept.");
                format!("delete from {table}; insert into {table} select * from {kept};")
            })
            .collect();
        sqlx::raw_sql(AssertSqlSafe(back)).execute(store.pool()).await.unwrap();
    }
    assert_eq!(store.verify().await.unwrap().problems, [], "put back, all is sound again");
}
