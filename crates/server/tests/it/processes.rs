//! What follows in runs of processes by itself, on a real database: by the clock, by what the office writes, and once.

use roadbook_model::permission::Role;
use roadbook_model::{DepartmentId, Kind, RecordId};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::support::{Beat, Database, admin, entries, id_bytes, person, refused};

const NOW_MS: i64 = 1_790_000_000_000;
const MINUTE_MS: i64 = 60_000;

fn written(fields: Json) -> Map<String, Json> {
    fields.as_object().cloned().unwrap_or_default()
}

async fn begin(store: &Store, by: &By, beat: &Beat, process: &str) -> RecordId {
    let account = beat.account(store, "Corner Shop").await;
    let run = RecordId::new(NOW_MS.unsigned_abs(), id_bytes());
    let fields = json!({
        "process": process, "version": 1, "subject_id": account, "state": "running", "started_at": NOW_MS,
        "rep_id": beat.person,
    });
    store.add_record(by, run, account, Kind::RUN, written(fields)).await.unwrap();
    run
}

async fn answer(store: &Store, by: &By, run: RecordId, step: &str, state: &str, word: &str) {
    let version = store.lookup_record(run).await.unwrap().unwrap().version;
    let item = json!({ "step": step, "state": state, "word": word, "at": NOW_MS + MINUTE_MS });
    let key = Uuid::from_bytes([&[0; 6][..], &id_bytes()].concat().try_into().unwrap());
    let fields = json!({ "answers": { key.to_string(): item } });
    store.edit_record(by, run, written(fields), version).await.unwrap();
}

/// Tasks about a run: subject, department, person and when they are due.
async fn tasks(store: &Store, run: RecordId) -> Vec<(String, Option<Uuid>, Option<Uuid>, i64)> {
    let query = sqlx::query_as(
        "select subject, department_id, assignee_id, (extract(epoch from due_at) * 1000)::bigint
         from record.tasks where subject_id = $1 order by subject",
    );
    query.bind(run.uuid()).fetch_all(store.pool()).await.unwrap()
}

async fn department(store: &Store, code: &str) -> DepartmentId {
    let query = sqlx::query_scalar::<_, Uuid>("select id from org.department where code = $1");
    query.bind(code).fetch_one(store.pool()).await.unwrap().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_takes_too_long_goes_awry_once_and_the_department_is_told() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let made = store.publish_shipped(&by).await.unwrap();
    assert_eq!((made.published.len(), made.departments.len()), (3, 4), "{made:?}");
    let beat = Beat::new(&store, "north").await;
    let run = begin(&store, &by, &beat, "complaint").await;
    assert_eq!(store.follow_runs(NOW_MS + 2_880 * MINUTE_MS).await.unwrap(), 0, "two days it may take");
    let late_ms = NOW_MS + 2_881 * MINUTE_MS;
    assert_eq!(store.follow_runs(late_ms).await.unwrap(), 1);
    let service = department(&store, "service").await.uuid();
    let due_ms = late_ms + 240 * MINUTE_MS;
    assert_eq!(tasks(&store, run).await, [("It takes too long".to_owned(), Some(service), None, due_ms)]);
    let before = entries(&store).await;
    assert_eq!(store.follow_runs(late_ms + MINUTE_MS).await.unwrap(), 0, "once");
    assert_eq!(entries(&store).await, before);

    answer(&store, &by, run, "too_long/word", "done", "By Friday").await;
    assert_eq!(store.follow_runs(late_ms + MINUTE_MS).await.unwrap(), 1);
    let right = "select resolved_at is not null from record.run_awry where run_id = $1";
    let right: bool = sqlx::query_scalar(right).bind(run.uuid()).fetch_one(store.pool()).await.unwrap();
    assert!(right, "its steps are answered");
    assert_eq!(refused(store.remove_department(None, service.into(), None).await), "department_in_use");
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_office_answers_is_handed_over_and_the_manager_takes_over() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    store.publish_shipped(&by).await.unwrap();
    let manager = person(&store, "Mia", Role::Manager).await;
    let beat = Beat::led(&store, "north", Some(manager.id)).await;
    let run = begin(&store, &by, &beat, "complaint").await;
    answer(&store, &by, run, "remedy", "done", "nothing").await;
    assert_eq!(store.follow_runs(NOW_MS + 2 * MINUTE_MS).await.unwrap(), 1);
    let service = department(&store, "service").await.uuid();
    let at_ms = |minutes: i64| NOW_MS + minutes * MINUTE_MS;
    let expected = [
        ("Carry out what was promised to the customer".to_owned(), Some(service), None, at_ms(1 + 1_440)),
        ("Nothing puts it right".to_owned(), None, Some(manager.id.uuid()), at_ms(2 + 480)),
    ];
    assert_eq!(tasks(&store, run).await, expected);
    assert_eq!(store.follow_runs(NOW_MS + 3 * MINUTE_MS).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn departments_are_published_by_code_and_kept_up() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let id = |n: u8| DepartmentId::from_bytes([n; 16]);
    let published = || async {
        let rows = store.list_reference("departments", None, None, 10).await.unwrap();
        rows.into_iter().map(|row| (row.key, row.value["name"].clone())).collect::<Vec<_>>()
    };
    store.add_department(None, id(1), "After Sales & Service", None).await.unwrap();
    store.add_department(None, id(2), "Einkauf", Some("purchasing")).await.unwrap();
    store.rename_department(None, id(2), None, "Purchasing").await.unwrap();
    assert_eq!(
        published().await,
        [
            ("after_sales_service".to_owned(), json!("After Sales & Service")),
            ("purchasing".to_owned(), json!("Purchasing"))
        ]
    );
    assert_eq!(refused(store.add_department(None, id(3), "Buyers", Some("purchasing")).await), "code_taken");
    assert_eq!(refused(store.add_department(None, id(3), "Buyers", Some("Buyers!")).await), "bad_code");
    store.remove_department(None, id(1), None).await.unwrap();
    assert_eq!(published().await, [("purchasing".to_owned(), json!("Purchasing"))]);
    assert!(store.verify().await.unwrap().is_sound());
}
