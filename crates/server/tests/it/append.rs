//! The log under many writers: nothing lost, nothing doubled, dense, chained.

use roadbook_model::Kind;
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_sync::ledger::Halt;

use crate::support::{Beat, Database, fields, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_of_many_devices_on_two_nodes_are_all_appended_once() {
    const DEVICES: usize = 6;
    const BATCHES: usize = 8;
    const ITEMS: usize = 4;
    let database = Database::new().await;
    let (one, _one) = database.open().await;
    let (two, _two) = database.open().await;
    let beat = Beat::new(&one, "north").await;
    let account = beat.account(&one, "Corner Shop").await;
    let mut running = Vec::new();
    for n in 0..DEVICES {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        let mut device = beat.device(&store).await;
        let lease = device.lease(&store, Subject::Account(account)).await;
        running.push(tokio::spawn(async move {
            for batch in 0..BATCHES {
                let items: Vec<Vec<u8>> = (0..ITEMS)
                    .map(|item| {
                        let subject = text(&format!("{n}.{batch}.{item}"));
                        let content = fields(&[("state", text("planned")), ("subject", subject)]);
                        device.creates(Kind::VISIT, account, lease, &content).1
                    })
                    .collect();
                let first = store.push(&device.row, items.clone()).await.unwrap();
                assert!(first.halt.is_none(), "{:?}", first.halt);
                let all_in = |outcome: &Outcome| *outcome == Outcome::InRecord { late: false };
                assert!(
                    first.receipts.iter().all(|receipt| all_in(&receipt.outcome)),
                    "{:?}",
                    first.receipts
                );
                let again = store.push(&device.row, items).await.unwrap();
                assert_eq!(again.receipts, first.receipts, "a repeated push gets the same answers");
                assert_eq!(again.mark, first.mark);
            }
        }));
    }
    for task in running {
        task.await.unwrap();
    }
    let total = DEVICES * BATCHES * ITEMS;
    let visits = sqlx::query_scalar::<_, i64>("select count(*) from record.visits")
        .fetch_one(one.pool())
        .await
        .unwrap();
    assert_eq!(usize::try_from(visits).unwrap(), total);
    let found = one.verify().await.unwrap();
    assert_eq!(found.problems, []);
    assert_eq!(found.records, total as u64 + 1);
    let mut head = two.wake().subscribe();
    head.wait_for(|head| *head == found.entries).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_cannot_be_judged_spoils_no_other() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let mut good = beat.device(&store).await;
    let mut bad = beat.device(&store).await;
    let lease = good.lease(&store, Subject::Account(account)).await;
    let wrong = bad.lease(&store, Subject::Account(account)).await;
    let content = fields(&[("state", text("planned"))]);
    let (_, skipped) = bad.creates(Kind::VISIT, account, wrong, &content);
    let (_, second) = bad.creates(Kind::VISIT, account, wrong, &content);
    let (_, item) = good.creates(Kind::VISIT, account, lease, &content);
    let pushes = tokio::join!(
        store.push(&bad.row, vec![second]),
        store.push(&good.row, vec![item]),
        store.push(&bad.row, vec![vec![0xff; 40]]),
    );
    assert_eq!(pushes.0.unwrap().halt, Some(Halt::Gap { expected: 1, got: 2 }));
    assert_eq!(pushes.1.unwrap().receipts.len(), 1);
    assert_eq!(pushes.2.unwrap().halt, Some(Halt::Unreadable));
    assert_eq!(store.push(&bad.row, vec![skipped]).await.unwrap().receipts.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_account_is_granted_to_everybody_entitled_to_its_territory() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let mut first = beat.device(&store).await;
    let second = beat.device(&store).await;
    let territory = first.lease(&store, Subject::Territory(beat.territory)).await;
    let (account, opens, item) = first.creates_account(territory, &fields(&[("name", text("New Shop"))]));
    let answer = store.push(&first.row, vec![item]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: false });
    assert_eq!(first.lease(&store, Subject::Account(account)).await, opens);
    let theirs = second.lease(&store, Subject::Account(account)).await;
    assert_ne!(theirs, opens);
    let place = sqlx::query_scalar::<_, uuid::Uuid>("select territory_id from record.accounts where id = $1");
    assert_eq!(place.bind(account.uuid()).fetch_one(store.pool()).await.unwrap(), beat.territory.uuid());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_postgres_refuses_spoils_no_other_of_its_group() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    sqlx::query("alter table record.visits add check (subject <> 'poison')")
        .execute(store.pool())
        .await
        .unwrap();
    let mut work = Vec::new();
    for subject in ["first", "poison", "third", "fourth"] {
        let mut device = beat.device(&store).await;
        let lease = device.lease(&store, Subject::Account(account)).await;
        let content = fields(&[("state", text("planned")), ("subject", text(subject))]);
        let (_, item) = device.creates(Kind::VISIT, account, lease, &content);
        work.push((device, item));
    }
    // Whoever holds the log's lock makes pushes queue up, hence share groups.
    let blocking = store.append().await.unwrap();
    let mut pushes = Vec::new();
    for (device, item) in work {
        let store = store.clone();
        pushes.push(tokio::spawn(async move { store.push(&device.row, vec![item]).await.is_ok() }));
    }
    tokio::task::yield_now().await;
    drop(blocking);
    let mut taken = Vec::new();
    for push in pushes {
        taken.push(push.await.unwrap());
    }
    assert_eq!(taken, [true, false, true, true]);
    assert_eq!(store.verify().await.unwrap().problems, []);
}
