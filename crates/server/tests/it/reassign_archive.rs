//! Moves whose destination goes out of use meanwhile: covers that come back, plans, and what is undone.

use std::time::Duration;

use roadbook_model::{ReassignmentId, TerritoryId};
use roadbook_server::store::Store;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::reassignments::Selection;
use roadbook_server::store::office::tree::NewNode;

use crate::reassign::{Two, admin, now, reverse, to_person, to_territory};
use crate::reassign_due::{make_due, state, territories};
use crate::support::{Beat, refused};
use crate::tree;

async fn archive(two: &Two, id: TerritoryId, successor: Option<TerritoryId>) {
    let by = admin(two.north.person);
    two.store.archive_territory(&by, id, None, successor, &EndTerms::default()).await.unwrap();
}

async fn run(store: &Store, id: ReassignmentId) {
    make_due(store, id).await;
    store.run_due_reassignments().await.unwrap();
}

async fn back(store: &Store, id: ReassignmentId) -> ReassignmentId {
    store.lookup_reassignment(id).await.unwrap().unwrap().reversed_by.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_that_are_covered_come_home_to_what_took_over_from_their_territory() {
    let two = Two::new(2).await;
    let store = &two.store;
    let (west, east) = (Beat::new(store, "west").await, Beat::new(store, "east").await);
    let mut cover = two.southwards();
    cover.ends_at = Some(now(store).await + Duration::from_secs(3600));
    let (cover, _) = store.reassign(&cover, two.north.person).await.unwrap();
    let nobody = store
        .archive_territory(&admin(two.north.person), two.north.territory, None, None, &EndTerms::default())
        .await;
    assert_eq!(refused(nobody), "territory_not_empty", "what is covered is to come back");
    archive(&two, two.north.territory, Some(west.territory)).await;
    // The successor of the successor.
    let nobody = store
        .archive_territory(&admin(two.north.person), west.territory, None, None, &EndTerms::default())
        .await;
    assert_eq!(refused(nobody), "territory_not_empty");
    archive(&two, west.territory, Some(east.territory)).await;
    // Also what lies with the substitute goes on to whoever takes over there, and comes home all the same.
    let south_west = Beat::new(store, "south_west").await;
    archive(&two, two.south.territory, Some(south_west.territory)).await;
    assert_eq!(territories(store, &two.accounts).await, [south_west.territory; 2]);
    run(store, back(store, cover).await).await;
    assert_eq!(territories(store, &two.accounts).await, [east.territory; 2]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_goes_to_what_took_over_from_its_destination() {
    let two = Two::new(2).await;
    let store = &two.store;
    let west = Beat::new(store, "west").await;
    let mut later = two.southwards();
    later.effect_at = Some(now(store).await + Duration::from_secs(3600));
    let (later, _) = store.reassign(&later, two.north.person).await.unwrap();
    let nobody = store
        .archive_territory(&admin(two.north.person), two.south.territory, None, None, &EndTerms::default())
        .await;
    assert_eq!(refused(nobody), "territory_not_empty", "accounts are planned to come");
    archive(&two, two.south.territory, Some(west.territory)).await;
    run(store, later).await;
    assert_eq!(state(store, later).await, "draining");
    assert_eq!(territories(store, &two.accounts).await, [west.territory; 2]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_undone_and_has_no_home_any_more_waits_in_the_inbox() {
    let two = Two::new(2).await;
    let store = &two.store;
    let (moved, _) = store.reassign(&two.southwards(), two.north.person).await.unwrap();
    archive(&two, two.north.territory, None).await;
    let nowhere = reverse(store, moved, two.north.person).await.unwrap_err();
    assert_eq!(nowhere.code(), "territory_archived");
    let inbox = NewNode { code: "INBOX".into(), name: "Inbox".into(), parent: None, is_inbox: true };
    let inbox = store.add_territory(&admin(two.north.person), tree::fresh(), &inbox).await.unwrap().id;
    reverse(store, moved, two.north.person).await.unwrap();
    assert_eq!(territories(store, &two.accounts).await, [inbox; 2]);
    let waiting = store.list_unassigned(None, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(), ["inbox", "inbox"]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undone_hand_over_gives_back_what_is_still_in_use() {
    let two = Two::new(1).await;
    let store = &two.store;
    let west = store.put_territory("west", "west", None).await.unwrap();
    let capacity = roadbook_server::store::office::territories::Capacity::Owner;
    store.add_holder(two.north.person, west, capacity).await.unwrap();
    let all = to_person(Selection::Person(two.north.person), two.south.person);
    let (all, _) = store.reassign(&all, two.north.person).await.unwrap();
    archive(&two, west, None).await;
    reverse(store, all, two.north.person).await.unwrap();
    let held = store.list_held_territories(two.north.person).await.unwrap();
    assert_eq!(held, [two.north.territory]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_territory_that_nothing_comes_back_to_goes_without_a_successor() {
    let two = Two::new(1).await;
    let store = &two.store;
    let west = Beat::new(store, "west").await;
    let mut later = to_territory(Selection::Accounts(two.accounts.clone()), west.territory);
    later.effect_at = Some(now(store).await + Duration::from_secs(3600));
    let (later, _) = store.reassign(&later, two.north.person).await.unwrap();
    store.cancel_reassignment(later, &admin(two.north.person)).await.unwrap();
    archive(&two, west.territory, None).await;
}
