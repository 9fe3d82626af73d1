//! What members of a department work on without having the account: steps that wait for them, the run, and the task.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, RecordId};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::session::now_ms;
use crate::support::{Answer, Beat, TestServer, admin, ask_as, id_bytes, person, token_of};

async fn add(store: &Store, by: &By, account: AccountId, kind: Kind, fields: Json) -> RecordId {
    let id = RecordId::new(now_ms().unsigned_abs(), id_bytes());
    let fields = fields.as_object().cloned().unwrap_or_default();
    store.add_record(by, id, account, kind, fields).await.unwrap();
    id
}

async fn get(server: &TestServer, token: &str, path: &str) -> Answer {
    ask_as(server, token, "GET", path, &[], &Json::Null).await
}

/// The complaint, with two steps and one of a path for the department `service`.
fn second_version() -> Json {
    let text = include_str!("../../../model/processes/complaint.json");
    let mut next: Json = serde_json::from_str(text).unwrap();
    next["version"] = json!(2);
    next["steps"][3]["by"] = json!({ "department": "service" });
    next["steps"][4]["by"] = json!({ "department": "service" });
    next["awry"][0]["steps"][0]["by"] = json!({ "department": "service" });
    next
}

/// Does what follows in runs until all that was written has been looked at, whoever else does so at the same time.
async fn follow(store: &Store, now_ms: i64) {
    let seen = "select position >= (select max(position) from log.entry) from org.process_watch";
    loop {
        store.follow_runs(now_ms).await.unwrap();
        if sqlx::query_scalar(seen).fetch_one(store.pool()).await.unwrap() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_a_department_see_what_waits_for_them_and_answer_it_wherever_the_account_lies() {
    let server = TestServer::new().await;
    let store = server.store();
    let by = admin(store).await;
    store.publish_shipped(&by).await.unwrap();
    let office = token_of(&server, by.person, Role::Admin);
    let body = json!({ "items": { "complaint@2": second_version() } });
    let published = ask_as(&server, &office, "POST", "/v1/reference/processes", &[], &body).await;
    assert_eq!(published.status, 200, "{:?}", published.outcome());
    let service = "select id from org.department where code = 'service'";
    let service: Uuid = sqlx::query_scalar(service).fetch_one(store.pool()).await.unwrap();

    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let manager = person(store, "Mia", Role::Manager).await;
    for member in [south.person, manager.id] {
        store.add_member(None, service.into(), member).await.unwrap();
    }
    let account = north.account(store, "Corner Shop").await;
    let elsewhere = south.account(store, "Harbour Deli").await;
    let case = json!({ "subject": "Wrong goods", "case_type": "complaint", "state": "open" });
    let case = add(store, &by, account, Kind::CASE, case).await;
    let begun = |version: i64, about: RecordId| {
        json!({
            "process": "complaint", "version": version, "subject_id": about, "state": "running", "started_at": now_ms(),
            "rep_id": north.person,
        })
    };
    let run = add(store, &by, account, Kind::RUN, begun(2, case)).await;
    let others = add(store, &by, account, Kind::RUN, begun(1, case)).await;
    let member = token_of(&server, south.person, Role::Rep);
    let leader = token_of(&server, manager.id, Role::Manager);
    let stranger = token_of(&server, north.person, Role::Rep);
    let of = |rest: &str| format!("/v1/departments/{service}/{rest}");

    let waiting = get(&server, &member, &of("steps")).await.json();
    let steps = |answer: &Json| {
        let steps = answer["items"].as_array().unwrap().iter();
        steps.map(|row| (row["run_id"].clone(), row["step"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(steps(&waiting), [(json!(run), json!("promise")), (json!(run), json!("satisfied"))]);
    assert_eq!(waiting["items"][0]["account_name"], "Corner Shop");
    let one = get(&server, &member, &of("steps?limit=1")).await.json();
    let next = one["next"].as_str().unwrap().to_owned();
    let two = get(&server, &member, &of(&format!("steps?limit=1&after={next}"))).await.json();
    assert_eq!([steps(&one), steps(&two)].concat(), steps(&waiting), "page after page");

    let shown = get(&server, &member, &of(&format!("runs/{run}"))).await.json();
    assert_eq!(shown["run"]["document"]["process"], "complaint");
    assert_eq!(shown["about"]["document"]["subject"], "Wrong goods");
    assert_eq!(shown["steps"], json!(["promise", "satisfied", "no_remedy/manager"]));
    assert_eq!(
        get(&server, &member, &format!("/v1/accounts/{account}")).await.status,
        404,
        "nothing else of it"
    );
    assert_eq!(get(&server, &member, &of(&format!("runs/{others}"))).await.status, 404, "no step is theirs");
    for path in [of("steps"), of("queue"), of(&format!("runs/{run}"))] {
        assert_eq!(get(&server, &stranger, &path).await.status, 404, "no member: {path}");
        assert_eq!(get(&server, &office, &path).await.status, 200, "the office: {path}");
    }

    // Members answer their steps and no others, in whatever role.
    let answer = async |token: &str, step: &str, said: &str| {
        let body = json!({ "step": step, "said": said });
        let path = format!("/v1/records/{run}/answers");
        ask_as(&server, token, "POST", &path, &[], &body).await.outcome()
    };
    assert_eq!(answer(&member, "listen", "yes").await.0, 404, "the rep's");
    assert_eq!(answer(&member, "promise", "A credit note by Friday").await.0, 204);
    assert_eq!(answer(&leader, "satisfied", "9").await, (422, "wrong_answer".to_owned()));
    assert_eq!(answer(&leader, "satisfied", "4").await.0, 204);
    assert!(steps(&get(&server, &member, &of("steps")).await.json()).is_empty());
    assert_eq!(answer(&office, "remedy", "nothing").await.0, 204);
    follow(store, now_ms() + 60_000).await;
    let waiting = get(&server, &leader, &of("steps")).await.json();
    assert_eq!(steps(&waiting), [(json!(run), json!("no_remedy/manager"))], "the path was taken");

    // The task of the hand-off: its run is seen through it, and it is done from here.
    assert_eq!(answer(&office, "remedy", "credit").await.0, 204);
    follow(store, now_ms() + 120_000).await;
    let queue = get(&server, &member, &of("queue")).await.json();
    let task =
        queue["items"].as_array().unwrap().iter().find(|task| task["subject_id"] == json!(run)).unwrap();
    let done = of(&format!("queue/{}/done", task["id"].as_str().unwrap()));
    let finish = async |token: &str, path: &str| {
        ask_as(&server, token, "POST", path, &[], &Json::Null).await.outcome()
    };
    assert_eq!(finish(&stranger, &done).await.0, 404);
    assert_eq!(finish(&member, &done).await.0, 204);
    assert_eq!(finish(&member, &done).await, (409, "not_open".to_owned()));
    assert_eq!(finish(&member, &of(&format!("queue/{run}/done"))).await.0, 404, "a run is no task");
    let acts =
        "select count(*) from org.audit where action in ('run.answer', 'task.done') and person_id = any($1)";
    let acts = sqlx::query_scalar::<_, i64>(acts).bind([south.person.uuid(), manager.id.uuid()]);
    assert_eq!(acts.fetch_one(store.pool()).await.unwrap(), 3);

    // A task that only claims to be about a run, or a run about a record elsewhere, opens nothing.
    let own = json!({ "subject": "Look", "state": "open", "department_id": service, "subject_id": others });
    add(store, &by, elsewhere, Kind::TASK, own).await;
    assert_eq!(get(&server, &member, &of(&format!("runs/{others}"))).await.status, 404);
    let lured = add(store, &by, elsewhere, Kind::RUN, begun(2, case)).await;
    let lured = get(&server, &member, &of(&format!("runs/{lured}"))).await.json();
    assert_eq!(lured["about"], Json::Null);
    assert!(store.verify().await.unwrap().is_sound());
    server.stop().await;
}
