//! Holdings that begin and end by themselves, and holdings that cannot be.

use roadbook_model::{HolderId, PersonId, TerritoryId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::{End, EndTerms, Holder, NewHolder, Stage};
use roadbook_server::store::office::reassignments::{NewReassignment, Selection};
use roadbook_server::store::office::territories::{Capacity, settle_all};
use roadbook_sync::ledger::place::{Handover, Moved};

use crate::support::{Beat, Database, admin, entries, id_bytes, refused, rep};

const HOUR_MS: i64 = 3_600_000;

fn fresh() -> HolderId {
    HolderId::new(1_800_000_000_000, id_bytes())
}

/// The clock of the database, which is that of the server here.
async fn now_ms(store: &Store) -> i64 {
    let now: f64 = sqlx::query_scalar("select extract(epoch from now())::float8 * 1000")
        .fetch_one(store.pool())
        .await
        .unwrap();
    now as i64
}

fn holding(person: PersonId, territory: TerritoryId, capacity: Capacity) -> NewHolder {
    NewHolder { person, territory, capacity, from_ms: None, to_ms: None, end: EndTerms::default() }
}

async fn hold(store: &Store, by: &By, new: NewHolder) -> (Holder, Moved) {
    store.hold(by, fresh(), &new).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holding_begins_and_ends_by_itself_once() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let account = north.account(&store, "Corner Shop").await;
    let (owner, phone) = (north.device(&store).await, south.device(&store).await);
    let now = now_ms(&store).await;
    let cover = NewHolder {
        from_ms: Some(now + HOUR_MS),
        to_ms: Some(now + 2 * HOUR_MS),
        end: EndTerms { policy: LatePolicy::Review, grace_days: 7, note: Some("Thank you.".into()) },
        ..holding(south.person, north.territory, Capacity::Cover)
    };
    let (planned, moved) = hold(&store, &by, cover.clone()).await;
    assert_eq!((planned.stage, moved), (Stage::Planned, Moved::default()));
    let before = entries(&store).await;
    assert_eq!(store.settle_due(now + HOUR_MS - 1).await.unwrap(), 0);
    assert_eq!(entries(&store).await, before, "nothing is due yet");
    assert!(!phone.holds(&store, Subject::Account(account)).await);

    assert_eq!(store.settle_due(now + HOUR_MS).await.unwrap(), 1);
    assert!(phone.holds(&store, Subject::Account(account)).await);
    assert!(phone.holds(&store, Subject::Territory(north.territory)).await);
    assert_eq!(entries(&store).await, before + 1, "one entry for the one device that gains");
    assert_eq!(store.settle_due(now + HOUR_MS).await.unwrap(), 0, "once");

    assert_eq!(store.settle_due(now + 2 * HOUR_MS).await.unwrap(), 1);
    assert!(!phone.holds(&store, Subject::Account(account)).await);
    assert!(owner.holds(&store, Subject::Account(account)).await);
    assert_eq!(store.settle_due(now + 3 * HOUR_MS).await.unwrap(), 0, "once");
    assert_eq!(entries(&store).await, before + 2);
    let (policy, days): (String, f64) = sqlx::query_as(
        "select late_policy, extract(epoch from grace_until - to_timestamp($2::float8 / 1000))::float8 / 86400
         from sync.lease where device_id = $1 and account_id = $3",
    )
    .bind(phone.id().uuid())
    .bind((now + 2 * HOUR_MS) as f64)
    .bind(account.uuid())
    .fetch_one(store.pool())
    .await
    .unwrap();
    assert_eq!((policy.as_str(), days.round() as i64), ("review", 7), "the terms of the holding");
    let history = store.list_holders(north.territory).await.unwrap();
    assert_eq!(history.len(), 2, "the history stays");
    assert_eq!(history[0].id, planned.id);
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_due_while_every_node_was_down_is_settled_once_by_whoever_comes_first() {
    let database = Database::new().await;
    let (one, _one) = database.open().await;
    let (two, _two) = database.open().await;
    let by = admin(&one).await;
    let (north, south) = (Beat::new(&one, "north").await, Beat::new(&one, "south").await);
    let account = north.account(&one, "Corner Shop").await;
    let phone = south.device(&one).await;
    let now = now_ms(&one).await;
    // One that came and went meanwhile, and a change of owners at one moment.
    for (from_ms, to_ms, territory, capacity) in [
        (now + HOUR_MS, Some(now + 2 * HOUR_MS), south.territory, Capacity::Cover),
        (now + 3 * HOUR_MS, None, north.territory, Capacity::Owner),
    ] {
        let owner = one.list_holders(territory).await.unwrap().remove(0);
        let person = if capacity == Capacity::Owner { south.person } else { north.person };
        if capacity == Capacity::Owner {
            let end = End::At(from_ms);
            one.end_hold(&by, territory, owner.id, Some(1), end, None).await.unwrap();
        }
        let new = NewHolder { from_ms: Some(from_ms), to_ms, ..holding(person, territory, capacity) };
        hold(&one, &by, new).await;
    }
    let before = entries(&one).await;
    let later = now + 24 * HOUR_MS;
    let (first, second) = tokio::join!(one.settle_due(later), two.settle_due(later));
    assert_eq!(first.unwrap() + second.unwrap(), 2, "two territories, by one node or the other");
    assert!(phone.holds(&one, Subject::Account(account)).await);
    assert_eq!(entries(&one).await, before + 1, "only what is so now was granted");
    assert_eq!(one.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holdings_of_a_territory_and_of_its_part_that_end_together_end_each_on_its_own_terms() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let whole = store.put_territory("WHOLE", "whole", None).await.unwrap();
    // Whichever of them is settled first.
    for (n, policies) in [["accept", "refuse"], ["refuse", "accept"]].into_iter().enumerate() {
        let (north, south) =
            (Beat::new(&store, &format!("n{n}")).await, Beat::new(&store, &format!("s{n}")).await);
        let part = store.put_territory(&format!("PART{n}"), "part", Some(whole)).await.unwrap();
        let account = north.account(&store, "Corner Shop").await;
        let to_part = crate::reassign::to_territory(Selection::Accounts(vec![account]), part);
        let to_part = NewReassignment { allow_unheld: true, ..to_part };
        store.reassign(&to_part, north.person).await.unwrap();
        let phones = [north.device(&store).await, south.device(&store).await];
        let now = now_ms(&store).await;
        for ((person, territory), word) in
            [(north.person, whole), (south.person, part)].into_iter().zip(policies)
        {
            let policy = if word == "accept" { LatePolicy::Accept } else { LatePolicy::Refuse };
            let end = EndTerms { policy, grace_days: if word == "accept" { 20 } else { 3 }, note: None };
            let new =
                NewHolder { to_ms: Some(now + HOUR_MS), end, ..holding(person, territory, Capacity::Cover) };
            hold(&store, &by, new).await;
        }
        assert!(phones[0].holds(&store, Subject::Account(account)).await);
        assert!(phones[1].holds(&store, Subject::Account(account)).await);
        assert_eq!(store.settle_due(now + HOUR_MS).await.unwrap(), 2);
        for (phone, policy) in phones.iter().zip(policies) {
            let words: Vec<String> = sqlx::query_scalar(
                "select late_policy from sync.lease where device_id = $1 and account_id = $2 and withdrawn is not null",
            )
            .bind(phone.id().uuid())
            .bind(account.uuid())
            .fetch_all(store.pool())
            .await
            .unwrap();
            assert_eq!(words.last().map(String::as_str), Some(policy), "{policies:?}");
        }
    }
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_can_be_set_moved_taken_back_and_made_now() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let north = Beat::new(&store, "north").await;
    let account = north.account(&store, "Corner Shop").await;
    let phone = north.device(&store).await;
    let now = now_ms(&store).await;
    let id = store.list_holders(north.territory).await.unwrap()[0].id;
    let end = async |version, end| store.end_hold(&by, north.territory, id, version, end, None).await;
    let (holder, _) = end(Some(1), End::At(now + HOUR_MS)).await.unwrap();
    assert_eq!(holder.unwrap().to_at.unwrap().timestamp_millis(), now + HOUR_MS);
    assert_eq!(refused(end(Some(1), End::Open).await), "stale");
    let (holder, _) = end(Some(2), End::Open).await.unwrap();
    assert_eq!(holder.unwrap().to_at, None);
    assert_eq!(store.settle_due(now + 2 * HOUR_MS).await.unwrap(), 0);
    assert_eq!(refused(end(None, End::At(now - HOUR_MS)).await), "past_time");
    let (holder, moved) = end(None, End::Now).await.unwrap();
    assert_eq!((holder.unwrap().stage, moved.withdrawn.len()), (Stage::Ended, 1));
    assert!(!phone.holds(&store, Subject::Account(account)).await);
    assert_eq!(refused(end(None, End::Open).await), "holding_over");
    let planned =
        NewHolder { from_ms: Some(now + HOUR_MS), ..holding(north.person, north.territory, Capacity::Owner) };
    let (planned, _) = hold(&store, &by, planned).await;
    let other = Beat::new(&store, "other").await.territory;
    let foreign = store.end_hold(&by, other, planned.id, None, End::Now, None).await;
    assert_eq!(refused(foreign), "unknown");
    let struck = store.end_hold(&by, north.territory, planned.id, None, End::Now, None).await;
    assert_eq!(struck.unwrap().0, None, "what never began is struck out");
    assert_eq!(store.list_holders(north.territory).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holdings_that_cannot_be_are_refused_and_change_nothing() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let north = Beat::new(&store, "north").await;
    let (anna, gone) = (rep(&store, "anna").await, rep(&store, "gone").await);
    sqlx::query("update org.person set active = false where id = $1")
        .bind(gone.uuid())
        .execute(store.pool())
        .await
        .unwrap();
    let now = now_ms(&store).await;
    let owner = holding(anna, north.territory, Capacity::Owner);
    let before = entries(&store).await;
    for (new, code) in [
        (owner.clone(), "two_owners"),
        (NewHolder { from_ms: Some(now + HOUR_MS), ..owner.clone() }, "two_owners"),
        (holding(north.person, north.territory, Capacity::Cover), "already_holds"),
        (NewHolder { from_ms: Some(now - HOUR_MS), ..owner.clone() }, "past_time"),
        (NewHolder { to_ms: Some(now - HOUR_MS), ..owner.clone() }, "past_time"),
        (
            NewHolder { from_ms: Some(now + HOUR_MS), to_ms: Some(now + HOUR_MS), ..owner.clone() },
            "ends_before_it_begins",
        ),
        (NewHolder { to_ms: Some(i64::MAX), ..owner.clone() }, "time_out_of_range"),
        (
            NewHolder {
                end: EndTerms { note: Some("x".repeat(501)), ..EndTerms::default() },
                ..owner.clone()
            },
            "bad_note",
        ),
        (holding(gone, north.territory, Capacity::Cover), "inactive_person"),
        (holding(PersonId::from_bytes([1; 16]), north.territory, Capacity::Cover), "unknown"),
        (holding(anna, TerritoryId::from_bytes([1; 16]), Capacity::Cover), "unknown"),
    ] {
        assert_eq!(refused(store.hold(&by, fresh(), &new).await), code, "{new:?}");
    }
    assert_eq!(refused(store.add_holder(anna, north.territory, Capacity::Owner).await), "two_owners");
    assert_eq!(store.list_holders(north.territory).await.unwrap().len(), 1);
    assert_eq!(entries(&store).await, before);
    // Co-owners and covers stand beside the owner, and the next owner after.
    let id = fresh();
    let co_owner = holding(anna, north.territory, Capacity::CoOwner);
    let (made, _) = store.hold(&by, id, &co_owner).await.unwrap();
    assert_eq!(
        store.hold(&by, id, &co_owner).await.unwrap().0,
        made,
        "made twice under one id, it is there once"
    );
    let (first, second) = (rep(&store, "bert").await, rep(&store, "carl").await);
    let one = holding(first, north.territory, Capacity::Cover);
    hold(&store, &by, one).await;
    let holders = store.list_holders(north.territory).await.unwrap();
    let owner = holders.iter().find(|holder| holder.capacity == Capacity::Owner).unwrap();
    let end = End::At(now + HOUR_MS);
    store.end_hold(&by, north.territory, owner.id, None, end, None).await.unwrap();
    let next = holding(second, north.territory, Capacity::Owner);
    hold(&store, &by, NewHolder { from_ms: Some(now + HOUR_MS), ..next }).await;
    let longer = store.end_hold(&by, north.territory, owner.id, None, End::Open, None).await;
    assert_eq!(refused(longer), "two_owners");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reassignment_makes_no_second_owner_beside_a_planned_one() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let north = Beat::new(&store, "north").await;
    let (anna, bert) = (rep(&store, "anna").await, rep(&store, "bert").await);
    let now = now_ms(&store).await;
    let present = store.list_holders(north.territory).await.unwrap().remove(0);
    let end = End::At(now + HOUR_MS);
    store.end_hold(&by, north.territory, present.id, None, end, None).await.unwrap();
    let next = holding(anna, north.territory, Capacity::Owner);
    hold(&store, &by, NewHolder { from_ms: Some(now + HOUR_MS), ..next }).await;
    // What is handed over ends when it would have: the next owner's turn comes all the same.
    let to_bert = crate::reassign::to_person(Selection::Territory(north.territory), bert);
    store.reassign(&to_bert, by.person).await.unwrap();
    let to_at: Vec<_> =
        store.list_holders(north.territory).await.unwrap().into_iter().map(|it| it.to_at).collect();
    assert_eq!(to_at.len(), 3);
    assert_eq!((to_at[0], to_at[1].unwrap().timestamp_millis()), (None, now + HOUR_MS));

    let free = crate::tree::add(&store, &by, "FREE", None).await.id;
    let next = holding(anna, free, Capacity::Owner);
    hold(&store, &by, NewHolder { from_ms: Some(now + HOUR_MS), ..next }).await;
    let before = (store.list_holders(free).await.unwrap(), entries(&store).await);
    let to_bert = crate::reassign::to_person(Selection::Territory(free), bert);
    let error = store.reassign(&to_bert, by.person).await.unwrap_err();
    assert_eq!(error.code(), "two_owners");
    assert_eq!((store.list_holders(free).await.unwrap(), entries(&store).await), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_at_once_make_one_owner() {
    let database = Database::new().await;
    let (one, _one) = database.open().await;
    let (two, _two) = database.open().await;
    let by = admin(&one).await;
    let free = crate::tree::add(&one, &by, "FREE", None).await.id;
    let (anna, bert) = (rep(&one, "anna").await, rep(&one, "bert").await);
    let both = [anna, bert].map(|person| holding(person, free, Capacity::Owner));
    let done = tokio::join!(one.hold(&by, fresh(), &both[0]), two.hold(&by, fresh(), &both[1]));
    let (won, lost) = if done.0.is_ok() { (done.0, done.1) } else { (done.1, done.0) };
    won.unwrap();
    assert_eq!(refused(lost), "two_owners");
    assert_eq!(one.list_holders(free).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settling_fetches_what_changes_hands_and_not_what_lies_there() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let north = Beat::new(&store, "north").await;
    let phone = north.device(&store).await;
    let terms = Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None };
    for accounts in [10, 200] {
        let accounts = north.accounts(&store, accounts).await;
        let mut append = store.append().await.unwrap();
        let moved = settle_all(&mut append, &[north.territory], &terms).await.unwrap();
        assert_eq!(moved, Moved::default());
        assert_eq!((append.book.accounts.len(), append.book.leases.len()), (0, 0), "all is as it should be");
        drop(append);
        // Two of them are to change hands, and two rows are fetched or made.
        sqlx::query("update sync.lease set closed = granted where account_id = any($1)")
            .bind([accounts[0].uuid(), accounts[1].uuid()])
            .execute(store.pool())
            .await
            .unwrap();
        let mut append = store.append().await.unwrap();
        let moved = settle_all(&mut append, &[north.territory], &terms).await.unwrap();
        assert_eq!(moved.granted, [(phone.id(), 2)].into());
        assert_eq!((append.book.accounts.len(), append.book.leases.len()), (0, 2));
        append.commit().await.unwrap();
        assert!(phone.holds(&store, Subject::Account(accounts[0])).await);
    }
}
