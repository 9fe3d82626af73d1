//! What a device reads: its own scope, in order, through fills and moves.

use std::collections::BTreeSet;

use roadbook_model::{AccountId, Fields, Kind, RecordId, Value};
use roadbook_protocol::entry::{LatePolicy, Reference, ReferenceItem, Subject};
use roadbook_protocol::frame::{AccountDigest, RecordDigest};
use roadbook_protocol::page::{FillMark, FillToken};
use roadbook_protocol::{Entry, Mark, Outcome, decode};
use roadbook_server::store::Store;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Target};
use roadbook_sync::ledger::ServerDevice;
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
    let moved = beat.leaves(&store, LatePolicy::Accept).await;
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
async fn d3_a_heal_names_what_a_device_has_and_its_scope_has_not() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let (account, foreign) = (north.account(&store, "Ours").await, south.account(&store, "Theirs").await);
    let device = north.device(&store).await;
    let digest =
        sqlx::query_scalar::<_, i64>("select digest from sync.record where id = $1").bind(account.uuid());
    let digest = digest.fetch_one(store.pool()).await.unwrap().cast_unsigned();
    let unknown = RecordId::from_bytes([9; 16]);
    let row = |account, record, digest| RecordDigest { account, record, digest };
    let theirs = [
        row(account, account.record(), digest),
        row(account, unknown, 1),
        // A foreign record answers like an unknown one, under whatever account it is named.
        row(account, foreign.record(), 1),
        row(foreign, foreign.record(), 1),
    ];
    let upto = Mark { position: store.wake().head(), ..Mark::START };
    let start = FillMark { grant: 0, token: None };
    let read = store.heal(&device.row, &[account, foreign], &theirs, upto, start).await.unwrap();
    assert_eq!(read.fills[0].gone, Some(vec![unknown, foreign.record()]));
    assert_eq!(filled(&[read]), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fill_by_the_grant_of_another_device_brings_nothing_and_a_token_of_foreign_records_only_the_own() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let (own, foreign) = (north.account(&store, "Ours").await, south.account(&store, "Theirs").await);
    let (device, other) = (north.device(&store).await, south.device(&store).await);
    let grant = async |device: &Device| {
        let (page, _) = store.read_page(&device.row, 0, &[]).await.unwrap();
        assert_eq!(words(std::slice::from_ref(&page)), ["granted"]);
        page.entries[0].position
    };
    let (mine, theirs) = (grant(&device).await, grant(&other).await);
    let head = store.wake().head();
    let asks = async |mark: FillMark| {
        let (page, _) = store.read_page(&device.row, head, &[mark]).await.unwrap();
        assert!(page.fills.iter().all(|part| part.done), "it is over with that");
        filled(&[page])
    };
    assert_eq!(asks(FillMark { grant: theirs, token: None }).await, []);
    assert_eq!(asks(FillMark { grant: theirs + 100, token: None }).await, []);
    assert_eq!(asks(FillMark { grant: mine, token: None }).await, [own.record()]);
    for account in [foreign, AccountId::from_bytes([0; 16])] {
        let token = FillToken { account, order: 0, record: account.record(), partial: None };
        assert_eq!(asks(FillMark { grant: theirs, token: Some(token) }).await, []);
        let brought = asks(FillMark { grant: mine, token: Some(token) }).await;
        assert!(brought.iter().all(|record| *record == own.record()), "{brought:?}");
    }
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
    let row = stored(&store, &beat.device(&store).await).await;
    let (page, _) = store.read_page(&row, 0, &[]).await.unwrap();
    assert_eq!(words(std::slice::from_ref(&page)), ["reference", "granted"]);
    assert_eq!(filled(&[page]).len(), 2);
    let name =
        sqlx::query_scalar::<_, String>("select json ->> 'name' from record.reference where key = 'T-1'");
    assert_eq!(name.fetch_one(store.pool()).await.unwrap(), "Green tea");
}

/// The device's own row, which says where its store begins.
async fn stored(store: &Store, device: &Device) -> ServerDevice {
    let mut append = store.append().await.unwrap();
    append.fetch_devices(&[device.id()]).await.unwrap();
    append.book.devices.remove(&device.id()).unwrap()
}

/// What the first page brings a fresh store of records, in order.
async fn first_page(store: &Store, device: &Device) -> (Vec<RecordId>, bool) {
    let start = device.row.start.position;
    let (page, _) = store.read_page(&device.row, start, &[]).await.unwrap();
    let more = page.more;
    (filled(&[page]), more)
}

/// Notes something in an account's record by hand: what makes it urgent.
async fn note(
    store: &Store,
    device: &mut Device,
    account: AccountId,
    kind: Kind,
    content: &Fields,
) -> RecordId {
    let lease = device.lease(store, Subject::Account(account)).await;
    let (record, item) = device.creates(kind, account, lease, content);
    let answer = store.push(&device.row, vec![item]).await.unwrap();
    assert!(
        matches!(answer.receipts[0].outcome, Outcome::InRecord { .. }),
        "{:?}",
        answer.receipts[0].outcome
    );
    record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p9_what_is_urgent_comes_in_the_first_page_of_a_grant_of_thousands() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let mut accounts = north.accounts(&store, 2_000).await;
    accounts.sort_unstable();
    // Those that would come last.
    let [.., today, open, later, done] = accounts[..] else { panic!("there are accounts") };
    let mut writer = north.device(&store).await;
    let planned =
        |start_ms: i64| fields(&[("state", text("planned")), ("planned_start", Value::Timestamp(start_ms))]);
    let now_ms = roadbook_server::ambient::now_ms();
    let visit = note(&store, &mut writer, today, Kind::VISIT, &planned(now_ms + 3_600_000)).await;
    note(&store, &mut writer, later, Kind::VISIT, &planned(now_ms + 30 * 86_400_000)).await;
    let task = |state| fields(&[("subject", text("Call back")), ("state", text(state))]);
    let task_open = note(&store, &mut writer, open, Kind::TASK, &task("open")).await;
    note(&store, &mut writer, done, Kind::TASK, &task("done")).await;
    let urgent = [today.record(), visit, open.record(), task_open];

    let mut receiver = south.device(&store).await;
    receiver.row = stored(&store, &receiver).await;
    let to = Some(Target::Territory(south.territory));
    let all = NewReassignment::now(Selection::Accounts(accounts.clone()), to);
    store.reassign(&all, south.person).await.unwrap();
    let mut enrolled = south.device(&store).await;
    enrolled.row = stored(&store, &enrolled).await;
    for (how, device) in [("reassigned", &receiver), ("enrolled", &enrolled)] {
        let (records, more) = first_page(&store, device).await;
        assert!(more && records.len() < accounts.len(), "{how}: the first page holds not nearly all");
        assert_eq!(records[..4], urgent, "{how}");
        assert!(!records.contains(&later.record()) && !records.contains(&done.record()), "{how}");
        let start = device.row.start.position;
        let pages = read_all(&store, device, start, &mut Vec::new()).await;
        let got = filled(&pages);
        assert_eq!(got.len(), accounts.len() + 4, "{how}: each once");
        assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), got.len(), "{how}");
    }
}
