//! Held work on a real database: what becomes of it when the office decides.

use roadbook_model::{AccountId, DeviceId, Kind, LeaseId, Role};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_server::store::Store;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::office::held::TakeOver;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Terms};
use roadbook_sync::ledger::DeviceState;

use crate::append::codes;
use crate::reassign::to_territory;
use crate::support::{Beat, Database, Device, fields, text};

/// A new account and two visits there, pushed; returns the account and the codes by which they are held.
async fn found_a_shop(store: &Store, device: &mut Device, territory: LeaseId) -> (AccountId, Vec<String>) {
    let (account, opens, shop) = device.creates_account(territory, &fields(&[("name", text("New Shop"))]));
    let content = fields(&[("state", text("planned"))]);
    let (_, first) = device.creates(Kind::VISIT, account, opens, &content);
    let (_, second) = device.creates(Kind::VISIT, account, opens, &content);
    let answer = store.push(&device.row, vec![shop, first, second]).await.unwrap();
    let codes = answer.receipts.into_iter().map(|receipt| match receipt.outcome {
        Outcome::Held(reason) => reason.code,
        other => panic!("{other:?}"),
    });
    (account, codes.collect())
}

async fn visits(store: &Store, account: AccountId) -> i64 {
    let query = sqlx::query_scalar("select count(*) from record.visits where account_id = $1");
    query.bind(account.uuid()).fetch_one(store.pool()).await.unwrap()
}

/// The devices that hold an account now.
async fn holders(store: &Store, account: AccountId) -> Vec<DeviceId> {
    let mut append = store.append().await.unwrap();
    append.fetch_leases_on(&[account]).await.unwrap();
    let open = append.book.leases.values().filter(|lease| lease.is_open());
    open.map(|lease| lease.device).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leaving_device_s_new_account_is_released_with_all_that_waits_on_it() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let (mut leaver, colleague) = (beat.device(&store).await, beat.device(&store).await);
    let territory = leaver.lease(&store, Subject::Territory(beat.territory)).await;
    store.revoke(leaver.id(), DeviceState::Leaving).await.unwrap();
    let (account, codes) = found_a_shop(&store, &mut leaver, territory).await;
    assert_eq!(codes, ["device_leaving", "parent_held", "parent_held"]);
    let key = |number| (leaver.id(), 1, number);

    let early = store.release(key(2), beat.person, "too early").await.unwrap_err();
    assert!(matches!(&early, OfficeError::Refused(reason) if reason.code == "parent_held"), "{early}");
    let done = store.release_all(key(1), beat.person, "a real shop").await.unwrap();
    assert_eq!(done.released.iter().map(|(key, _)| key.2).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(done.left, []);
    assert_eq!(visits(&store, account).await, 2);
    assert_eq!(holders(&store, account).await, [colleague.id()], "and not the device that leaves");
    let again = store.release_all(key(1), beat.person, "twice").await.unwrap_err();
    assert!(matches!(&again, OfficeError::Refused(reason) if reason.code == "wrong_state"), "{again}");
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_made_in_a_territory_that_was_withdrawn_is_released_piece_by_piece() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let other = Beat::new(&store, "south").await;
    let mut former = beat.device(&store).await;
    let territory = former.lease(&store, Subject::Territory(beat.territory)).await;
    let capacity = roadbook_server::store::office::territories::Capacity::CoOwner;
    store.add_holder(other.person, beat.territory, capacity).await.unwrap();
    let heir = other.device(&store).await;
    beat.leaves(&store, LatePolicy::Review).await;
    let (account, codes) = found_a_shop(&store, &mut former, territory).await;
    assert_eq!(codes, ["late_review", "parent_held", "parent_held"]);

    let key = |number| (former.id(), 1, number);
    store.release(key(1), other.person, "we want it").await.unwrap();
    assert_eq!(holders(&store, account).await, [heir.id()]);
    let place = sqlx::query_scalar::<_, uuid::Uuid>("select territory_id from record.accounts where id = $1");
    assert_eq!(place.bind(account.uuid()).fetch_one(store.pool()).await.unwrap(), beat.territory.uuid());
    store.release(key(3), other.person, "this one").await.unwrap();
    store.discard(key(2), other.person, "not that one").await.unwrap();
    assert_eq!(visits(&store, account).await, 1);
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_comes_back_is_captured_anew_or_taken_over() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (beat, other) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let account = beat.account(&store, "Corner Shop").await;
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let content = fields(&[("state", text("planned")), ("subject", text("first"))]);
    let made: Vec<_> = (0..3).map(|_| device.creates(Kind::VISIT, account, lease, &content)).collect();
    let to = async |territory| {
        let review = Terms { late_policy: LatePolicy::Review, ..Terms::default() };
        let move_ = to_territory(Selection::Accounts(vec![account]), territory);
        store.reassign(&NewReassignment { terms: review, ..move_ }, beat.person).await.unwrap();
    };
    to(other.territory).await;
    let items = made.iter().map(|(_, item)| item.clone()).collect();
    assert_eq!(codes(&store.push(&device.row, items).await.unwrap()), ["late_review"; 3]);
    to(beat.territory).await;

    let lease = device.lease(&store, Subject::Account(account)).await;
    let again = device.creates_again(1, (made[0].0, Kind::VISIT), account, lease, &content);
    let answer = store.push(&device.row, vec![again]).await.unwrap();
    assert_eq!(codes(&answer), [""]);
    let twice = device.creates_again(1, (made[1].0, Kind::VISIT), account, lease, &content);
    assert_eq!(codes(&store.push(&device.row, vec![twice]).await.unwrap()), ["wrong_state"]);

    let how = TakeOver { by: beat.person, role: Role::Office, text: "ours now".into(), take: Vec::new() };
    let key = |number| (device.id(), 1, number);
    assert_eq!(store.re_author(key(2), &how).await.unwrap().conflicts.len(), 0);
    store.discard(key(3), beat.person, "entered twice").await.unwrap();
    assert_eq!(visits(&store, account).await, 2);
    let fates =
        sqlx::query_scalar::<_, Option<String>>("select fate from sync.held where held order by number");
    let fates = fates.fetch_all(store.pool()).await.unwrap();
    assert_eq!(fates.iter().flatten().collect::<Vec<_>>(), ["re_applied", "re_authored", "discarded"]);
    assert_eq!(store.verify().await.unwrap().problems, []);
}
