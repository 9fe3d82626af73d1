//! The inbox of held work: what an item would have changed beside what stands now, and its one fate.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, Value, Verb};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_server::store::Store;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::inbox::settle::Verdict;
use roadbook_server::store::office::inbox::{FieldChange, HeldFilter, HeldItem, HeldState};
use roadbook_server::store::office::people::change::PersonChange;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Terms};
use serde_json::{Value as Json, json};

use crate::reassign::to_territory;
use crate::support::{
    Beat, Database, TestServer, ask_as, document_of, fields, gift, set, text, token, token_of,
};

/// Work of a leaver that is held for review: two edits of the profile that build on each other, and a new visit. The
/// heir has written the telephone number since.
async fn reviewed(store: &Store) -> (AccountId, Beat, Beat) {
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let account = north.account(store, "Corner Shop").await;
    let (mut leaver, mut heir) = (north.device(store).await, south.device(store).await);
    let lease = leaver.lease(store, Subject::Account(account)).await;
    let doc = document_of(store, account.record()).await;
    let note = Some("Ask south.".to_owned());
    let terms = Terms { late_policy: LatePolicy::Review, note, ..Terms::default() };
    let move_ = to_territory(Selection::Accounts(vec![account]), south.territory);
    store.reassign(&NewReassignment { terms, ..move_ }, south.person).await.unwrap();
    let theirs = heir.lease(store, Subject::Account(account)).await;
    let item = heir.edits(Kind::ACCOUNT, account.record(), &mut doc.clone(), theirs, &[set("phone", "222")]);
    store.push(&heir.row, vec![item]).await.unwrap();

    let mut own = doc.clone();
    let first = [set("phone", "111"), set("city", "Oslo")];
    let first = leaver.edits(Kind::ACCOUNT, account.record(), &mut own, lease, &first);
    let second = leaver.edits(Kind::ACCOUNT, account.record(), &mut own, lease, &[set("city", "Bergen")]);
    let visit = fields(&[("state", text("planned")), ("planned_minutes", Value::Int(30))]);
    let visit = leaver.creates(Kind::VISIT, account, lease, &visit).1;
    let answer = store.push(&leaver.row, vec![first, second, visit]).await.unwrap();
    for receipt in &answer.receipts {
        assert!(matches!(receipt.outcome, Outcome::Held(_)), "{receipt:?}");
    }
    (account, north, south)
}

async fn held(store: &Store) -> Vec<HeldItem> {
    store.list_held(HeldFilter::default(), 50).await.unwrap()
}

fn change(name: &str, before: Json, held: Json, now: Json, conflict: bool) -> FieldChange {
    FieldChange { path: vec![name.to_owned()], before, held, now, conflict }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_is_shown_field_by_field_beside_what_stands_now() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (account, north, south) = reviewed(&store).await;
    let items = held(&store).await;
    assert_eq!(items.len(), 3);
    assert_eq!(
        items[0].content.fields,
        [
            change("city", Json::Null, json!("Oslo"), Json::Null, false),
            change("phone", Json::Null, json!("111"), json!("222"), true),
        ]
    );
    assert_eq!(
        items[1].content.fields,
        [change("city", json!("Oslo"), json!("Bergen"), Json::Null, true)],
        "it builds on the item before"
    );
    let visit = &items[2];
    assert_eq!((visit.content.action.as_str(), visit.content.kind.as_deref()), ("create", Some("visit")));
    let created: Vec<&str> = visit.content.fields.iter().map(|field| field.path[0].as_str()).collect();
    assert_eq!(created, ["notes", "planned_minutes", "state"]);
    for item in &items {
        assert_eq!((item.state, item.person_name.as_str()), (HeldState::Held, "north"));
        assert_eq!(item.account_name.as_deref(), Some("Corner Shop"));
        assert!(item.captured_at.is_some());
        let lease = item.lease.as_ref().unwrap();
        assert_eq!(
            (lease.late_policy.as_deref(), lease.note.as_deref()),
            (Some("review"), Some("Ask south."))
        );
        assert!(lease.withdrawn_at.is_some() && lease.withdrawn_position.is_some());
    }
    assert_eq!((items[0].code.as_str(), items[1].code.as_str()), ("late_review", "branch_retired"));

    let count = async |filter: HeldFilter| store.list_held(filter, 50).await.unwrap().len();
    let all = HeldFilter::default;
    assert_eq!(count(HeldFilter { account: Some(account), ..all() }).await, 3);
    assert_eq!(count(HeldFilter { person: Some(north.person), ..all() }).await, 3);
    assert_eq!(count(HeldFilter { person: Some(south.person), ..all() }).await, 0);
    assert_eq!(count(HeldFilter { code: Some("branch_retired".into()), ..all() }).await, 1);
    assert_eq!(count(HeldFilter { since: Some(items[1].received_at), ..all() }).await, 3);
    assert_eq!(count(HeldFilter { after: items[0].position, ..all() }).await, 2);
    assert_eq!(count(HeldFilter { state: Some(HeldState::Settled), ..all() }).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_tells_of_leases_that_end_and_of_what_is_held_with_its_reason_and_its_fate() {
    let server = TestServer::new().await;
    let store = server.store();
    let (account, _, south) = reviewed(store).await;
    let items = held(store).await;
    let by = By::at_console(south.person, Role::Admin);
    store.settle_held(&by, items[2].position, &Verdict::Discard, "not a visit of ours").await.unwrap();
    let office = token(&server, Role::Office).await;
    let page = ask_as(&server, &office, "GET", "/v1/log?summary=true", &[], &Json::Null).await.json();
    let told = |word: &str, names: &[&str]| {
        let entries = page["entries"].as_array().unwrap().iter().filter(|entry| entry["type"] == word);
        let row =
            |entry: &Json| Json::from(names.iter().map(|name| entry[*name].clone()).collect::<Vec<_>>());
        entries.map(row).collect::<Vec<_>>()
    };
    let ends = told("withdrawn", &["leases", "late_policy", "note"]);
    assert_eq!(ends, [json!([1, "review", "Ask south."])]);
    let begins = told("granted", &["accounts", "note"]);
    assert_eq!(begins.last(), Some(&json!([1, "Ask south."])));
    let about = Some(account.to_string());
    let of_north = |code: &str, rule: Json| json!([about, "north", code, rule]);
    let held = told("held", &["account_id", "person_name", "code", "rule"]);
    assert_eq!(
        held,
        [
            of_north(&items[0].code, json!(items[0].rule)),
            of_north(&items[1].code, json!(items[1].rule)),
            of_north(&items[2].code, json!(items[2].rule))
        ]
    );
    assert!(told("held", &["text"]).iter().all(|text| text[0].as_str().is_some_and(|text| !text.is_empty())));
    let fate = told("fate", &["person_name", "fate", "text", "number"]);
    let numbers = told("held", &["number"]);
    assert_eq!(fate, [json!(["south", "discarded", "not a visit of ours", numbers[2][0]])]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_decide_at_once_one_is_first_and_the_other_hears_what_became_of_it() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (_, north, south) = reviewed(&store).await;
    let position = held(&store).await[2].position;
    let (one, other) = (By::at_console(north.person, Role::Admin), By::at_console(south.person, Role::Admin));
    let (first, second) = tokio::join!(
        store.settle_held(&one, position, &Verdict::Release, "a real visit"),
        store.settle_held(&other, position, &Verdict::Discard, "too late"),
    );
    let lost = match (first, second) {
        (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
        both => panic!("{both:?}"),
    };
    let OfficeError::Conflict { code: "already_settled", text } = &lost else { panic!("{lost:?}") };
    let told = ["north has released it already: a real visit", "south has discarded it already: too late"];
    assert!(told.contains(&text.as_str()), "{text}");
    let settled = store.lookup_held(position).await.unwrap().unwrap();
    assert_eq!(settled.state, HeldState::Settled);
    assert!(text.contains(&settled.fate.unwrap().text.unwrap()));
    let audited = "select count(*) from org.audit where action in ('held.release', 'held.discard')";
    let audited: i64 = sqlx::query_scalar(audited).fetch_one(store.pool()).await.unwrap();
    assert_eq!(audited, 1, "nothing is written of what did not happen");
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_released_comes_in_and_what_cannot_be_says_why() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (account, _, south) = reviewed(&store).await;
    let by = By::at_console(south.person, Role::Office);
    let positions: Vec<i64> = held(&store).await.iter().map(|item| item.position).collect();
    let mute = store.settle_held(&by, positions[0], &Verdict::Release, "  ").await;
    assert!(matches!(mute, Err(OfficeError::Invalid { code: "reason_required", .. })), "{mute:?}");
    let early = store.settle_held(&by, positions[1], &Verdict::Release, "the later one").await;
    assert!(matches!(&early, Err(OfficeError::Refused(_))), "{early:?}");
    let unknown = store.settle_held(&by, 999_999, &Verdict::Discard, "nothing").await;
    assert!(matches!(unknown, Err(OfficeError::Unknown { .. })), "{unknown:?}");
    let done = store.settle_held(&by, positions[0], &Verdict::ReleaseAll, "both").await.unwrap();
    assert_eq!((done.settled, done.left), (vec![positions[0], positions[1]], vec![]));
    let row: (Option<String>, Option<String>) =
        sqlx::query_as("select city, phone from record.accounts where id = $1")
            .bind(account.uuid())
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!(row, (Some("Bergen".into()), Some("222".into())), "late work overrides nothing");
    assert_eq!(store.verify().await.unwrap().problems, []);
}

/// An order that was handed in and is held with its request, piece by piece: what `first` and `second` say of the two.
async fn held_order(verdicts: [Verdict; 2]) -> (String, String, String) {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let account = north.account(&store, "Corner Shop").await;
    let mut leaver = north.device(&store).await;
    let lease = leaver.lease(&store, Subject::Account(account)).await;
    let terms = Terms { late_policy: LatePolicy::Review, ..Terms::default() };
    let move_ = to_territory(Selection::Accounts(vec![account]), south.territory);
    store.reassign(&NewReassignment { terms, ..move_ }, south.person).await.unwrap();
    let lines = fields(&[("0196f000-0000-7000-8000-000000000001", Value::Map(gift()))]);
    let content = [("state", text("draft")), ("currency", text("USD")), ("lines", Value::Map(lines))];
    let (order, made) = leaver.creates(Kind::ORDER, account, lease, &fields(&content));
    let asked = leaver.asks(Verb::Submit, order, lease);
    store.push(&leaver.row, vec![made, asked]).await.unwrap();
    let by = By::at_console(south.person, Role::Office);
    let positions: Vec<i64> = held(&store).await.iter().map(|item| item.position).collect();
    let early = store.settle_held(&by, positions[1], &verdicts[1], "too early").await;
    assert!(matches!(&early, Err(OfficeError::Refused(reason)) if reason.code == "parent_held"), "{early:?}");
    for (position, verdict) in positions.into_iter().zip(&verdicts) {
        store.settle_held(&by, position, verdict, "a real order").await.unwrap();
    }
    assert_eq!(held(&store).await.len(), 0);
    assert_eq!(store.verify().await.unwrap().problems, []);
    let query = "select orders.state, maker.name, decider.name from record.orders
                 join org.person maker on maker.id = orders.creator_id
                 join org.person decider on decider.id = orders.decided_by where orders.id = $1";
    sqlx::query_as(query).bind(order.uuid()).fetch_one(store.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_order_is_handed_in_with_its_release_or_by_who_takes_it_over() {
    let told = |words: [&str; 3]| -> (String, String, String) {
        let [state, maker, decider] = words.map(str::to_owned);
        (state, maker, decider)
    };
    let released = held_order([Verdict::Release, Verdict::Release]).await;
    assert_eq!(released, told(["submitted", "north", "north"]));
    let taken = held_order([Verdict::ReAuthor(Vec::new()), Verdict::ReAuthor(Vec::new())]).await;
    assert_eq!(taken, told(["submitted", "south", "south"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_over_leaves_what_others_changed_unless_it_is_named() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (account, _, south) = reviewed(&store).await;
    let by = By::at_console(south.person, Role::Office);
    let positions: Vec<i64> = held(&store).await.iter().map(|item| item.position).collect();
    let take_over = async |position, take: &[&str]| {
        let take = take.iter().map(|name| vec![(*name).to_owned()]).collect();
        store.settle_held(&by, position, &Verdict::ReAuthor(take), "ours now").await
    };
    let wrong = take_over(positions[0], &["city"]).await;
    assert!(matches!(wrong, Err(OfficeError::Refused(_))), "not in conflict: {wrong:?}");
    assert_eq!(take_over(positions[0], &[]).await.unwrap().kept, [["phone"]]);
    assert_eq!(take_over(positions[1], &[]).await.unwrap().kept, Vec::<Vec<String>>::new());
    let query = "select city || ' ' || phone from record.accounts where id = $1";
    let row: String = sqlx::query_scalar(query).bind(account.uuid()).fetch_one(store.pool()).await.unwrap();
    assert_eq!(row, "Bergen 222");
    let told = store.lookup_held(positions[0]).await.unwrap().unwrap().fate.unwrap();
    assert_eq!((told.fate.as_str(), told.by_name.as_deref()), ("re_authored", Some("south")));
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_shows_held_work_to_the_office_and_takes_its_word() {
    let server = TestServer::new().await;
    let store = server.store();
    let (account, north, _) = reviewed(store).await;
    let office = token(&server, Role::Office).await;
    let rep = token_of(&server, north.person, Role::Rep);
    let get = async |token: &str, path: &str| ask_as(&server, token, "GET", path, &[], &Json::Null).await;
    assert_eq!(get(&rep, "/v1/held").await.status, 403);
    let page = get(&office, &format!("/v1/held?account={account}&limit=2")).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(page["items"][0]["content"]["fields"][1]["now"], "222");
    let next = format!("/v1/held?account={account}&limit=2&after={}", page["next"].as_str().unwrap());
    let rest = get(&office, &next).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Json::Null));
    assert_eq!(get(&office, "/v1/held?colour=red").await.status, 400);
    let path = format!("/v1/held/{}", rest["items"][0]["position"]);
    assert_eq!(get(&office, &path).await.json()["state"], "held");
    let fate = format!("{path}/fate");
    let post = async |body: Json| ask_as(&server, &office, "POST", &fate, &[], &body).await;
    assert_eq!(post(json!({ "verdict": "burn", "text": "x" })).await.status, 400);
    assert_eq!(
        post(json!({ "verdict": "discard", "text": "" })).await.outcome(),
        (422, "reason_required".into())
    );
    let done = post(json!({ "verdict": "discard", "text": "Made twice." })).await;
    assert_eq!(done.json()["settled"], json!([rest["items"][0]["position"]]));
    assert_eq!(
        post(json!({ "verdict": "release", "text": "x" })).await.outcome(),
        (409, "already_settled".into())
    );
    let settled = get(&office, "/v1/held?state=settled").await.json();
    assert_eq!(settled["items"][0]["fate"]["by_name"], "A office");
    assert_eq!(settled["items"][0]["fate"]["text"], "Made twice.");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_only_a_former_role_allowed_is_held_readable_and_released_under_it() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let north = Beat::new(&store, "north").await;
    let account = north.account(&store, "Corner Shop").await;
    let mut phone = north.device(&store).await;
    let lease = phone.lease(&store, Subject::Account(account)).await;
    let visit = fields(&[("state", text("planned")), ("planned_minutes", Value::Int(30))]);
    let (visit, item) = phone.creates(Kind::VISIT, account, lease, &visit);
    let promotion = PersonChange { role: Some(Role::Manager), ..PersonChange::default() };
    store.change_person(None, north.person, None, &promotion).await.unwrap();
    store.push(&phone.row, vec![item]).await.unwrap();

    let item = held(&store).await.pop().unwrap();
    assert_eq!((item.code.as_str(), item.content.kind.as_deref()), ("role_changed", Some("visit")));
    let by = By::at_console(north.person, Role::Admin);
    store.settle_held(&by, item.position, &Verdict::Release, "captured as a rep").await.unwrap();
    assert!(!document_of(&store, visit).await.get_heads().is_empty());
}
