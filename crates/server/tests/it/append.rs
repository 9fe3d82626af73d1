//! The log under many writers: nothing lost, nothing doubled, dense, chained.

use std::sync::Arc;

use roadbook_model::{AccountId, Kind, LeaseId, RecordId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::{Nonce, Outcome, Receipt, limits};
use roadbook_server::store::Store;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::writer::{Answer, Batch};
use roadbook_sync::ledger::{Book, Cause, Gated, Halt, Pusher};
use sqlx::AssertSqlSafe;

use crate::support::{Beat, Database, Device, entries, fields, text};

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

/// Makes the database refuse visits with the subject "poison", by an error of this SQLSTATE.
async fn refuse_poison(store: &Store, state: &str) {
    let sql = format!(
        "create function refuse() returns trigger language plpgsql as $$ begin
            if new.subject = 'poison' then raise exception 'refused' using errcode = '{state}'; end if;
            return new;
        end $$;
        create trigger refuse before insert or update on record.visits for each row execute function refuse()"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(store.pool()).await.unwrap();
}

fn visit(device: &mut Device, account: AccountId, lease: LeaseId, subject: &str) -> (RecordId, Vec<u8>) {
    let content = fields(&[("state", text("planned")), ("subject", text(subject))]);
    device.creates(Kind::VISIT, account, lease, &content)
}

fn batch(device: &Device, items: Vec<Vec<u8>>) -> Batch {
    let gated = Gated::prepare(&device.row, &items, |_| None);
    Batch {
        pusher: (&device.row).into(),
        items: Arc::new(items),
        gated,
        documents: Default::default(),
        brought_by: None,
    }
}

/// Waits until an append waits for the log's lock, so that whatever is pushed after it shares a group.
async fn until_one_waits(store: &Store) {
    let sql = "select count(*) from pg_locks join pg_database on pg_database.oid = database
               where datname = current_database() and locktype = 'advisory' and not granted";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(store.pool()).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

pub fn codes(answer: &Answer) -> Vec<&str> {
    let outcomes = answer.receipts.iter().map(|receipt| &receipt.outcome);
    outcomes
        .map(|outcome| match outcome {
            Outcome::InRecord { .. } => "",
            Outcome::Held(reason) | Outcome::Refused(reason) => &reason.code,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b7_what_postgres_refuses_is_held_whole_and_all_behind_it_goes_on() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    for state in ["23514", "22021", "P0001"] {
        refuse_poison(&store, state).await;
        let mut device = beat.device(&store).await;
        let lease = device.lease(&store, Subject::Account(account)).await;
        let (before, first) = visit(&mut device, account, lease, "before");
        let (poisoned, second) = visit(&mut device, account, lease, "poison");
        let (after, third) = visit(&mut device, account, lease, "after");
        let items = vec![first, second.clone(), third];
        let answer = store.push(&device.row, items.clone()).await.unwrap();
        assert_eq!((codes(&answer), answer.halt.as_ref()), (vec!["", "not_storable", ""], None), "{state}");
        assert_eq!(store.push(&device.row, items).await.unwrap().receipts, answer.receipts);

        let mut append = store.append().await.unwrap();
        let key = (device.id(), 1, 2);
        append.fetch_held_item(key).await.unwrap();
        append.fetch_records(&[before, poisoned, after], Default::default()).await.unwrap();
        let held = &append.book.held[&key];
        assert_eq!((held.held, &held.bytes, held.account), (true, &second, Some(account)));
        assert_eq!(append.book.records.keys().copied().collect::<Vec<_>>(), [before, after]);
        drop(append);

        let error = store.release(key, beat.person, "again").await.unwrap_err();
        assert!(matches!(&error, OfficeError::Refused(reason) if reason.code == "not_storable"), "{error}");
        sqlx::raw_sql("drop function refuse cascade").execute(store.pool()).await.unwrap();
        store.release(key, beat.person, "it fits now").await.unwrap();
    }
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_postgres_refuses_spoils_no_other_of_its_group() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    refuse_poison(&store, "23514").await;
    let mut work = Vec::new();
    for subject in ["plug", "first", "poison", "third"] {
        let mut device = beat.device(&store).await;
        let lease = device.lease(&store, Subject::Account(account)).await;
        let (_, item) = visit(&mut device, account, lease, subject);
        work.push(batch(&device, vec![item]));
    }
    // Signed for a generation that is over: its work is judged in no other, however often its group is tried again.
    let mut stale = beat.device(&store).await;
    let lease = stale.lease(&store, Subject::Account(account)).await;
    let (_, item) = visit(&mut stale, account, lease, "stale");
    store.renew(stale.id(), Nonce([3; 16]), Cause::OtherStore(1)).await.unwrap();
    work.push(batch(&stale, vec![item]));

    let blocking = store.append().await.unwrap();
    let writer = store.writer().clone();
    let mut work = work.into_iter();
    let plug = work.next().unwrap();
    let plug = tokio::spawn(async move { writer.append(plug).await });
    until_one_waits(&store).await;
    let mut pushes = work.map(|batch| store.writer().append(batch));
    // Polled in this order: all four are queued before the lock is let go.
    let mut next = || pushes.next().unwrap();
    let (a, b, c, d, ()) = tokio::join!(next(), next(), next(), next(), async move { drop(blocking) });
    assert!(plug.await.unwrap().is_ok());
    let answers = [a, b, c].map(Result::unwrap);
    assert_eq!(answers.each_ref().map(codes), [vec![""], vec!["not_storable"], vec![""]]);
    assert_eq!(d.unwrap().halt, Some(Halt::Stale));
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_fails_sets_nothing_aside() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let (_, item) = visit(&mut device, account, lease, "poison");
    // Serialisation, a full disk, an operator's hand, a lost connection, a fault of the server's own.
    for state in ["40001", "53100", "57014", "08006", "XX000", "42703"] {
        refuse_poison(&store, state).await;
        store.push(&device.row, vec![item.clone()]).await.unwrap_err();
        sqlx::raw_sql("drop function refuse cascade").execute(store.pool()).await.unwrap();
    }
    let held = sqlx::query_scalar::<_, i64>("select count(*) from sync.held");
    assert_eq!(held.fetch_one(store.pool()).await.unwrap(), 0);
    assert_eq!(codes(&store.push(&device.row, vec![item]).await.unwrap()), [""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b11_what_is_set_aside_is_counted_by_device_and_day() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let mut device = beat.device(&store).await;
    let nobodys = LeaseId::from_bytes([9; 16]);
    let id = device.id().uuid();
    let counted = async || {
        let query = sqlx::query_scalar::<_, i64>("select aside_bytes from org.device where id = $1");
        query.bind(id).fetch_one(store.pool()).await.unwrap()
    };
    assert_eq!(counted().await, 0);
    let (_, item) = visit(&mut device, account, nobodys, "under no lease");
    assert_eq!(codes(&store.push(&device.row, vec![item]).await.unwrap()), ["no_lease"]);
    assert_eq!(counted().await, limits::ASIDE_BYTES_MIN as i64);
    sqlx::query("update org.device set aside_bytes = $1")
        .bind(limits::ASIDE_BYTES_A_DAY_MAX as i64)
        .execute(store.pool())
        .await
        .unwrap();
    let (_, item) = visit(&mut device, account, nobodys, "one too many");
    let before = entries(&store).await;
    let answer = store.push(&device.row, vec![item.clone()]).await.unwrap();
    assert!(matches!(answer.halt, Some(Halt::AsideFull(wait)) if wait > 86_000_000), "{:?}", answer.halt);
    assert_eq!((answer.receipts.len(), entries(&store).await), (0, before));
    sqlx::query("update org.device set aside_since = aside_since - interval '1 day'")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(codes(&store.push(&device.row, vec![item]).await.unwrap()), ["no_lease"]);
}

/// A judge that breaks off at one item, as a fault in the engine or in Automerge would.
fn breaks_at_poison(
    book: &mut Book,
    pusher: Pusher,
    bytes: &[u8],
    gated: Option<Gated>,
) -> Result<Receipt, Halt> {
    assert!(!bytes.windows(6).any(|window| window == b"poison"), "this item breaks the judge");
    book.judge(pusher, bytes, gated)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_breaks_the_judge_is_set_aside_and_all_others_go_on() {
    let database = Database::new().await;
    let (store, mut background) = database.open().await;
    let store = store.judging_by(breaks_at_poison, &mut background);
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let visits = ["before", "poison", "after"].map(|subject| visit(&mut device, account, lease, subject));
    let items: Vec<Vec<u8>> = visits.iter().map(|(_, item)| item.clone()).collect();
    let answer = store.push(&device.row, items.clone()).await.unwrap();
    assert_eq!((codes(&answer), answer.halt.as_ref()), (vec!["", "not_storable", ""], None));
    assert_eq!(
        store.push(&device.row, items.clone()).await.unwrap().receipts,
        answer.receipts,
        "once for all"
    );
    let mut append = store.append().await.unwrap();
    append.fetch_held_item((device.id(), 1, 2)).await.unwrap();
    assert_eq!(append.book.held[&(device.id(), 1, 2)].bytes, items[1], "kept whole");
    drop(append);
    // The writer lives on, for this device and for others.
    let mut other = beat.device(&store).await;
    let lease = other.lease(&store, Subject::Account(account)).await;
    let (_, item) = visit(&mut other, account, lease, "another's");
    assert_eq!(codes(&store.push(&other.row, vec![item]).await.unwrap()), [""]);
    assert_eq!(store.verify().await.unwrap().problems, []);
}
