//! Hand-overs keep what a holding says of its end, and undone they put things back as they were.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use roadbook_model::{HolderId, PersonId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::{EndTerms, Holder, NewHolder, Stage};
use roadbook_server::store::office::reassignments::Selection;
use roadbook_server::store::office::territories::Capacity;

use crate::reassign::{Two, admin, now, reverse, to_person};
use crate::reassign_due::make_due;
use crate::support::{id_bytes, rep};

/// Who holds a territory now, in what capacity and until when.
async fn holders(store: &Store, territory: TerritoryId) -> Vec<Holder> {
    let all = store.list_holders(territory).await.unwrap();
    all.into_iter().filter(|holder| holder.stage == Stage::InEffect).collect()
}

/// A territory of its own that somebody holds until a time; what comes later is for review.
async fn limited(
    store: &Store,
    by: &By,
    person: PersonId,
    capacity: Capacity,
    to: DateTime<Utc>,
) -> TerritoryId {
    let code = format!("limited-{person}");
    let territory = store.put_territory(&code, &code, None).await.unwrap();
    let end =
        EndTerms { policy: LatePolicy::Review, grace_days: 7, note: Some("The season is over.".into()) };
    let new =
        NewHolder { person, territory, capacity, from_ms: None, to_ms: Some(to.timestamp_millis()), end };
    store.hold(by, HolderId::new(1_800_000_000_000, id_bytes()), &new).await.unwrap();
    territory
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holding_that_ends_by_itself_still_does_after_it_was_handed_over_and_back() {
    let two = Two::new(1).await;
    let (store, by) = (&two.store, admin(two.north.person));
    let to = (now(store).await + Duration::from_secs(86_400)).trunc_subsecs(3);
    for what in ["territory", "person"] {
        let (old, new) = (rep(store, &format!("old.{what}")).await, rep(store, &format!("new.{what}")).await);
        let territory = limited(store, &by, old, Capacity::Owner, to).await;
        let before = holders(store, territory).await;
        assert_eq!(before[0].to_at, Some(to));
        let what = if what == "person" { Selection::Person(old) } else { Selection::Territory(territory) };
        let (id, _) = store.reassign(&to_person(what, new), two.north.person).await.unwrap();
        let after = holders(store, territory).await;
        assert_eq!((after[0].person, after[0].to_at, &after[0].end), (new, Some(to), &before[0].end));
        reverse(store, id, two.north.person).await.unwrap();
        let again = holders(store, territory).await;
        assert_eq!((again[0].person, again[0].to_at, &again[0].end), (old, Some(to), &before[0].end));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cover_of_a_person_ends_with_what_it_covers() {
    let two = Two::new(1).await;
    let (store, by) = (&two.store, admin(two.north.person));
    let to = (now(store).await + Duration::from_secs(3600)).trunc_subsecs(3);
    let old = rep(store, "old").await;
    let territory = limited(store, &by, old, Capacity::CoOwner, to).await;
    let mut cover = to_person(Selection::Person(old), two.south.person);
    cover.ends_at = Some(to + Duration::from_secs(3600));
    store.reassign(&cover, two.north.person).await.unwrap();
    let held = holders(store, territory).await;
    assert_eq!(held.iter().map(|holder| holder.to_at).collect::<Vec<_>>(), [Some(to); 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_covered_before_taking_over_covers_again_once_that_is_undone_until_the_cover_ends() {
    let two = Two::new(1).await;
    let (store, north) = (&two.store, two.north.territory);
    let ends_at = (now(store).await + Duration::from_secs(3600)).trunc_subsecs(3);
    let mut cover = to_person(Selection::Territory(north), two.south.person);
    cover.ends_at = Some(ends_at);
    let (cover, _) = store.reassign(&cover, two.north.person).await.unwrap();
    let over = to_person(Selection::Territory(north), two.south.person);
    let (over, _) = store.reassign(&over, two.north.person).await.unwrap();
    assert_eq!(holders(store, north).await.len(), 1);
    reverse(store, over, two.north.person).await.unwrap();
    let mut held = holders(store, north).await;
    held.sort_by_key(|holder| holder.capacity.as_str());
    let shown: Vec<_> = held.iter().map(|one| (one.person, one.capacity, one.to_at)).collect();
    let expected =
        [(two.south.person, Capacity::Cover, Some(ends_at)), (two.north.person, Capacity::Owner, None)];
    assert_eq!(shown, expected, "it ends when the cover would have");
    two.assert_settled().await;

    // Once the cover's time is over nothing of it is put back.
    let over = to_person(Selection::Territory(north), two.south.person);
    let (over, _) = store.reassign(&over, two.north.person).await.unwrap();
    let back = store.lookup_reassignment(cover).await.unwrap().unwrap().reversed_by.unwrap();
    make_due(store, back).await;
    store.run_due_reassignments().await.unwrap();
    sqlx::query("update org.reassignment_holder set was_to_at = now() where was_to_at is not null")
        .execute(store.pool())
        .await
        .unwrap();
    reverse(store, over, two.north.person).await.unwrap();
    let held = holders(store, north).await;
    assert_eq!(held.iter().map(|one| one.person).collect::<Vec<_>>(), [two.north.person]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_handed_over_who_left_since_is_not_taken_back_to_nobody() {
    let two = Two::new(1).await;
    let (store, by) = (&two.store, admin(two.south.person));
    let over = to_person(Selection::Person(two.north.person), two.south.person);
    let (over, _) = store.reassign(&over, two.north.person).await.unwrap();
    let leaver = store.lookup_person("north@example.org").await.unwrap().unwrap();
    assert_eq!(leaver.id, two.north.person);
    store.deactivate_person(Some(&by), leaver.id, None).await.unwrap();
    let undone = reverse(store, over, two.south.person).await;
    assert_eq!(undone.unwrap_err().code(), "nobody_holds");
    let held = holders(store, two.north.territory).await;
    assert_eq!(held.iter().map(|one| one.person).collect::<Vec<_>>(), [two.south.person]);
}
