//! Why something is here, is not here, or is held.

use roadbook_model::permission::Role;
use roadbook_model::{Kind, RecordId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::inbox::settle::Verdict;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Terms};
use roadbook_server::store::office::why::{Presence, Standing, WhySubject};
use serde_json::Value as Json;

use crate::reassign::to_territory;
use crate::support::{Beat, Database, TestServer, ask_as, document_of, fields, set, text, token, token_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_s_story_is_told_from_its_creation_to_the_fate_of_late_work() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let account = north.account(&store, "Corner Shop").await;
    let (mut leaver, heir) = (north.device(&store).await, south.device(&store).await);
    let lease = leaver.lease(&store, Subject::Account(account)).await;
    let (visit, item) = leaver.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
    store.push(&leaver.row, vec![item]).await.unwrap();
    let mut doc = document_of(&store, visit).await;
    let terms = Terms { late_policy: LatePolicy::Review, ..Terms::default() };
    let move_ = to_territory(Selection::Accounts(vec![account]), south.territory);
    store.reassign(&NewReassignment { terms, ..move_ }, south.person).await.unwrap();
    let late = leaver.edits(Kind::VISIT, visit, &mut doc, lease, &[set("subject", "Late")]);
    let hash = doc.get_last_local_change().map(|change| change.hash().0);
    let answer = store.push(&leaver.row, vec![late]).await.unwrap();
    let position = answer.receipts[0].position;
    let why = store.why(WhySubject::Item(leaver.id(), 1, 2)).await.unwrap().unwrap();
    assert_eq!((why.standing, why.steps.len()), (Standing::Held, 1));
    let by = By::at_console(south.person, Role::Office);
    store.settle_held(&by, position.cast_signed(), &Verdict::Discard, "Old news.").await.unwrap();

    let why = store.why(WhySubject::Record(visit, Some(leaver.id()))).await.unwrap().unwrap();
    assert_eq!(why.standing, Standing::InTheRecord);
    let told: Vec<&str> = why.steps.iter().map(|step| step.text.as_str()).collect();
    let expected = [
        "north's phone got the account; its records come by a fill.".to_owned(),
        format!(
            "Created by north on north's phone, captured 2027-01-15T08:00:00.000Z. In time, under lease {lease}."
        ),
        "south moved the account from north north to south south.".to_owned(),
        "south's phone got the account; its records come by a fill.".to_owned(),
    ];
    for line in &expected {
        assert!(told.contains(&line.as_str()), "{line}\n{told:#?}");
    }
    let lost = "north's phone lost the account; what it still sends is held for review until 20";
    assert!(told.iter().any(|line| line.starts_with(lost)), "{told:#?}");
    let held =
        told.iter().find(|line| line.starts_with("Item 2 of north on north's phone was held: ")).unwrap();
    assert!(held.contains("[late_review, rule "), "{held}");
    assert_eq!(told.last(), Some(&"south discarded item 2 of north on north's phone: Old news."));
    let positions: Vec<i64> = why.steps.iter().map(|step| step.position).collect();
    assert!(positions.is_sorted(), "{positions:?}");

    let there = why.on_device.unwrap();
    assert_eq!((there.state, there.lease_id), (Presence::Draining, Some(lease.uuid())));
    let of_heir = store.why(WhySubject::Record(visit, Some(heir.id()))).await.unwrap().unwrap();
    assert_eq!(of_heir.on_device.unwrap().state, Presence::Coming);
    let stranger = Beat::new(&store, "west").await.device(&store).await;
    let of_stranger = store.why(WhySubject::Record(visit, Some(stranger.id()))).await.unwrap().unwrap();
    assert_eq!(of_stranger.on_device.unwrap().state, Presence::NeverGranted);

    let change = store.why(WhySubject::Change(hash.unwrap())).await.unwrap().unwrap();
    assert_eq!((change.standing, change.steps.len()), (Standing::Settled, 2));
    assert_eq!(change.record_id, Some(visit.uuid()));
    let first = store.why(WhySubject::Item(leaver.id(), 1, 1)).await.unwrap().unwrap();
    assert_eq!((first.standing, first.record_id), (Standing::InTheRecord, Some(visit.uuid())));
    let coming = store.why(WhySubject::Item(leaver.id(), 1, 3)).await.unwrap().unwrap();
    assert_eq!(coming.standing, Standing::NotArrived);
    assert_eq!(coming.text, "This item has not arrived; the last one that did is number 2.");
    assert!(store.why(WhySubject::Change([7; 32])).await.unwrap().is_none());
    assert!(store.why(WhySubject::Record(RecordId::from_bytes([7; 16]), None)).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reps_ask_about_what_is_in_their_reach_and_about_their_own_work() {
    let server = TestServer::new().await;
    let store = server.store();
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let account = north.account(store, "Corner Shop").await;
    let (mut one, other) = (north.device(store).await, south.device(store).await);
    let lease = one.lease(store, Subject::Account(account)).await;
    // A visit of an account that nobody has: refused or held, it is the rep's own work.
    let stray = RecordId::from_bytes([9; 16]).account();
    let item = one.creates(Kind::VISIT, stray, lease, &fields(&[("state", text("planned"))])).1;
    store.push(&one.row, vec![item]).await.unwrap();
    let (mine, theirs) =
        (token_of(&server, north.person, Role::Rep), token_of(&server, south.person, Role::Rep));
    let office = token(&server, Role::Office).await;
    let get = async |token: &str, query: String| {
        ask_as(&server, token, "GET", &format!("/v1/why?{query}"), &[], &Json::Null).await.status
    };
    let record = format!("record={account}");
    assert_eq!(get(&mine, record.clone()).await, 200);
    assert_eq!(get(&theirs, record.clone()).await, 404);
    assert_eq!(get(&mine, format!("{record}&device={}", one.id())).await, 200);
    assert_eq!(get(&mine, format!("{record}&device={}", other.id())).await, 404, "another's device");
    assert_eq!(get(&office, format!("{record}&device={}", other.id())).await, 200);
    assert_eq!(get(&office, format!("{record}&device={}", account)).await, 404, "no device at all");
    let item = format!("device={}&number=1", one.id());
    assert_eq!(get(&mine, item.clone()).await, 200);
    assert_eq!(get(&theirs, item).await, 404);
    assert_eq!(get(&office, String::new()).await, 400);
    assert_eq!(get(&office, "change=xyz".into()).await, 400);
    assert_eq!(get(&office, format!("change={}", "0".repeat(64))).await, 404);
    server.stop().await;
}
