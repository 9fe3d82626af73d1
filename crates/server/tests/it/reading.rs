//! What a device reads: its own scope, in order, through fills and moves.

use std::collections::BTreeSet;

use roadbook_model::{AccountId, Kind, RecordId};
use roadbook_protocol::entry::{LatePolicy, Reference, ReferenceItem, Subject};
use roadbook_protocol::frame::AccountDigest;
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Entry, Mark, decode};
use roadbook_server::store::Store;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Target};
use roadbook_sync::ledger::place::Handover;
use roadbook_sync::reader::PageRead;

use crate::support::{Beat, Database, Device, fields, text};

/// Everything that a device gets from a cursor on, as pages.
async fn read_all(
    store: &Store,
    device: &Device,
    mut cursor: u64,
    fills: &mut Vec<FillMark>,
) -> Vec<PageRead> {
    let mut pages = Vec::new();
    for _ in 0..50 {
        let (page, _) = store.read_page(&device.row, cursor, fills).await.unwrap();
        assert!(page.upto.position >= cursor);
        cursor = page.upto.position;
        for entry in &page.entries {
            if let Entry::Granted(granted) = decode::<Entry>("entry", &entry.payload.0).unwrap()
                && granted.grants.iter().any(|grant| matches!(grant.subject, Subject::Account(_)))
            {
                fills.push(FillMark { grant: entry.position, token: None });
            }
        }
        for part in &page.fills {
            fills.retain(|fill| fill.grant != part.mark.grant);
            if !part.done {
                fills.push(part.mark);
            }
        }
        let more = page.more;
        pages.push(page);
        if !more {
            return pages;
        }
    }
    panic!("reading does not end");
}

fn filled(pages: &[PageRead]) -> Vec<RecordId> {
    pages
        .iter()
        .flat_map(|page| &page.fills)
        .flat_map(|part| &part.records)
        .map(|record| record.record)
        .collect()
}

fn words(pages: &[PageRead]) -> Vec<&'static str> {
    let entries = pages.iter().flat_map(|page| &page.entries);
    entries.map(|entry| decode::<Entry>("entry", &entry.payload.0).unwrap().word()).collect()
}

async fn visit(store: &Store, device: &mut Device, account: AccountId, subject: &str) -> RecordId {
    let lease = device.lease(store, Subject::Account(account)).await;
    let content = fields(&[("state", text("planned")), ("subject", text(subject))]);
    let (record, item) = device.creates(Kind::VISIT, account, lease, &content);
    let answer = store.push(&device.row, vec![item]).await.unwrap();
    assert!(answer.halt.is_none());
    record
}

fn terms(policy: LatePolicy) -> Handover {
    Handover { policy, grace_until_ms: i64::MAX, note: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fill_brings_every_record_once_and_the_tail_what_came_later() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let mut wanted = BTreeSet::new();
    let mut accounts = Vec::new();
    for n in 0..7 {
        let account = beat.account(&store, &format!("Shop {n}")).await;
        wanted.insert(account.record());
        accounts.push(account);
    }
    let mut writer = beat.device(&store).await;
    for account in &accounts {
        wanted.insert(visit(&store, &mut writer, *account, "first").await);
    }
    let reader = beat.device(&store).await;
    let mut fills = Vec::new();
    let pages = read_all(&store, &reader, 0, &mut fills).await;
    let got = filled(&pages);
    assert_eq!(got.iter().copied().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(got.len(), wanted.len(), "each once");
    assert_eq!(words(&pages), ["granted"], "what the fill brings does not come by the tail");
    assert_eq!(fills, []);
    let upto = pages.last().unwrap().upto;
    let later = visit(&store, &mut writer, accounts[0], "later").await;
    let pages = read_all(&store, &reader, upto.position, &mut fills).await;
    assert_eq!(words(&pages), ["changes"]);
    let Entry::Changes(entry) = decode::<Entry>("entry", &pages[0].entries[0].payload.0).unwrap() else {
        panic!("a change expected");
    };
    assert_eq!(entry.record, later);
    let own = read_all(&store, &writer, upto.position, &mut Vec::new()).await;
    assert_eq!(words(&own), Vec::<&str>::new(), "one's own work is not sent back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_account_ends_here_and_begins_there() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let account = north.account(&store, "Corner Shop").await;
    let (mut old, new) = (north.device(&store).await, south.device(&store).await);
    let seen = read_all(&store, &old, 0, &mut Vec::new()).await.last().unwrap().upto.position;
    let before = visit(&store, &mut old, account, "before the move").await;
    let lease = old.lease(&store, Subject::Account(account)).await;
    let by = south.person;
    let mut review =
        NewReassignment::now(Selection::Accounts(vec![account]), Some(Target::Territory(south.territory)));
    review.terms.late_policy = LatePolicy::Review;
    let preview = store.preview_reassignment(&review).await.unwrap();
    let devices = preview.devices.iter().map(|device| (device.id, device.loses, device.gains));
    assert_eq!(devices.collect::<BTreeSet<_>>(), BTreeSet::from([(old.id(), 1, 0), (new.id(), 0, 1)]));
    let moved = store.reassign(&review, by).await.unwrap().1.unwrap();
    assert_eq!(preview.moved, moved);
    assert_eq!((moved.accounts, moved.withdrawn[&old.id()], moved.granted[&new.id()]), (1, 1, 1));

    let pages = read_all(&store, &old, seen, &mut Vec::new()).await;
    assert_eq!(words(&pages).last(), Some(&"withdrawn"), "{:?}", words(&pages));
    let pages = read_all(&store, &new, 0, &mut Vec::new()).await;
    assert_eq!(filled(&pages), [account.record(), before]);

    let content = fields(&[("state", text("planned"))]);
    let (_, late) = old.creates(Kind::VISIT, account, lease, &content);
    let answer = store.push(&old.row, vec![late]).await.unwrap();
    let roadbook_protocol::Outcome::Held(reason) = &answer.receipts[0].outcome else {
        panic!("late work is held, not {:?}", answer.receipts);
    };
    assert_eq!(reason.code, "late_review");
    let key = (old.id(), 1, 2);
    store.release(key, by, "it was made in time").await.unwrap();
    assert!(store.discard(key, by, "twice").await.is_err(), "an item has one fate");
    let pages = read_all(&store, &new, pages.last().unwrap().upto.position, &mut Vec::new()).await;
    assert_eq!(words(&pages), ["changes"]);
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_follow_the_holders_of_a_territory_and_their_managers() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let other = Beat::new(&store, "south").await;
    let account = beat.account(&store, "Corner Shop").await;
    let (first, second) = (beat.device(&store).await, other.device(&store).await);
    let moved = store.end_holder(beat.person, beat.territory, &terms(LatePolicy::Accept)).await.unwrap();
    assert_eq!(moved.withdrawn[&first.id()], 2, "the territory and its account");
    let capacity = roadbook_server::store::office::territories::Capacity::Cover;
    let moved = store.add_holder(other.person, beat.territory, capacity).await.unwrap();
    assert_eq!(moved.granted[&second.id()], 2);
    second.lease(&store, Subject::Account(account)).await;
    let again = store.add_holder(other.person, beat.territory, capacity).await.unwrap();
    assert_eq!(again, Default::default(), "holding twice changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn digests_tell_what_a_device_lacks_and_a_heal_brings_it() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let (same, lacks) = (beat.account(&store, "Same").await, beat.account(&store, "Lacks").await);
    let mut device = beat.device(&store).await;
    let record = visit(&store, &mut device, lacks, "not on the other device").await;
    let digest =
        sqlx::query_scalar::<_, i64>("select digest from sync.account where id = $1").bind(same.uuid());
    let digest = digest.fetch_one(store.pool()).await.unwrap().cast_unsigned();
    let theirs = [AccountDigest { account: same, digest }, AccountDigest { account: lacks, digest: 1 }];
    assert_eq!(store.compare(&device.row, &theirs).await.unwrap(), [lacks]);
    let upto = Mark { position: store.wake().head(), ..Mark::START };
    let start = FillMark { grant: 0, token: None };
    let read = store.heal(&device.row, &[lacks], &[], upto, start).await.unwrap();
    assert_eq!(filled(&[read]), [lacks.record(), record]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_store_gets_all_reference_data_and_nothing_else_from_before_its_start() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let item = |key: &str, json: &str| ReferenceItem { key: key.into(), json: Some(json.into()) };
    let products = vec![item("T-1", r#"{"name":"Tea"}"#), item("T-1", r#"{"name":"Green tea"}"#)];
    store.publish(Reference { set: "products".into(), items: products }).await.unwrap();
    let broken = Reference { set: "products".into(), items: vec![item("T-2", "[")] };
    assert!(store.publish(broken).await.is_err(), "what is no JSON object is not published");
    let mut writer = beat.device(&store).await;
    visit(&store, &mut writer, account, "before").await;
    let row = beat.device(&store).await.id();
    let mut append = store.append().await.unwrap();
    append.fetch_devices(&[row]).await.unwrap();
    let row = append.book.devices.remove(&row).unwrap();
    drop(append);
    let (page, _) = store.read_page(&row, 0, &[]).await.unwrap();
    assert_eq!(words(std::slice::from_ref(&page)), ["reference", "granted"]);
    assert_eq!(filled(&[page]).len(), 2);
    let name =
        sqlx::query_scalar::<_, String>("select json ->> 'name' from record.reference where key = 'T-1'");
    assert_eq!(name.fetch_one(store.pool()).await.unwrap(), "Green tea");
}
