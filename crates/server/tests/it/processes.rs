//! What follows in runs of processes by itself, on a real database: by the clock, by what the office writes, and once.

use roadbook_model::permission::Role;
use roadbook_model::{DepartmentId, Kind, RecordId};
use roadbook_server::store::Store;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::reference::Publication;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::support::{
    Beat, Database, TestServer, admin, ask_as, entries, id_bytes, person, refused, token, token_of,
};

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
    answer_at(store, by, run, NOW_MS + MINUTE_MS, step, state, word).await;
}

async fn answer_at(store: &Store, by: &By, run: RecordId, at_ms: i64, step: &str, state: &str, word: &str) {
    let version = store.lookup_record(run).await.unwrap().unwrap().version;
    let item = json!({ "step": step, "state": state, "word": word, "at": at_ms });
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
async fn a_run_that_was_finished_too_late_in_one_go_counts_as_one_that_took_too_long() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    store.publish_shipped(&by).await.unwrap();
    let beat = Beat::new(&store, "north").await;
    let late_ms = NOW_MS + 481 * MINUTE_MS;
    let (goes_on, ended) =
        (begin(&store, &by, &beat, "stock_out").await, begin(&store, &by, &beat, "stock_out").await);
    for run in [goes_on, ended] {
        answer_at(&store, &by, run, late_ms, "tell", "done", "yes").await;
        answer_at(&store, &by, run, late_ms, "choice", "done", "wait").await;
    }
    // As a device wrote it that did not look at the time.
    let version = store.lookup_record(ended).await.unwrap().unwrap().version;
    let end = json!({ "state": "done", "finished_at": late_ms });
    store.edit_record(&by, ended, written(end), version).await.unwrap();
    assert!(store.follow_runs(late_ms).await.unwrap() > 0, "the one that goes on takes its path");
    let office = person(&store, "Olga", Role::Office).await;
    let figures = store.process_figures(&office, "stock_out", 1, None, None).await.unwrap().unwrap();
    let silent = figures.awry.iter().find(|path| path.path == "silent").unwrap();
    assert_eq!((silent.taken, silent.not_taken), (1, 1), "{silent:?}");
    assert_eq!((figures.total.running, figures.total.met, figures.total.missed), (1, 0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goals_are_told_by_who_answers_for_the_processes() {
    let server = TestServer::new().await;
    let store = server.store();
    let by = admin(store).await;
    store.publish_shipped(&by).await.unwrap();
    let text = include_str!("../../../model/processes/complaint.json");
    let mut next: Json = serde_json::from_str(text).unwrap();
    next["version"] = json!(2);
    next["owner"] = json!("Olga Office");
    let items = [("complaint@2".to_owned(), Some(next))];
    let set = Publication { set: "processes".to_owned(), items: items.into(), dry_run: false };
    store.publish_checked(&by, set).await.unwrap();
    let (beat, other) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    for (beat, process, minutes) in [
        (&beat, "complaint", 10),
        (&beat, "complaint", 3_000),
        (&other, "complaint", 20),
        (&beat, "stock_out", 100_000),
    ] {
        let run = begin(store, &by, beat, process).await;
        let ended = json!({ "state": "done", "finished_at": NOW_MS + minutes * MINUTE_MS });
        // The server follows the run meanwhile: until nobody wrote in between.
        loop {
            let version = store.lookup_record(run).await.unwrap().unwrap().version;
            match store.edit_record(&by, run, written(ended.clone()), version).await {
                Err(OfficeError::Stale { .. }) => {}
                done => break done.unwrap(),
            };
        }
    }
    let office = token(&server, Role::Office).await;
    let seen = async |token: &str, query: &str| {
        let answer =
            ask_as(&server, token, "GET", &format!("/v1/processes/owners{query}"), &[], &Json::Null).await;
        assert_eq!(answer.status, 200, "{:?}", answer.outcome());
        let row = |row: &Json| {
            json!([row["owner"], row["figures"]["met"], row["figures"]["missed"], row["figures"]["met_bp"]])
        };
        answer.json()["items"].as_array().unwrap().iter().map(row).collect::<Vec<_>>()
    };
    let all =
        [json!(["Olga Office", 0, 0, null]), json!(["sales", 0, 1, 0]), json!(["service", 2, 1, 6_666])];
    assert_eq!(seen(&office, "").await, all);
    assert_eq!(seen(&office, "?limit=1").await, all[..1]);
    assert_eq!(
        seen(&office, "?since=2100-01-01T00:00:00Z").await.last(),
        Some(&json!(["service", 0, 0, null]))
    );
    let rep = token_of(&server, other.person, Role::Rep);
    assert_eq!(
        seen(&rep, "").await.last(),
        Some(&json!(["service", 1, 0, 10_000])),
        "the own accounts alone"
    );
    server.stop().await;
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
    answer(&store, &by, run, "promise", "done", "A word by Friday").await;
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
async fn a_path_that_is_not_put_right_in_time_is_brought_before_the_owner_once() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    store.publish_shipped(&by).await.unwrap();
    let beat = Beat::new(&store, "north").await;
    let run = begin(&store, &by, &beat, "complaint").await;
    let late_ms = NOW_MS + 2_881 * MINUTE_MS;
    assert_eq!(store.follow_runs(late_ms).await.unwrap(), 1);
    let due_ms = late_ms + 240 * MINUTE_MS;
    assert_eq!(store.follow_runs(due_ms).await.unwrap(), 0, "there is still a moment");
    assert_eq!(store.follow_runs(due_ms + 1).await.unwrap(), 1);
    let service = department(&store, "service").await.uuid();
    let task = |subject: &str| (subject.to_owned(), Some(service), None, due_ms);
    let both = [task("It takes too long"), task("Too late: It takes too long")];
    assert_eq!(tasks(&store, run).await, both);
    assert_eq!(store.follow_runs(due_ms + MINUTE_MS).await.unwrap(), 0, "once");
    answer(&store, &by, run, "too_long/word", "done", "By Friday").await;
    assert_eq!(store.follow_runs(due_ms + 2 * MINUTE_MS).await.unwrap(), 1, "it is put right, however late");
    assert_eq!(tasks(&store, run).await, both);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_versions_are_compared_by_one_measure() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    store.publish_shipped(&by).await.unwrap();
    let text = include_str!("../../../model/processes/complaint.json");
    let mut next: Json = serde_json::from_str(text).unwrap();
    next["version"] = json!(2);
    next["measure"] =
        json!({ "name": "Satisfaction", "of": { "answer": "satisfied" }, "is": "at_least", "target": 4 });
    let mut third = next.clone();
    third["version"] = json!(3);
    third["steps"][4]["key"] = json!("content");
    third["measure"]["of"] = json!({ "answer": "content" });
    third["awry"][1]["trigger"] = json!({ "step_failed": "content" });
    let items = [("complaint@2".to_owned(), Some(next)), ("complaint@3".to_owned(), Some(third))];
    let set = Publication { set: "processes".to_owned(), items: items.into(), dry_run: false };
    store.publish_checked(&by, set).await.unwrap();
    let beat = Beat::new(&store, "north").await;
    let run = begin(&store, &by, &beat, "complaint").await;
    let version = store.lookup_record(run).await.unwrap().unwrap().version;
    let ended = json!({ "state": "done", "finished_at": NOW_MS + 10 * MINUTE_MS });
    store.edit_record(&by, run, written(ended), version).await.unwrap();
    let office = person(&store, "Olga", Role::Office).await;
    let met = async |measured_as: Option<i64>| {
        let figures = store.process_figures(&office, "complaint", 1, None, measured_as).await;
        figures.map(|figures| figures.map(|figures| (figures.total.met, figures.total.missed)))
    };
    assert_eq!(met(None).await.unwrap(), Some((1, 0)), "in ten minutes");
    assert_eq!(met(Some(1)).await.unwrap(), Some((1, 0)));
    assert_eq!(met(Some(2)).await.unwrap(), Some((0, 1)), "nobody was asked whether that is satisfying");
    assert_eq!(refused(met(Some(3)).await), "no_such_measure");
    assert_eq!(met(Some(4)).await.unwrap(), None, "no such version");
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

/// Rows of runs that Postgres read so far, by scan or by index. Each connection tells its counts when asked to.
async fn runs_read(store: &Store) -> i64 {
    let pool = store.pool();
    let listens = "select exists (select from pg_stat_activity where datname = current_database() \
                   and query ilike 'listen%')";
    while !sqlx::query_scalar::<_, bool>(listens).fetch_one(pool).await.unwrap() {
        tokio::task::yield_now().await;
    }
    // All but the one that listens: one that somebody let go of just now comes back a moment later.
    while pool.num_idle() + 1 < pool.size() as usize {
        tokio::task::yield_now().await;
    }
    let mut connections = Vec::new();
    while let Some(connection) = pool.try_acquire() {
        connections.push(connection);
    }
    for connection in &mut connections {
        sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut **connection).await.unwrap();
    }
    let query = "select (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables \
                 where schemaname = 'record' and relname = 'runs'";
    sqlx::query_scalar(query).fetch_one(&mut **connections.first_mut().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_runs_looks_at_no_more_of_them_however_many_have_ended() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    store.publish_shipped(&by).await.unwrap();
    let beat = Beat::new(&store, "north").await;
    let run = begin(&store, &by, &beat, "complaint").await;
    let account = store.lookup_record(run).await.unwrap().unwrap().account_id;
    store.follow_runs(NOW_MS).await.unwrap();
    let mut read = Vec::new();
    for more in [100, 10_000] {
        // At the same customer, about the same record, of the same version, and begun as long ago.
        let ended = "insert into record.runs (id, account_id, creator_id, process, version, subject_id, state, started_at,
                                              created_at, changed_at, log_position)
                     select gen_random_uuid(), account_id, creator_id, process, version, subject_id, 'done', started_at,
                            created_at, changed_at, 0
                     from record.runs, generate_series(1, $2) where id = $1";
        sqlx::query(ended).bind(run.uuid()).bind(more).execute(store.pool()).await.unwrap();
        sqlx::raw_sql("analyze record.runs").execute(store.pool()).await.unwrap();
        let case = RecordId::new(NOW_MS.unsigned_abs(), id_bytes());
        let fields = json!({ "subject": "Late", "case_type": "complaint", "state": "open" });
        store.add_record(&by, case, account.into(), Kind::CASE, written(fields)).await.unwrap();
        let version = store.lookup_record(account.into()).await.unwrap().unwrap().version;
        let name = json!({ "name": format!("Corner Shop {more}") });
        store.edit_record(&by, account.into(), written(name), version).await.unwrap();
        let before = runs_read(&store).await;
        store.follow_runs(NOW_MS + 2_881 * MINUTE_MS).await.unwrap();
        read.push(runs_read(&store).await - before);
    }
    assert!(read[0] > 0, "they are looked at: {read:?}");
    assert!(
        read[1] <= read[0] + read[0] / 2 + 10,
        "rows of runs read beside 100 and 10,100 that ended: {read:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_which_nothing_comes_do_not_keep_others_from_their_turn() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    store.publish_shipped(&by).await.unwrap();
    let beat = Beat::new(&store, "north").await;
    let run = begin(&store, &by, &beat, "complaint").await;
    store.follow_runs(NOW_MS).await.unwrap();
    // Older ones that take too long as well, and of which nobody can make anything: more than are looked at in one round.
    let stuck = "insert into record.runs (id, account_id, creator_id, process, version, subject_id, state, started_at,
                                          created_at, changed_at, log_position)
                 select gen_random_uuid(), account_id, creator_id, process, version, subject_id, state,
                        started_at - interval '1 hour', created_at, changed_at, 0
                 from record.runs, generate_series(1, 1100) where id = $1";
    sqlx::query(stuck).bind(run.uuid()).execute(store.pool()).await.unwrap();
    let late_ms = NOW_MS + 2_881 * MINUTE_MS;
    let mut followed = Vec::new();
    for _ in 0..4 {
        followed.push(store.follow_runs(late_ms).await.unwrap());
    }
    assert_eq!(followed, [0, 0, 1, 0], "behind 1,100 others in the third round, and then from the oldest on");
    let service = department(&store, "service").await.uuid();
    let due_ms = late_ms + 240 * MINUTE_MS;
    assert_eq!(tasks(&store, run).await, [("It takes too long".to_owned(), Some(service), None, due_ms)]);
    // What is past its due time has its turn in the same way.
    let paths = "insert into record.run_awry (run_id, account_id, id, path, at)
                 select runs.id, runs.account_id, gen_random_uuid(), 'too_long', $1 from record.runs where id <> $2";
    sqlx::query(paths)
        .bind(chrono::DateTime::from_timestamp_millis(late_ms))
        .bind(run.uuid())
        .execute(store.pool())
        .await
        .unwrap();
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(store.follow_runs(due_ms + 1).await.unwrap());
    }
    assert_eq!(told, [0, 0, 1, 0], "whoever answers for the process is told of the one that can be followed");
    assert_eq!(tasks(&store, run).await.len(), 2);
}
