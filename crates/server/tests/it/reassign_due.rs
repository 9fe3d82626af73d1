//! Reassignments and time: planned, due while nobody ran, covers that come back, devices that drain or never do.

use std::time::Duration;

use roadbook_model::{AccountId, ReassignmentId, TerritoryId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::{Item, ItemBody, encode};
use roadbook_server::store::Store;
use roadbook_server::store::office::reassignments::progress::Reassignment;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection};

use crate::reassign::{Two, admin, now, reverse, to_person, to_territory};
use crate::support::Beat;

/// As if the time had come.
pub async fn make_due(store: &Store, id: ReassignmentId) {
    let query = sqlx::query(
        "update org.reassignment set effect_at = now() - interval '1 hour' where id = $1 and first_position is null",
    );
    assert_eq!(query.bind(id.uuid()).execute(store.pool()).await.unwrap().rows_affected(), 1);
}

/// Where accounts lie.
pub async fn territories(store: &Store, accounts: &[AccountId]) -> Vec<TerritoryId> {
    let mut found = Vec::new();
    for account in accounts {
        found.push(store.lookup_account(*account).await.unwrap().unwrap().territory.into());
    }
    found
}

/// From whom to whom its first accounts go.
fn told(it: &Reassignment) -> Vec<(&str, &str)> {
    it.first_accounts
        .iter()
        .map(|one| {
            (one.from_owner.as_deref().unwrap_or_default(), one.to_owner.as_deref().unwrap_or_default())
        })
        .collect()
}

pub async fn state(store: &Store, id: ReassignmentId) -> String {
    store.lookup_reassignment(id).await.unwrap().unwrap().state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_due_while_nobody_ran_takes_effect_once() {
    let two = Two::new(3).await;
    let mut later = two.southwards();
    later.effect_at = Some(now(&two.store).await + Duration::from_secs(3600));
    let (id, moved) = two.store.reassign(&later, two.north.person).await.unwrap();
    assert_eq!(moved, None);
    two.store.run_due_reassignments().await.unwrap();
    assert_eq!(state(&two.store, id).await, "planned");
    let overlapping = two.store.reassign(&two.southwards(), two.north.person).await;
    assert_eq!(overlapping.unwrap_err().code(), "overlapping_move");

    make_due(&two.store, id).await;
    let (one, _one) = two.database.open().await;
    let (other, _other) = two.database.open().await;
    let head = two.store.wake().head();
    let done = tokio::join!(one.run_due_reassignments(), other.run_due_reassignments());
    done.0.unwrap();
    done.1.unwrap();
    two.assert_settled().await;
    let entries: i64 = sqlx::query_scalar("select count(*) from log.entry where position > $1")
        .bind(i64::try_from(head).unwrap())
        .fetch_one(two.store.pool())
        .await
        .unwrap();
    assert_eq!(entries, 3, "placed, withdrawn and granted, each once");
    assert_eq!(state(&two.store, id).await, "draining");
    let cancelled = two.store.cancel_reassignment(id, &admin(two.north.person)).await;
    assert_eq!(cancelled.unwrap_err().code(), "not_planned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_was_cancelled_never_takes_effect() {
    let two = Two::new(1).await;
    let mut later = two.southwards();
    later.effect_at = Some(now(&two.store).await + Duration::from_secs(3600));
    let id = two.store.plan_reassignment(&later, two.north.person).await.unwrap();
    two.store.cancel_reassignment(id, &admin(two.north.person)).await.unwrap();
    make_due(&two.store, id).await;
    two.store.run_due_reassignments().await.unwrap();
    assert_eq!(state(&two.store, id).await, "cancelled");
    assert_eq!(two.store.effect_reassignment(id).await.unwrap_err().code(), "not_planned");
    assert_eq!(
        two.store.cancel_reassignment(id, &admin(two.north.person)).await.unwrap_err().code(),
        "not_planned"
    );
    two.store.reassign(&two.southwards(), two.north.person).await.unwrap();
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_whose_ground_is_gone_is_cancelled_with_the_reason() {
    let two = Two::new(1).await;
    let west = Beat::new(&two.store, "west").await;
    let mut later = to_territory(Selection::Accounts(two.accounts.clone()), west.territory);
    later.effect_at = Some(now(&two.store).await + Duration::from_secs(3600));
    let id = two.store.plan_reassignment(&later, two.north.person).await.unwrap();
    let gone = to_person(Selection::Person(west.person), two.south.person);
    two.store.reassign(&gone, two.north.person).await.unwrap();
    sqlx::query("update org.holder set to_at = now() where territory_id = $1 and to_at is null")
        .bind(west.territory.uuid())
        .execute(two.store.pool())
        .await
        .unwrap();
    make_due(&two.store, id).await;
    two.store.run_due_reassignments().await.unwrap();
    let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!((shown.state.as_str(), shown.why.as_deref()), ("failed", Some("nobody_holds")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cover_comes_back_by_itself() {
    let two = Two::new(2).await;
    let mut cover = to_person(Selection::Person(two.north.person), two.south.person);
    cover.ends_at = Some(now(&two.store).await + Duration::from_secs(3600));
    let (id, moved) = two.store.reassign(&cover, two.north.person).await.unwrap();
    let moved = moved.unwrap();
    assert_eq!((moved.withdrawn.len(), moved.granted[&two.new.id()]), (0, 3), "nobody loses by a cover");
    two.assert_settled().await;
    two.store.run_due_reassignments().await.unwrap();
    assert_eq!(state(&two.store, id).await, "in_effect");
    let back = two.store.lookup_reassignment(id).await.unwrap().unwrap().reversed_by.unwrap();
    assert_eq!(state(&two.store, back).await, "planned");
    make_due(&two.store, back).await;
    two.store.run_due_reassignments().await.unwrap();
    assert_eq!(state(&two.store, id).await, "complete");
    assert_eq!(state(&two.store, back).await, "draining");
    two.old.lease(&two.store, Subject::Account(two.accounts[0])).await;
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_that_are_covered_come_back_too_and_earlier_when_asked() {
    let two = Two::new(2).await;
    let mut cover = two.southwards();
    cover.ends_at = Some(now(&two.store).await + Duration::from_secs(3600));
    let (id, _) = two.store.reassign(&cover, two.north.person).await.unwrap();
    let went = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!(told(&went), [("north", "south"); 2]);
    let planned = two.store.lookup_reassignment(went.reversed_by.unwrap()).await.unwrap().unwrap();
    assert_eq!(told(&planned), [("south", "north"); 2], "what is to come back is told before it does");
    let (back, moved) = reverse(&two.store, id, two.north.person).await.unwrap();
    assert_eq!(moved.accounts, 2);
    let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!(shown.reversed_by, Some(back));
    let planned: i64 =
        sqlx::query_scalar("select count(*) from record.reassignments where state = 'planned'")
            .fetch_one(two.store.pool())
            .await
            .unwrap();
    assert_eq!(planned, 0, "it does not come back twice");
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cover_within_a_cover_comes_back_first_and_nobody_is_left_with_a_substitute() {
    let two = Two::new(2).await;
    let store = &two.store;
    let west = Beat::new(store, "west").await;
    let in_hours = async |hours: u64| Some(now(store).await + Duration::from_secs(hours * 3600));
    let mut outer = two.southwards();
    outer.ends_at = in_hours(2).await;
    let (outer, _) = store.reassign(&outer, two.north.person).await.unwrap();
    let mut inner = to_territory(Selection::Accounts(two.accounts.clone()), west.territory);
    inner.ends_at = in_hours(3).await;
    let refused = store.reassign(&inner, two.north.person).await.unwrap_err();
    assert_eq!(refused.code(), "overlapping_move", "{refused}");
    inner.ends_at = in_hours(1).await;
    let (inner, _) = store.reassign(&inner, two.north.person).await.unwrap();

    // What lies elsewhere now cannot be brought back yet; it still is in its time.
    let back = store.lookup_reassignment(outer).await.unwrap().unwrap().reversed_by.unwrap();
    assert_eq!(reverse(store, outer, two.north.person).await.unwrap_err().code(), "nothing_to_move");
    assert_eq!(state(store, back).await, "planned");

    let inner_back = store.lookup_reassignment(inner).await.unwrap().unwrap().reversed_by.unwrap();
    for id in [inner_back, back] {
        make_due(store, id).await;
        store.run_due_reassignments().await.unwrap();
    }
    assert_eq!(territories(store, &two.accounts).await, [two.north.territory; 2]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_finds_what_a_cover_brought_home_meanwhile_and_takes_all_the_others_too() {
    let two = Two::new(4).await;
    let store = &two.store;
    let west = Beat::new(store, "west").await;
    let in_hours = async |hours: u64| Some(now(store).await + Duration::from_secs(hours * 3600));
    let cover =
        |accounts: &[AccountId]| to_territory(Selection::Accounts(accounts.to_vec()), two.south.territory);
    let mut covers = Vec::new();
    for covered in [&two.accounts[..1], &two.accounts[1..2]] {
        let mut cover = cover(covered);
        cover.ends_at = in_hours(1).await;
        covers.push(store.reassign(&cover, two.north.person).await.unwrap().0);
    }
    // One goes on from where it was covered, one from home, and one is where it is to go once it came home.
    let each = [(0, west.territory), (1, two.north.territory), (2, west.territory), (3, west.territory)];
    let each = each.map(|(n, to)| (two.accounts[n], to)).to_vec();
    let mut plan = NewReassignment::now(Selection::Each(each), None);
    plan.effect_at = in_hours(2).await;
    let (plan, _) = store.reassign(&plan, two.north.person).await.unwrap();
    for cover in covers {
        let back = store.lookup_reassignment(cover).await.unwrap().unwrap().reversed_by.unwrap();
        make_due(store, back).await;
        store.run_due_reassignments().await.unwrap();
    }
    make_due(store, plan).await;
    store.run_due_reassignments().await.unwrap();
    let shown = store.lookup_reassignment(plan).await.unwrap().unwrap();
    assert_eq!((shown.state.as_str(), shown.why.as_deref(), shown.accounts), ("draining", None, 3));
    assert_eq!(
        territories(store, &two.accounts).await,
        [west.territory, two.north.territory, west.territory, west.territory]
    );
    two.assert_settled().await;
    // What is undone goes home, not to whoever covered.
    reverse(store, plan, two.north.person).await.unwrap();
    assert_eq!(territories(store, &two.accounts).await, [two.north.territory; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cover_may_follow_another_and_both_bring_accounts_home() {
    let two = Two::new(2).await;
    let store = &two.store;
    let west = Beat::new(store, "west").await;
    let start = now(store).await;
    let at = |hours: u64| Some(start + Duration::from_secs(hours * 3600));
    let mut first = two.southwards();
    first.ends_at = at(1);
    let (first, _) = store.reassign(&first, two.north.person).await.unwrap();
    let mut second = to_territory(Selection::Accounts(two.accounts.clone()), west.territory);
    second.ends_at = at(3);
    for overlapping in [None, Some(start + Duration::from_secs(1800))] {
        second.effect_at = overlapping;
        let refused = store.reassign(&second, two.north.person).await.unwrap_err();
        assert_eq!(refused.code(), "overlapping_move", "{overlapping:?}");
    }
    // It begins the moment the other ends.
    second.effect_at = at(1);
    let (second, _) = store.reassign(&second, two.north.person).await.unwrap();
    let back = async |id| store.lookup_reassignment(id).await.unwrap().unwrap().reversed_by.unwrap();
    let first_back = back(first).await;
    for id in [second, first_back] {
        make_due(store, id).await;
    }
    // Both are due at once, as after a night in which nobody ran: the return first.
    let query =
        sqlx::query("update org.reassignment set effect_at = now() - interval '1 minute' where id = any($1)");
    query.bind([second.uuid(), first_back.uuid()]).execute(store.pool()).await.unwrap();
    store.run_due_reassignments().await.unwrap();
    assert_eq!(territories(store, &two.accounts).await, [west.territory; 2]);
    make_due(store, back(second).await).await;
    store.run_due_reassignments().await.unwrap();
    assert_eq!(territories(store, &two.accounts).await, [two.north.territory; 2]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_complete_when_the_last_device_has_closed() {
    let two = Two::new(2).await;
    let mut leases = Vec::new();
    for account in &two.accounts {
        leases.push(two.old.lease(&two.store, Subject::Account(*account)).await);
    }
    let (id, _) = two.store.reassign(&two.southwards(), two.north.person).await.unwrap();
    for (number, lease) in (1..).zip(leases) {
        two.store.run_due_reassignments().await.unwrap();
        let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
        assert_eq!((shown.state.as_str(), shown.draining_devices), ("draining", 1));
        assert_eq!(u64::from(shown.draining_leases), 3 - number);
        let item = Item { number, lease, captured_ms: 0, body: ItemBody::Close, reapplies: None };
        two.store.push(&two.old.row, vec![encode(&item)]).await.unwrap();
    }
    assert_eq!(state(&two.store, id).await, "complete");
    two.store.run_due_reassignments().await.unwrap();
    let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!((shown.state.as_str(), shown.ended_at.is_some()), ("complete", true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cover_that_will_come_back_is_not_called_abandoned_because_a_phone_is_silent() {
    let two = Two::new(1).await;
    let mut cover = two.southwards();
    cover.terms.grace_s = 0;
    cover.ends_at = Some(now(&two.store).await + Duration::from_secs(3600));
    let (id, _) = two.store.reassign(&cover, two.north.person).await.unwrap();
    sqlx::query("update org.reassignment set grace_until = now() - interval '1 hour' where id = $1")
        .bind(id.uuid())
        .execute(two.store.pool())
        .await
        .unwrap();
    two.store.run_due_reassignments().await.unwrap();
    let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!((shown.state.as_str(), shown.draining_devices), ("draining", 1));
    let back = shown.reversed_by.unwrap();
    make_due(&two.store, back).await;
    two.store.run_due_reassignments().await.unwrap();
    assert_eq!(state(&two.store, id).await, "abandoned", "now that it came back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_never_closes_does_not_keep_it_open_beyond_the_grace() {
    let two = Two::new(1).await;
    let lease = two.old.lease(&two.store, Subject::Account(two.accounts[0])).await;
    let mut new = two.southwards();
    new.terms.grace_s = 0;
    let (id, _) = two.store.reassign(&new, two.north.person).await.unwrap();
    while state(&two.store, id).await != "abandoned" {
        tokio::task::yield_now().await;
    }
    two.store.run_due_reassignments().await.unwrap();
    // What still comes goes to review, and changes nothing of how it ended.
    let item = Item { number: 1, lease, captured_ms: 0, body: ItemBody::Close, reapplies: None };
    two.store.push(&two.old.row, vec![encode(&item)]).await.unwrap();
    let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!((shown.state.as_str(), shown.ended_at.is_some()), ("abandoned", true));
}
