//! `verify` finds what was tampered with.

use roadbook_model::{Kind, Value};
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::open::Background;
use roadbook_server::store::verify::Problem;

use crate::support::{Beat, Database, fields, text};

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
